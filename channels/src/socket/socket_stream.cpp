// SPDX-License-Identifier: BSL-1.0
#include "socket/socket_stream.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace remoting {

namespace {

using Status = IoResult::Status;

constexpr std::size_t gathered_at_most = 64;
constexpr timeval wait_limit{.tv_sec = 0, .tv_usec = 250'000};

void require(int result, const char* what)
{
    if (result < 0) {
        throw std::system_error(errno, std::generic_category(), what);
    }
}

}  // namespace

SocketStream::SocketStream(FileDescriptor socket, PeerIdentity peer)
    : socket_(std::move(socket)),
      peer_(std::move(peer))
{
    const int fd = socket_.get();
    const int flags = ::fcntl(fd, F_GETFL);
    require(flags, "fcntl(F_GETFL)");
    if ((flags & O_NONBLOCK) != 0) {
        require(::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK), "fcntl(F_SETFL)");
    }
    require(::fcntl(fd, F_SETFD, FD_CLOEXEC), "fcntl(F_SETFD)");
    require(::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait_limit, sizeof wait_limit), "setsockopt(SO_RCVTIMEO)");
}

IoResult SocketStream::read_some(std::span<std::byte> buffer)
{
    return receive(buffer, MSG_DONTWAIT);
}

IoResult SocketStream::read_some_wait(std::span<std::byte> buffer)
{
    return receive(buffer, 0);
}

IoResult SocketStream::receive(std::span<std::byte> buffer, int flags) noexcept
{
    // What the peer sent before stays readable after ::shutdown(); the contract wants an end.
    if (shut_down_.load(std::memory_order_relaxed)) {
        return {.status = Status::closed};
    }
    if (buffer.empty()) {
        return {.status = Status::done};
    }
    const ssize_t received = ::recv(socket_.get(), buffer.data(), buffer.size(), flags);
    if (received > 0) {
        return {.status = Status::done, .bytes = static_cast<std::size_t>(received)};
    }
    return received == 0 ? IoResult{.status = Status::closed} : failure(errno);
}

IoResult SocketStream::write_some(std::span<const std::span<const std::byte>> buffers)
{
    if (buffers.size() == 1 && !buffers.front().empty()) {  // most messages; less work than sendmsg for the kernel, too
        return sent(::send(socket_.get(), buffers.front().data(), buffers.front().size(), MSG_DONTWAIT | MSG_NOSIGNAL));
    }
    std::array<iovec, gathered_at_most> parts;
    const std::size_t count = std::min(buffers.size(), parts.size());
    std::size_t total = 0;
    for (std::size_t i = 0; i < count; ++i) {
        // sendmsg() only reads; the type is shared with recvmsg().
        parts[i] = {.iov_base = const_cast<std::byte*>(buffers[i].data()), .iov_len = buffers[i].size()};
        total += buffers[i].size();
    }
    if (total == 0) {
        return {.status = shut_down_.load(std::memory_order_relaxed) ? Status::closed : Status::done};
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    return sent(::sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL));
}

/// @param result of the system call, right after it
IoResult SocketStream::sent(ssize_t result) const noexcept
{
    return result >= 0 ? IoResult{.status = Status::done, .bytes = static_cast<std::size_t>(result)} : failure(errno);
}

IoResult SocketStream::failure(int error) const noexcept
{
    if (shut_down_.load(std::memory_order_relaxed)) {
        return {.status = Status::closed};
    }
    if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR) {
        return {.status = Status::would_block};
    }
    return {.status = Status::failed, .error = error};
}

void SocketStream::shutdown() noexcept
{
    shut_down_.store(true, std::memory_order_relaxed);
    ::shutdown(socket_.get(), SHUT_RDWR);
}

}  // namespace remoting
