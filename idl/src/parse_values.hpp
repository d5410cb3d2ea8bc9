// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "ast.hpp"
#include "token_stream.hpp"

namespace remoting::idl {

/// An expression, `[list]` or `{key: value}`. Throws SyntaxError after it reported.
ast::Value parse_value(TokenStream& tokens);
/// The length of an array, in angle brackets: `>` ends it.
ast::Value parse_length(TokenStream& tokens);

}  // namespace remoting::idl
