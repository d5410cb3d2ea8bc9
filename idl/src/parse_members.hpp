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
/// Of a struct or exception; an alternative of a variant.
void parse_field(TokenStream& tokens, std::vector<ast::Field>& fields);
/// `T name = value;`, behind `const`.
void parse_constant(TokenStream& tokens, ast::Constant& constant);
void parse_interface_member(TokenStream& tokens, ast::Interface& interface);

}  // namespace remoting::idl
