// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace remoting::idl {

/// Names in a template and what takes their place.
using Substitutions = std::map<std::string_view, std::string>;

/// `pattern` with each $name$ replaced. A raw string may begin with a line break, which is dropped. A line that holds
/// nothing but $name$ takes the indentation of that line for every line of the value, and vanishes when it is empty.
/// @throws std::logic_error when a name is unknown or a substitution is not used: a mistake in the compiler
std::string expand(std::string_view pattern, const Substitutions& values = {});

/// `text` with four blanks before each line that is not empty.
std::string indented(std::string_view text);

/// C++ source, put together declaration by declaration. What is too long for a line, and would be broken by the
/// project's clang-format, is fenced off from it.
class CodeWriter final {
public:
    static constexpr std::size_t max_line = 120;

    /// One declaration or statement group; ends with a line break.
    void emit(std::string_view pattern, const Substitutions& values = {});
    /// As emit(), never fenced: for comments.
    void emit_comment(std::string_view text);
    /// The first lines of a class, up to `public:`; what follows is indented.
    void emit_class_head(std::string_view text);
    /// One empty line, unless there is one, or nothing yet, or a class has just begun.
    void blank_line();
    void indent() noexcept { ++level_; }
    void unindent() noexcept { --level_; }
    std::size_t indentation() const noexcept { return level_ * 4; }

    const std::string& text() const noexcept { return text_; }

private:
    std::string text_;
    std::size_t level_ = 0;
};

/// Whether clang-format would break a line of `text`, which stands behind `indentation` blanks.
bool has_long_line(std::string_view text, std::size_t indentation = 0);

/// `text`, fenced if a line of it is too long. For a statement inside what is emitted as a whole.
std::string fenced_if_long(const std::string& text, std::size_t indentation);

/// An array's definition with one row to a line, fenced if clang-format would put the rows into columns.
/// @param rows each with its comma and line break
std::string table(const std::string& declaration, const std::vector<std::string>& rows);

/// `prefix(item, item, ...)suffix` on one line if it fits behind `indentation` blanks; else items fill the lines,
/// aligned behind the parenthesis or, where that takes many more lines, below it: as clang-format does it.
std::string parenthesized(const std::string& prefix, const std::vector<std::string>& items, const std::string& suffix,
                          std::size_t indentation);

}  // namespace remoting::idl
