// SPDX-License-Identifier: BSL-1.0
#include "named_pipe/pipe_instance.hpp"

#include "named_pipe/wait_for.hpp"
#include "socket/url_rules.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace remoting {

namespace {

constexpr std::array<std::byte, 4> magic{std::byte{'R'}, std::byte{'M'}, std::byte{'T'}, std::byte{'P'}};
constexpr std::byte version{1};
constexpr std::size_t largest_limit = std::size_t{1} << 30U;
constexpr std::size_t byte_mode_piece = std::size_t{64} * 1024;

bool is_temporary(int error) noexcept
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

std::array<std::byte, PipeGreeting::size> PipeGreeting::encode() const noexcept
{
    std::array<std::byte, size> bytes{};
    std::ranges::copy(magic, bytes.begin());
    bytes[4] = version;
    bytes[5] = static_cast<std::byte>(mode);
    std::ranges::copy(message_header(message_limit), bytes.begin() + 8);
    return bytes;
}

std::optional<PipeGreeting> PipeGreeting::decode(std::span<const std::byte, size> bytes) noexcept
{
    PipeGreeting greeting{.mode = static_cast<PipeMode>(bytes[5]), .message_limit = 0};
    for (std::size_t i = 0; i < 4; ++i) {
        greeting.message_limit |= std::to_integer<std::size_t>(bytes[8 + i]) << (8 * i);
    }
    const bool is_known = std::ranges::equal(bytes.first(magic.size()), magic) && bytes[4] == version &&
                          (greeting.mode == PipeMode::message || greeting.mode == PipeMode::byte);
    return is_known && greeting.message_limit != 0 && greeting.message_limit <= largest_limit ? std::optional(greeting)
                                                                                              : std::nullopt;
}

bool PipeInstances::take(TimePoint deadline)
{
    std::unique_lock lock(mutex_);
    const auto can_go_on = [&] { return closed_ || taken_ < limit_; };
    if (deadline == TimePoint::max()) {
        changed_.wait(lock, can_go_on);
    } else if (!changed_.wait_until(lock, deadline, can_go_on)) {
        return false;
    }
    taken_ += closed_ ? 0 : 1;
    return !closed_;
}

void PipeInstances::give_back() noexcept
{
    const std::lock_guard lock(mutex_);
    --taken_;
    changed_.notify_one();
}

void PipeInstances::close() noexcept
{
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
}

bool PipeInstances::is_closed() const
{
    const std::lock_guard lock(mutex_);
    return closed_;
}

std::size_t PipeInstances::taken() const
{
    const std::lock_guard lock(mutex_);
    return taken_;
}

PipeInstance::PipeInstance(ObjectUrl url, PipeSocket pipe, PipeGreeting greeting,
                           std::shared_ptr<PipeInstances> instances)
    : url_(std::move(url)),
      pipe_(std::move(pipe)),
      greeting_(greeting),
      instances_(std::move(instances)),
      reader_(greeting.message_limit)
{
}

PipeInstance::~PipeInstance()
{
    if (instances_ != nullptr) {
        instances_->give_back();
    }
}

void PipeInstance::throw_error(ErrorCode code, Executed executed, std::string cause) const
{
    throw RemotingError(code, executed, std::move(cause), {.method = {}, .object = {}, .address = url_.endpoint()});
}

void PipeInstance::write(std::span<const std::byte> head, std::span<const std::byte> content, TimePoint deadline)
{
    const bool has_header = greeting_.mode == PipeMode::message;
    const std::size_t size = head.size() + content.size();
    if (has_header && size > greeting_.message_limit) {
        throw_error(ErrorCode::limit_exceeded, Executed::no,
                    "a message of " + std::to_string(size) + " bytes; at most " +
                        std::to_string(greeting_.message_limit) + " are accepted there");
    }
    std::array<std::byte, 4> header = message_header(size);
    // sendmsg() only reads; the type is shared with recvmsg().
    const auto part_of = [](std::span<const std::byte> bytes) {
        return iovec{.iov_base = const_cast<std::byte*>(bytes.data()), .iov_len = bytes.size()};
    };
    std::array<iovec, 3> parts{part_of(std::span(header).first(has_header ? header.size() : 0)), part_of(head),
                               part_of(content)};
    std::size_t left = (has_header ? header.size() : 0) + size;
    bool has_begun = false;
    while (left != 0) {
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = parts.size();
        ssize_t sent = ::sendmsg(pipe_.socket.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        const Executed executed = has_begun ? Executed::maybe : Executed::no;
        if (sent < 0 && !is_temporary(errno)) {
            const int error = errno;
            throw_error(ErrorCode::connection_lost, executed,
                        closed_ ? "the pipe was closed here" : "the other side is gone: " + error_text(error));
        }
        if (sent < 0 && !wait_for(pipe_.socket.get(), POLLOUT, deadline)) {
            throw_error(ErrorCode::deadline_exceeded, executed, "the other side does not read");
        }
        for (iovec& part : parts) {
            const std::size_t gone = std::min(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)), part.iov_len);
            part.iov_base = static_cast<std::byte*>(part.iov_base) + gone;
            part.iov_len -= gone;
            sent -= static_cast<ssize_t>(gone);
            left -= gone;
            has_begun = has_begun || gone != 0;
        }
    }
}

std::size_t PipeInstance::receive(std::span<std::byte> room, TimePoint deadline)
{
    for (;;) {
        const ssize_t received = closed_ ? 0 : ::recv(pipe_.socket.get(), room.data(), room.size(), MSG_DONTWAIT);
        if (received >= 0) {
            return static_cast<std::size_t>(received);
        }
        if (const int error = errno; error == ECONNRESET) {
            return 0;  // it closed without having read all; what it wrote has been read here
        } else if (!is_temporary(error)) {
            throw_error(ErrorCode::connection_lost, Executed::maybe, error_text(error));
        }
        if (!wait_for(pipe_.socket.get(), POLLIN, deadline)) {
            throw_error(ErrorCode::deadline_exceeded, Executed::no, "nothing was written at the other side");
        }
    }
}

std::optional<Bytes> PipeInstance::read_message(TimePoint deadline)
{
    for (;;) {
        const MessageReader::Result result = reader_.next();
        if (result.status == MessageReader::Status::message) {
            return Bytes(result.message);
        }
        if (result.status == MessageReader::Status::too_long) {
            close();
            throw_error(ErrorCode::limit_exceeded, Executed::no,
                        "a message of " + std::to_string(result.claimed) + " bytes came; at most " +
                            std::to_string(greeting_.message_limit) + " are accepted here");
        }
        const std::size_t received = receive(reader_.room(), deadline);
        if (received == 0 && reader_.is_within_message() && !closed_) {
            throw_error(ErrorCode::connection_lost, Executed::maybe, "the other side is gone within a message");
        }
        if (received == 0) {
            return std::nullopt;
        }
        reader_.commit(received);
    }
}

std::optional<Bytes> PipeInstance::read(TimePoint deadline)
{
    if (greeting_.mode == PipeMode::message) {
        return read_message(deadline);
    }
    Bytes piece(byte_mode_piece);
    const std::size_t received = receive(piece, deadline);
    piece.resize(received);
    return received == 0 ? std::nullopt : std::optional(std::move(piece));
}

void PipeInstance::close() noexcept
{
    closed_ = true;
    ::shutdown(pipe_.socket.get(), SHUT_RDWR);
}

namespace {

/// The server sends it when it takes the client on.
PipeGreeting receive_greeting(const ObjectUrl& url, int socket, TimePoint deadline)
{
    std::array<std::byte, PipeGreeting::size> bytes{};
    std::span<std::byte> missing = bytes;
    while (!missing.empty()) {
        if (!wait_for(socket, POLLIN, deadline)) {
            throw_about(url, ErrorCode::deadline_exceeded,
                        "all instances of " + url.scheme + " '" + url.host + "' were busy until the deadline");
        }
        const ssize_t received = ::recv(socket, missing.data(), missing.size(), MSG_DONTWAIT);
        if (received < 0 && (errno == EAGAIN || errno == EINTR)) {
            continue;
        }
        if (received <= 0) {
            throw_about(url, ErrorCode::permission_denied,
                        url.scheme + " '" + url.host + "' closed at once; this user may not be on its access list");
        }
        missing = missing.subspan(static_cast<std::size_t>(received));
    }
    const auto greeting = PipeGreeting::decode(bytes);
    if (!greeting) {
        throw_about(url, ErrorCode::protocol_error, "who listens on '" + url.host + "' is not a plain pipe");
    }
    return *greeting;
}

}  // namespace

std::unique_ptr<PipeInstance> connect_instance(const ObjectUrl& url, const PipePlace& place, std::size_t limit,
                                               TimePoint deadline)
{
    PipeSocket pipe = connect_pipe(url, place, system_clock(), deadline);
    PipeGreeting greeting = receive_greeting(url, pipe.socket.get(), deadline);
    greeting.message_limit = std::min(greeting.message_limit, limit);
    return std::make_unique<PipeInstance>(url, std::move(pipe), greeting, nullptr);
}

}  // namespace remoting
