// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "ast.hpp"
#include "token_stream.hpp"

#include <optional>
#include <vector>

// What stands between the braces of a declaration. All throw SyntaxError after they reported.

namespace remoting::idl {

/// Where `oneway` stands in the attributes, if there are any and it is among them.
std::optional<Span> parse_attributes(TokenStream& tokens);
void reject_one_way(TokenStream& tokens, Span span);

ast::Enumerator parse_enumerator(TokenStream& tokens);
void parse_field(TokenStream& tokens, std::vector<ast::Field>& fields);
void parse_method(TokenStream& tokens, std::vector<ast::Method>& methods);

}  // namespace remoting::idl
