// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/messaging/frame.hpp>
#include <remoting/messaging/frame_decoder.hpp>
#include <remoting/messaging/handshake.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace remoting::test {

using ByteVector = std::vector<std::byte>;

ByteVector bytes_of(std::string_view text);
/// A frame with a body of any content, also a wrong one.
ByteVector frame_of(FrameKind kind, std::uint64_t id, std::span<const std::byte> body = {}, std::uint8_t flags = 0,
                    std::uint16_t code = 0);
/// A request frame.
ByteVector request_of(std::uint64_t id, const RequestHead& head, std::span<const std::byte> arguments = {});
/// What a well-behaved peer says first.
ByteVector hello_of(Id128 token = {7, 1000}, std::uint32_t maximum_message = 4U << 20U,
                    std::uint32_t maximum_in_flight = 1024);
ByteVector operator+(ByteVector left, const ByteVector& right);

/// The other end of a connection, as a test or an attacker writes it by hand.
class RawPeer final {
public:
    /// Owns `descriptor`, one end of a stream socket.
    explicit RawPeer(int descriptor);
    ~RawPeer();
    RawPeer(const RawPeer&) = delete;
    RawPeer& operator=(const RawPeer&) = delete;

    /// All of it; false once the other side has closed.
    bool send(std::span<const std::byte> content);
    /// As much as is taken without waiting; returns how much.
    std::size_t send_some(std::span<const std::byte> content);

    struct Frame {
        FrameHeader header;
        ByteVector body;
    };
    /// The next frame that came. Empty when the connection ended, or nothing came for so long.
    std::optional<Frame> receive(std::chrono::milliseconds longest = std::chrono::seconds(20));
    /// The next frame of that kind; others are passed over.
    std::optional<Frame> receive(FrameKind kind, std::chrono::milliseconds longest = std::chrono::seconds(20));
    /// Whether the other side closed within that time; frames are passed over.
    bool sees_the_end(std::chrono::milliseconds longest = std::chrono::seconds(20));
    void finish_sending();

private:
    int descriptor_;
    FrameDecoder decoder_{std::size_t{64} << 20U};
    bool has_ended_ = false;
};

}  // namespace remoting::test
