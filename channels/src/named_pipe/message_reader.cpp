// SPDX-License-Identifier: BSL-1.0
#include "named_pipe/message_reader.hpp"

#include <algorithm>
#include <cstring>

namespace remoting {

namespace {

constexpr std::size_t header_size = 4;
constexpr std::size_t least_room = std::size_t{16} * 1024;
constexpr std::size_t first_storage = std::size_t{64} * 1024;

std::uint32_t read_length(const std::byte* bytes) noexcept
{
    std::uint32_t length = 0;
    for (std::size_t i = 0; i < header_size; ++i) {
        length |= std::to_integer<std::uint32_t>(bytes[i]) << (8 * i);
    }
    return length;
}

}  // namespace

std::array<std::byte, 4> message_header(std::size_t size) noexcept
{
    std::array<std::byte, header_size> header{};
    for (std::size_t i = 0; i < header_size; ++i) {
        header[i] = static_cast<std::byte>(size >> (8 * i));
    }
    return header;
}

std::span<std::byte> MessageReader::room()
{
    if (begin_ == end_) {
        begin_ = end_ = 0;
    } else if (begin_ > 0 && storage_.size() - end_ < least_room) {
        std::memmove(storage_.data(), storage_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (storage_.size() - end_ < least_room) {
        storage_.resize(std::max(first_storage, 2 * storage_.size()));
    }
    return std::span(storage_.data(), storage_.size()).subspan(end_);
}

MessageReader::Result MessageReader::next() noexcept
{
    if (end_ - begin_ < header_size) {
        return {};
    }
    const std::size_t length = read_length(storage_.data() + begin_);
    if (length > limit_) {
        return {.status = Status::too_long, .claimed = length};
    }
    if (end_ - begin_ - header_size < length) {
        return {};
    }
    const std::byte* const content = storage_.data() + begin_ + header_size;
    begin_ += header_size + length;
    return {.status = Status::message, .message = {content, length}};
}

}  // namespace remoting
