// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "source_text.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What the formatter moves about: the tokens and comments of a file.

namespace remoting::idl {

struct Element {
    enum class Kind : std::uint8_t { word, literal, punctuation, line_comment, block_comment };

    Kind kind = Kind::word;
    std::string_view text;
    std::size_t line_breaks = 0;  ///< in front of it
    bool touches = false;         ///< nothing stands between it and the one in front

    bool is(std::string_view other) const noexcept { return text == other; }
    bool is_comment() const noexcept { return kind == Kind::line_comment || kind == Kind::block_comment; }
};
using Elements = std::span<const Element>;

/// `source` has no lexical errors.
std::vector<Element> elements_of(const SourceText& source);

/// On one line, but for line comments, behind which `continuation` begins the next, and for attributes that stand on a
/// line of their own, behind which `indentation` does.
std::string joined(Elements elements, const std::string& indentation, const std::string& continuation);

/// The index behind the bracket that closes the one at `begin`.
std::size_t behind_bracket(Elements elements, std::size_t begin);

}  // namespace remoting::idl
