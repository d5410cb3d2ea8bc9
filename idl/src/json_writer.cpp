// SPDX-License-Identifier: BSL-1.0
#include "json_writer.hpp"

namespace remoting::idl {

void JsonWriter::before_value()
{
    if (!has_name_) {
        text_ += is_first_ ? "" : ",";
        if (level_ != 0) {
            break_line();
        }
    }
    has_name_ = false;
    is_first_ = false;
}

void JsonWriter::begin(char bracket)
{
    before_value();
    text_ += bracket;
    ++level_;
    is_first_ = true;
}

void JsonWriter::end(char bracket)
{
    --level_;
    if (!is_first_) {
        break_line();
    }
    text_ += bracket;
    is_first_ = false;
}

void JsonWriter::name(std::string_view name)
{
    string(name);
    text_ += ": ";
    has_name_ = true;
}

void JsonWriter::string(std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    before_value();
    text_ += '"';
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        if (character == '"' || character == '\\') {
            text_ += '\\';
            text_ += character;
        } else if (byte < 0x20) {
            text_ += "\\u00";
            text_ += digits[byte / 16];
            text_ += digits[byte % 16];
        } else {
            text_ += character;
        }
    }
    text_ += '"';
}

void JsonWriter::plain(std::string_view text)
{
    before_value();
    text_ += text;
}

}  // namespace remoting::idl
