// SPDX-License-Identifier: BSL-1.0
#include "named_pipe/pipe_instance.hpp"

#include "named_pipe/wait_for.hpp"
#include "socket/url_rules.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <utility>

namespace remoting {

namespace {

constexpr std::array<std::byte, 4> magic{std::byte{'R'}, std::byte{'M'}, std::byte{'T'}, std::byte{'P'}};
constexpr std::byte version{2};
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
      reader_(greeting.message_limit),
      limit_(greeting.message_limit),
      has_heard_(instances_ == nullptr)
{
}

PipeInstance::PipeInstance(ObjectUrl url, PipeSocket pipe, PipeGreeting greeting)
    : PipeInstance(std::move(url), std::move(pipe), greeting, nullptr)
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
    throw RemotingError(code, executed, std::move(cause), {.method = {}, .object = {}, .address = endpoint_text(url_)});
}

bool PipeInstance::hear_greeting(TimePoint deadline)
{
    if (has_heard_) {
        return true;
    }
    const std::unique_lock lock(hearing_, deadline);
    if (!lock) {
        throw_error(ErrorCode::deadline_exceeded, Executed::no, "the other side has not said what it takes");
    }
    while (!has_heard_) {
        const std::size_t received = receive(std::span(heard_).subspan(heard_size_), deadline);
        if (received == 0) {
            return false;
        }
        heard_size_ += received;
        if (heard_size_ < heard_.size()) {
            continue;
        }
        const auto greeting = PipeGreeting::decode(heard_);
        if (!greeting) {
            close();
            throw_error(ErrorCode::protocol_error, Executed::no, "the other side is not a plain pipe of this version");
        }
        limit_ = std::min(greeting_.message_limit, greeting->message_limit);
        has_heard_ = true;
    }
    return true;
}

void PipeInstance::write(std::span<const std::byte> head, std::span<const std::byte> content, const WriteTimes& times)
{
    if (!hear_greeting(times.begin)) {
        throw_error(ErrorCode::connection_lost, Executed::no,
                    closed_ ? "the pipe was closed here" : "the other side is gone");
    }
    const bool has_header = greeting_.mode == PipeMode::message;
    const std::size_t size = head.size() + content.size();
    if (has_header && size > limit_) {
        throw_error(ErrorCode::limit_exceeded, Executed::no,
                    "a message of " + std::to_string(size) + " bytes; at most " + std::to_string(limit_) +
                        " are accepted there");
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
        if (sent < 0 &&
            !wait_for(pipe_.socket.get(), POLLOUT,
                      has_begun ? std::min(times.end, deadline_after(system_clock().now(), times.standstill))
                                : times.begin)) {
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
    if (!hear_greeting(deadline)) {
        return std::nullopt;
    }
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

PendingPipe::PendingPipe(ObjectUrl url, const PipePlace& place, std::size_t limit, bool only_writes, TimePoint deadline)
    : url_(std::move(url)),
      limit_(limit),
      only_writes_(only_writes),
      pipe_(connect_pipe(url_, place, system_clock(), deadline))
{
    if (!only_writes) {
        const auto greeting = PipeGreeting{.mode = PipeMode::message, .message_limit = limit}.encode();
        // There is room for it in a new socket; that the other side has gone already is seen when its greeting is read.
        [[maybe_unused]] const auto sent =
            ::send(pipe_.socket.get(), greeting.data(), greeting.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

std::unique_ptr<PipeInstance> PendingPipe::wait(TimePoint deadline)
{
    while (received_ < greeting_.size()) {
        const auto missing = std::span(greeting_).subspan(received_);
        const ssize_t received = ::recv(pipe_.socket.get(), missing.data(), missing.size(), MSG_DONTWAIT);
        if (received < 0 && is_temporary(errno)) {
            if (!wait_for(pipe_.socket.get(), POLLIN, deadline)) {
                return nullptr;
            }
        } else if (received < 0 && only_writes_) {  // its name ended before this connection was looked at
            throw_about(url_, ErrorCode::connect_failed,
                        "nobody listens on " + url_.scheme + " '" + url_.host + "' any more");
        } else if (received <= 0) {
            throw_about(url_, ErrorCode::permission_denied,
                        url_.scheme + " '" + url_.host + "' closed at once; this user may not be on its access list");
        } else {
            received_ += static_cast<std::size_t>(received);
        }
    }
    auto greeting = PipeGreeting::decode(greeting_);
    if (!greeting) {
        throw_about(url_, ErrorCode::protocol_error,
                    "who listens on '" + url_.host + "' is not a plain pipe of this version");
    }
    greeting->message_limit = std::min(greeting->message_limit, limit_);
    return std::make_unique<PipeInstance>(url_, std::move(pipe_), *greeting);
}

}  // namespace remoting
