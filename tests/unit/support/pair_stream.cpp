// SPDX-License-Identifier: BSL-1.0
#include "pair_stream.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace remoting::test {

namespace {

using Status = IoResult::Status;

}  // namespace

PairStream::PairStream(int descriptor) : descriptor_(descriptor) {}

PairStream::~PairStream()
{
    ::close(descriptor_);
}

IoResult PairStream::read_some(std::span<std::byte> buffer)
{
    if (is_shut_down_) {
        return {.status = Status::closed};
    }
    const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got > 0) {
        return {.status = Status::done, .bytes = static_cast<std::size_t>(got)};
    }
    return got == 0 ? IoResult{.status = Status::closed} : failure();
}

IoResult PairStream::read_some_wait(std::span<std::byte> buffer)
{
    pollfd waited_for{descriptor_, POLLIN, 0};
    ::poll(&waited_for, 1, 250);
    return read_some(buffer);
}

IoResult PairStream::write_some(std::span<const std::span<const std::byte>> buffers)
{
    std::array<iovec, 64> parts{};
    std::size_t count = 0;
    for (const auto& buffer : buffers) {
        if (count == parts.size()) {
            break;
        }
        parts[count++] = {const_cast<std::byte*>(buffer.data()), buffer.size()};
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(descriptor_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent >= 0 ? IoResult{.status = Status::done, .bytes = static_cast<std::size_t>(sent)} : failure();
}

void PairStream::shutdown() noexcept
{
    is_shut_down_ = true;
    ::shutdown(descriptor_, SHUT_RDWR);
}

IoResult PairStream::failure() const noexcept
{
    const int error = errno;
    if (is_shut_down_) {
        return {.status = Status::closed};
    }
    if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR) {
        return {.status = Status::would_block};
    }
    return {.status = Status::failed, .error = error};
}

std::pair<int, int> make_descriptor_pair()
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw std::system_error(errno, std::generic_category(), "socketpair");
    }
    return {ends[0], ends[1]};
}

std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> make_stream_pair()
{
    const auto [one, other] = make_descriptor_pair();
    auto first = std::make_unique<PairStream>(one);
    return {std::move(first), std::make_unique<PairStream>(other)};
}

}  // namespace remoting::test
