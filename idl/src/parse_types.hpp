// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "ast.hpp"
#include "token_stream.hpp"

#include <string_view>

// The productions below declarations. All throw SyntaxError after they reported.

namespace remoting::idl {

inline constexpr std::size_t max_nesting = 64;

/// @param what completes "expected ..."
ast::Name parse_name(TokenStream& tokens, std::string_view what);
ast::Path parse_path(TokenStream& tokens, std::string_view what);
ast::Type parse_type(TokenStream& tokens);

/// Adds the `///<` comment that stands behind what was parsed last.
void append_trailing_doc(TokenStream& tokens, ast::Doc& doc);

}  // namespace remoting::idl
