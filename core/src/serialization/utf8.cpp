// SPDX-License-Identifier: BSL-1.0
#include <remoting/serialization/utf8.hpp>

namespace remoting::detail {
namespace {

/// Which second bytes may follow a lead byte, and how many bytes there are in all; the Unicode standard's table 3-7.
struct Sequence {
    std::size_t size;
    unsigned char second_least;
    unsigned char second_most;
};

constexpr Sequence sequence_of(unsigned char lead) noexcept
{
    if (lead >= 0xC2U && lead <= 0xDFU) {
        return {2, 0x80, 0xBF};
    }
    if (lead >= 0xE0U && lead <= 0xEFU) {
        return {3, static_cast<unsigned char>(lead == 0xE0U ? 0xA0U : 0x80U),
                static_cast<unsigned char>(lead == 0xEDU ? 0x9FU : 0xBFU)};
    }
    if (lead >= 0xF0U && lead <= 0xF4U) {
        return {4, static_cast<unsigned char>(lead == 0xF0U ? 0x90U : 0x80U),
                static_cast<unsigned char>(lead == 0xF4U ? 0x8FU : 0xBFU)};
    }
    return {0, 0, 0};
}

constexpr bool is_continuation(unsigned char byte) noexcept
{
    return (byte & 0xC0U) == 0x80U;
}

}  // namespace

bool is_utf8_from(const char* text, std::size_t size) noexcept
{
    const auto* bytes = reinterpret_cast<const unsigned char*>(text);
    std::size_t at = 0;
    while (at < size) {
        if (bytes[at] < 0x80U) {
            ++at;
            continue;
        }
        const Sequence sequence = sequence_of(bytes[at]);
        if (sequence.size == 0 || size - at < sequence.size) {
            return false;
        }
        if (bytes[at + 1] < sequence.second_least || bytes[at + 1] > sequence.second_most) {
            return false;
        }
        for (std::size_t i = 2; i < sequence.size; ++i) {
            if (!is_continuation(bytes[at + i])) {
                return false;
            }
        }
        at += sequence.size;
    }
    return true;
}

}  // namespace remoting::detail
