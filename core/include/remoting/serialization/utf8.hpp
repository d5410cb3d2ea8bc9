// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace remoting {

namespace detail {

bool is_utf8_from(const char* text, std::size_t size) noexcept;

}  // namespace detail

/// Strict UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. Zero bytes are allowed.
inline bool is_utf8(std::string_view text) noexcept
{
    constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080U;
    const char* position = text.data();
    std::size_t left = text.size();
    while (left >= 32) {
        std::uint64_t words[4];
        std::memcpy(words, position, sizeof words);
        if (((words[0] | words[1] | words[2] | words[3]) & high_bits) != 0) {
            return detail::is_utf8_from(position, left);
        }
        position += sizeof words;
        left -= sizeof words;
    }
    while (left >= 8) {
        std::uint64_t word;
        std::memcpy(&word, position, sizeof word);
        if ((word & high_bits) != 0) {
            return detail::is_utf8_from(position, left);
        }
        position += sizeof word;
        left -= sizeof word;
    }
    unsigned tail = 0;
    for (std::size_t i = 0; i < left; ++i) {
        tail |= static_cast<unsigned char>(position[i]);
    }
    return tail < 0x80U || detail::is_utf8_from(position, left);
}

}  // namespace remoting
