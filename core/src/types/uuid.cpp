// SPDX-License-Identifier: BSL-1.0
#include <remoting/types/uuid.hpp>

#include <stdexcept>

namespace remoting {
namespace {

constexpr std::size_t text_size = 36;

bool is_dash_at(std::size_t index) noexcept
{
    return index == 8 || index == 13 || index == 18 || index == 23;
}

int digit_value(char character) noexcept
{
    if (character >= '0' && character <= '9') {
        return character - '0';
    }
    if (character >= 'a' && character <= 'f') {
        return character - 'a' + 10;
    }
    return character >= 'A' && character <= 'F' ? character - 'A' + 10 : -1;
}

}  // namespace

bool Uuid::try_parse(std::string_view text, Uuid& result) noexcept
{
    if (text.size() != text_size) {
        return false;
    }
    Uuid parsed;
    std::size_t digits = 0;
    for (std::size_t index = 0; index < text_size; ++index) {
        if (is_dash_at(index)) {
            if (text[index] != '-') {
                return false;
            }
            continue;
        }
        const int value = digit_value(text[index]);
        if (value < 0) {
            return false;
        }
        std::uint8_t& byte = parsed.bytes[digits / 2];
        byte = static_cast<std::uint8_t>(byte * 16 + value);
        ++digits;
    }
    result = parsed;
    return true;
}

Uuid Uuid::parse(std::string_view text)
{
    Uuid result;
    if (!try_parse(text, result)) {
        throw std::invalid_argument("a uuid looks like 01234567-89ab-cdef-0123-456789abcdef, not like \"" +
                                    std::string(text.substr(0, 2 * text_size)) + '"');
    }
    return result;
}

std::string Uuid::to_string() const
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(text_size);
    for (const std::uint8_t byte : bytes) {
        if (is_dash_at(text.size())) {
            text += '-';
        }
        text += digits[byte / 16];
        text += digits[byte % 16];
    }
    return text;
}

}  // namespace remoting

std::size_t std::hash<remoting::Uuid>::operator()(const remoting::Uuid& value) const noexcept
{
    return std::hash<std::string_view>()({reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()});
}
