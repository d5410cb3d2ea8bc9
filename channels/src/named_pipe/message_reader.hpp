// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/types/bytes.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace remoting {

/// A message on a stream is its length, 4 bytes, little-endian, and as many bytes.
std::array<std::byte, 4> message_header(std::size_t size) noexcept;

/// Finds messages in what arrives. Pure; the bytes are hostile: it holds at most about twice what has arrived of a
/// message, whatever length is claimed.
class MessageReader final {
public:
    explicit MessageReader(std::size_t limit) noexcept : limit_(limit) {}

    /// Where the next bytes go; never empty. Invalidates messages.
    std::span<std::byte> room();
    void commit(std::size_t bytes) noexcept { end_ += bytes; }

    enum class Status : std::uint8_t { need_more, message, too_long };
    struct Result {
        Status status = Status::need_more;
        std::span<const std::byte> message = {};  ///< valid until room() is called
        std::size_t claimed = 0;                  ///< too_long: the length it says it has
    };
    /// too_long is the end: it stays so.
    Result next() noexcept;
    /// Whether part of a message is there.
    bool is_within_message() const noexcept { return begin_ != end_; }

private:
    std::size_t limit_;
    Bytes storage_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace remoting
