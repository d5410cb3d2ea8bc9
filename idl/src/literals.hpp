// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "ast.hpp"
#include "diagnostics.hpp"
#include "token.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace remoting::idl {

/// The value of an integer token; 0 after it was reported.
std::uint64_t integer_value(const Token& token, const SourceText& source, Diagnostics& diagnostics);

/// Whether the digits of an integer token make more than 64 bits: a decimal or a double can hold such numbers.
bool is_long_integer(const Token& token);

/// The ticks of an integer token with a unit behind it, `2s`; nothing when it has none. 0 after it was reported.
std::optional<std::uint64_t> duration_value(const Token& token, const SourceText& source, Diagnostics& diagnostics);

/// The UTF-16 unit in a character token; 0 after it was reported.
char16_t character_value(const Token& token, const SourceText& source, Diagnostics& diagnostics);

/// The token as written once it is known to be a number; "0" after it was reported.
std::string floating_text(const Token& token, const SourceText& source, Diagnostics& diagnostics);

/// The text of a string token with its escapes replaced; wrong ones are reported and left out.
std::string string_value(const Token& token, const SourceText& source, Diagnostics& diagnostics);

}  // namespace remoting::idl
