// SPDX-License-Identifier: BSL-1.0
#include "raw_peer.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace remoting::test {

ByteVector bytes_of(std::string_view text)
{
    const auto content = std::as_bytes(std::span(text));
    return {content.begin(), content.end()};
}

ByteVector frame_of(FrameKind kind, std::uint64_t id, std::span<const std::byte> body, std::uint8_t flags,
                    std::uint16_t code)
{
    ByteVector frame(frame_header_size);
    write_header(
        std::span(frame).first<frame_header_size>(),
        {.size = static_cast<std::uint32_t>(body.size()), .kind = kind, .flags = flags, .code = code, .id = id});
    frame.insert(frame.end(), body.begin(), body.end());
    return frame;
}

ByteVector request_of(std::uint64_t id, const RequestHead& head, std::span<const std::byte> arguments)
{
    ByteVector frame(request_head_size(head));
    write_request_head(frame, id, head, arguments.size());
    frame.insert(frame.end(), arguments.begin(), arguments.end());
    return frame;
}

ByteVector hello_of(Id128 token, std::uint32_t maximum_message, std::uint32_t maximum_in_flight)
{
    return make_hello_frame({.minimum_version = wire_version,
                             .maximum_version = wire_version,
                             .features = 0,
                             .maximum_message = maximum_message,
                             .maximum_in_flight = maximum_in_flight,
                             .token = token});
}

ByteVector operator+(ByteVector left, const ByteVector& right)
{
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

RawPeer::RawPeer(int descriptor) : descriptor_(descriptor) {}

RawPeer::~RawPeer()
{
    ::close(descriptor_);
}

bool RawPeer::send(std::span<const std::byte> content)
{
    while (!content.empty()) {
        const ssize_t sent = ::send(descriptor_, content.data(), content.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) {
            return false;
        }
        content = content.subspan(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
    }
    return true;
}

std::size_t RawPeer::send_some(std::span<const std::byte> content)
{
    const ssize_t sent = ::send(descriptor_, content.data(), content.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
}

std::optional<RawPeer::Frame> RawPeer::receive(std::chrono::milliseconds longest)
{
    const auto end = std::chrono::steady_clock::now() + longest;
    for (;;) {
        Frame frame;
        Payload payload;
        const auto status = decoder_.next(frame.header, payload);
        if (status == FrameDecoder::Status::begun) {
            continue;
        }
        if (status == FrameDecoder::Status::frame) {
            frame.body.assign(payload.bytes.begin(), payload.bytes.end());
            return frame;
        }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
        pollfd waited_for{descriptor_, POLLIN, 0};
        if (has_ended_ || left <= 0 || ::poll(&waited_for, 1, static_cast<int>(left)) == 0) {
            return std::nullopt;
        }
        const auto room = decoder_.prepare();
        const ssize_t got = ::recv(descriptor_, room.data(), room.size(), MSG_DONTWAIT);
        if (got > 0) {
            decoder_.commit(static_cast<std::size_t>(got));
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            has_ended_ = true;
        }
    }
}

std::optional<RawPeer::Frame> RawPeer::receive(FrameKind kind, std::chrono::milliseconds longest)
{
    const auto end = std::chrono::steady_clock::now() + longest;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        auto frame = receive(left);
        if (!frame || frame->header.kind == kind) {
            return frame;
        }
    }
}

bool RawPeer::sees_the_end(std::chrono::milliseconds longest)
{
    const auto end = std::chrono::steady_clock::now() + longest;
    while (!has_ended_ && std::chrono::steady_clock::now() < end) {
        receive(std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()));
    }
    return has_ended_;
}

void RawPeer::finish_sending()
{
    ::shutdown(descriptor_, SHUT_WR);
}

}  // namespace remoting::test
