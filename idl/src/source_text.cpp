// SPDX-License-Identifier: BSL-1.0
#include "source_text.hpp"

#include <algorithm>
#include <utility>

namespace remoting::idl {

namespace {

struct CodePointRange {
    std::size_t size;
    unsigned char second_min;
    unsigned char second_max;
};

// Table 3-7 of the Unicode standard: what may follow a lead byte.
CodePointRange range_of_lead(unsigned char lead) noexcept
{
    if (lead < 0x80) {
        return {1, 0, 0};
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        return {2, 0x80, 0xBF};
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        const unsigned char low = lead == 0xE0 ? 0xA0 : 0x80;
        const unsigned char high = lead == 0xED ? 0x9F : 0xBF;
        return {3, low, high};
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const unsigned char low = lead == 0xF0 ? 0x90 : 0x80;
        const unsigned char high = lead == 0xF4 ? 0x8F : 0xBF;
        return {4, low, high};
    }
    return {0, 0, 0};
}

std::size_t valid_size_at(std::string_view text, std::size_t offset) noexcept
{
    const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
    const auto [size, low, high] = range_of_lead(byte(offset));
    if (size <= 1) {
        return size;
    }
    if (text.size() - offset < size || byte(offset + 1) < low || byte(offset + 1) > high) {
        return 0;
    }
    for (std::size_t index = offset + 2; index < offset + size; ++index) {
        if (byte(index) < 0x80 || byte(index) > 0xBF) {
            return 0;
        }
    }
    return size;
}

}  // namespace

Span join(Span first, Span last) noexcept
{
    return {std::min(first.begin, last.begin), std::max(first.end, last.end)};
}

SourceText::SourceText(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text))
{
    line_starts_.push_back(0);
    for (std::size_t index = 0; index < text_.size(); ++index) {
        if (text_[index] == '\n') {
            line_starts_.push_back(static_cast<std::uint32_t>(index + 1));
        }
    }
}

std::string_view SourceText::text(Span span) const noexcept
{
    return std::string_view(text_).substr(span.begin, span.end - span.begin);
}

Position SourceText::position(std::uint32_t offset) const noexcept
{
    const Span line = line_at(offset);
    const auto number = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset) - line_starts_.begin();
    std::size_t column = 1;
    for (std::size_t index = line.begin; index < offset; index += code_point_size(text_, index)) {
        ++column;
    }
    return {static_cast<std::size_t>(number), column};
}

Span SourceText::line_at(std::uint32_t offset) const noexcept
{
    const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    const std::uint32_t begin = *(next - 1);
    auto end = next == line_starts_.end() ? static_cast<std::uint32_t>(text_.size()) : *next - 1;
    if (end > begin && text_[end - 1] == '\r') {
        --end;
    }
    return {begin, end};
}

std::optional<std::size_t> find_invalid_utf8(std::string_view text) noexcept
{
    std::size_t offset = 0;
    while (offset < text.size()) {
        const std::size_t size = valid_size_at(text, offset);
        if (size == 0) {
            return offset;
        }
        offset += size;
    }
    return std::nullopt;
}

std::size_t code_point_size(std::string_view text, std::size_t offset) noexcept
{
    if (offset >= text.size()) {
        return 1;
    }
    return std::max<std::size_t>(valid_size_at(text, offset), 1);
}

}  // namespace remoting::idl
