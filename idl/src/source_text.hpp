// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remoting::idl {

/// Bytes [begin, end) of one source text.
struct Span {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;

    bool empty() const noexcept { return begin == end; }
};

/// The smallest span that holds both.
Span join(Span first, Span last) noexcept;

/// Counted from 1; a column is a code point, so that a caret lands where an editor puts its cursor.
struct Position {
    std::size_t line;
    std::size_t column;
};

/// The contents of one IDL file. Keeps the text at a fixed address: tokens and trees hold views into it.
class SourceText final {
public:
    static constexpr std::size_t max_size = 4 * 1024 * 1024;

    /// @param name what diagnostics call it: the path as the user wrote it.
    SourceText(std::string name, std::string text);
    SourceText(const SourceText&) = delete;
    SourceText& operator=(const SourceText&) = delete;

    const std::string& name() const noexcept { return name_; }
    std::string_view text() const noexcept { return text_; }
    std::string_view text(Span span) const noexcept;
    Position position(std::uint32_t offset) const noexcept;
    /// The line that holds `offset`, without its line ending.
    Span line_at(std::uint32_t offset) const noexcept;

private:
    std::string name_;
    std::string text_;
    std::vector<std::uint32_t> line_starts_;
};

/// Where the first byte is that cannot be part of UTF-8 (overlong forms and surrogates included).
std::optional<std::size_t> find_invalid_utf8(std::string_view text) noexcept;

/// How many bytes the code point that begins at `text[offset]` takes; 1 where the text is not UTF-8 or ends.
std::size_t code_point_size(std::string_view text, std::size_t offset) noexcept;

}  // namespace remoting::idl
