// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "ast.hpp"
#include "token_stream.hpp"

#include <vector>

// What stands between the braces of a declaration. All throw SyntaxError after they reported.

namespace remoting::idl {

/// Those before a declaration or member; none is fine.
ast::Attributes parse_attributes(TokenStream& tokens);

ast::Enumerator parse_enumerator(TokenStream& tokens);
void parse_field(TokenStream& tokens, std::vector<ast::Field>& fields);
void parse_method(TokenStream& tokens, std::vector<ast::Method>& methods);

}  // namespace remoting::idl
