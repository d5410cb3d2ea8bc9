// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace remoting::idl {

/// JSON text, two blanks a level, or on one line. Names and values alternate as the caller says.
class JsonWriter final {
public:
    enum class Layout : std::uint8_t { lines, line };

    explicit JsonWriter(Layout layout = Layout::lines) noexcept : layout_(layout) {}

    void begin_object() { begin('{'); }
    void end_object() { end('}'); }
    void begin_array() { begin('['); }
    void end_array() { end(']'); }
    void name(std::string_view name);

    void string(std::string_view text);
    void boolean(bool value) { plain(value ? "true" : "false"); }
    void null() { plain("null"); }
    /// A number as it is to be written.
    void number(std::string_view digits) { plain(digits); }

    void member(std::string_view key, std::string_view text)
    {
        name(key);
        string(text);
    }
    void flag(std::string_view key, bool value)
    {
        name(key);
        boolean(value);
    }

    /// Lines have a line break at the end.
    std::string finish() { return std::move(text_) + (layout_ == Layout::lines ? "\n" : ""); }

private:
    void begin(char bracket);
    void end(char bracket);
    void plain(std::string_view text);
    void before_value();
    void break_line()
    {
        if (layout_ == Layout::lines) {
            text_ += '\n' + std::string(2 * level_, ' ');
        }
    }

    Layout layout_;
    std::string text_;
    std::size_t level_ = 0;
    bool is_first_ = true;
    bool has_name_ = false;
};

}  // namespace remoting::idl
