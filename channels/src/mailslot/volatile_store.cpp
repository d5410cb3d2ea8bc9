// SPDX-License-Identifier: BSL-1.0
#include "mailslot/volatile_store.hpp"

#include "mailslot/multicast.hpp"
#include "named_pipe/pipe_instance.hpp"
#include "socket/url_rules.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <exception>
#include <utility>

namespace remoting {

namespace {

constexpr std::uint64_t wake_up_key = 0;
constexpr std::uint64_t listening_key = 1;
constexpr std::uint64_t network_key = 2;
constexpr std::size_t writers_at_most = 10'000;
constexpr int back_off = 100;       // milliseconds
constexpr int reads_in_a_row = 16;  // then other writers get their turn

}  // namespace

VolatileStore::VolatileStore(const SlotAddress& address, const MailslotOptions& options)
    : options_(options),
      queue_(options.queue_messages, options.queue_bytes),
      endpoint_(address.endpoint, slot_place(options.directory), options.access),
      listening_(endpoint_.take_listening_socket()),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_up_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    if (!epoll_ || !wake_up_) {
        throw_errno(endpoint_.url(), ErrorCode::resource_exhausted, errno, "cannot wait for messages");
    }
    watch(wake_up_.get(), wake_up_key);
    watch(listening_.get(), listening_key);
    if (address.network) {
        network_ = join_network(address);
        watch(network_.get(), network_key);
    }
    thread_ = std::thread([this] { run(); });
}

VolatileStore::~VolatileStore()
{
    close();
    thread_.join();
}

void VolatileStore::close() noexcept
{
    queue_.close();
    stopping_ = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_up_.get(), &one, sizeof one);
}

void VolatileStore::watch(int descriptor, std::uint64_t key)
{
    epoll_event event{.events = EPOLLIN, .data = {.u64 = key}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) {
        throw_errno(endpoint_.url(), ErrorCode::resource_exhausted, errno, "cannot wait for messages");
    }
}

void VolatileStore::run() noexcept
{
    bool accepts = true;
    while (!stopping_) {
        try {
            std::array<epoll_event, 64> events{};
            const int count =
                ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), accepts ? -1 : back_off);
            if (!accepts) {
                accepts = true;
                watch(listening_.get(), listening_key);
            }
            for (int i = 0; i < count && !stopping_; ++i) {
                const std::uint64_t key = events[static_cast<std::size_t>(i)].data.u64;
                if (key == listening_key && !accept_some()) {
                    accepts = false;
                    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listening_.get(), nullptr);
                }
                if (key == network_key) {
                    read_network();
                }
                if (const auto writer = writers_.find(key); writer != writers_.end() && !read_from(writer->second)) {
                    writers_.erase(writer);
                }
            }
        } catch (const std::exception& error) {
            report(error.what());
        }
    }
    writers_.clear();
}

bool VolatileStore::accept_some()
{
    for (;;) {
        FileDescriptor socket(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        const int error = errno;
        if (socket) {
            admit(std::move(socket));
        } else if (error == EAGAIN) {
            return true;
        } else if (error != EINTR && error != ECONNABORTED) {
            report("cannot accept, trying again in 100 ms: " + error_text(error));
            return false;
        }
    }
}

void VolatileStore::admit(FileDescriptor socket)
{
    try {
        PipeSocket pipe = endpoint_.admit(std::move(socket));
        if (writers_.size() >= writers_at_most) {
            report("more than 10000 writers at once");
            return;
        }
        const auto greeting = PipeGreeting{.mode = PipeMode::message, .message_limit = options_.message_limit}.encode();
        if (::send(pipe.socket.get(), greeting.data(), greeting.size(), MSG_DONTWAIT | MSG_NOSIGNAL) !=
            static_cast<ssize_t>(greeting.size())) {
            return;
        }
        watch(pipe.socket.get(), next_key_);
        writers_.emplace(next_key_++, Writer{std::move(pipe), MessageReader(options_.message_limit)});
    } catch (const RemotingError& error) {
        report("refused a writer: " + error.cause());
    }
}

bool VolatileStore::read_from(Writer& writer)
{
    for (int i = 0; i < reads_in_a_row; ++i) {
        const auto room = writer.reader.room();
        const ssize_t received = ::recv(writer.pipe.socket.get(), room.data(), room.size(), MSG_DONTWAIT);
        if (received < 0 && (errno == EAGAIN || errno == EINTR)) {
            return true;
        }
        if (received <= 0) {
            return false;
        }
        writer.reader.commit(static_cast<std::size_t>(received));
        auto result = writer.reader.next();
        for (; result.status == MessageReader::Status::message; result = writer.reader.next()) {
            arrived_.push_back({.content = Bytes(result.message), .user_id = *writer.pipe.peer.user_id});
        }
        push_arrived();
        if (result.status == MessageReader::Status::too_long) {
            report("dropped a writer whose message claims " + std::to_string(result.claimed) + " bytes");
            return false;
        }
        if (static_cast<std::size_t>(received) < room.size()) {
            return true;
        }
    }
    return true;
}

/// Anybody may have sent it, and what is not for this slot is none of its business.
void VolatileStore::read_network()
{
    for (int i = 0; i < reads_in_a_row; ++i) {
        std::array<std::byte, longest_datagram> room{};
        sockaddr_in from{};
        socklen_t size = sizeof from;
        const ssize_t received = ::recvfrom(network_.get(), room.data(), room.size(), MSG_DONTWAIT | MSG_TRUNC,
                                            reinterpret_cast<sockaddr*>(&from), &size);
        if (received < 0) {
            break;
        }
        if (static_cast<std::size_t>(received) > room.size()) {
            continue;
        }
        const auto message = NetworkMessage::decode(std::span(room).first(static_cast<std::size_t>(received)));
        if (!message || message->envelope.size() > options_.message_limit ||
            !matches(message->name, endpoint_.url().host)) {
            continue;
        }
        std::array<char, INET_ADDRSTRLEN> address{};
        ::inet_ntop(AF_INET, &from.sin_addr, address.data(), address.size());
        arrived_.push_back({.content = Bytes(message->envelope),
                            .user_id = unknown_user,
                            .sender = std::string(address.data()) + ":" + std::to_string(ntohs(from.sin_port))});
    }
    push_arrived();
}

void VolatileStore::push_arrived()
{
    if (!arrived_.empty()) {
        if (const std::size_t dropped = queue_.push(arrived_); dropped != 0) {
            report("the queue is full: " + std::to_string(dropped) + " messages were dropped");
        }
    }
}

void VolatileStore::report(const std::string& problem) noexcept
{
    const TimePoint now = system_clock().now();
    if (stopping_ || (last_report_ != TimePoint::min() && now - last_report_ < std::chrono::seconds(1))) {
        return;
    }
    last_report_ = now;
    try {
        if (options_.log) {
            options_.log("mailslot " + endpoint_.url().host + ": " + problem);
        }
    } catch (const std::exception&) {  // a log that fails must not end the thread
    }
}

}  // namespace remoting
