// SPDX-License-Identifier: BSL-1.0
#include "mailslot/volatile_store.hpp"

#include "mailslot/multicast.hpp"
#include "named_pipe/pipe_instance.hpp"
#include "socket/url_rules.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
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
constexpr int back_off = 100;       // milliseconds
constexpr int reads_in_a_row = 16;  // then other writers get their turn

/// The other half of the process's descriptors is for other things.
std::size_t half_of_descriptors() noexcept
{
    rlimit limit{};
    const bool is_known = ::getrlimit(RLIMIT_NOFILE, &limit) == 0;
    return is_known ? static_cast<std::size_t>(std::clamp<rlim_t>(limit.rlim_cur / 2, 4, 10'000)) : 512;
}

}  // namespace

VolatileStore::VolatileStore(const SlotAddress& address, const MailslotOptions& options)
    : options_(options),
      writers_at_most_(half_of_descriptors()),
      writers_of_one_user_(writers_at_most_ / (options.access.is_owner_only() ? 1 : 4)),
      queue_(options.queue_messages, options.queue_bytes),
      endpoint_(std::in_place, address.endpoint, slot_place(options.directory), options.access),
      url_(endpoint_->url()),
      listening_(endpoint_->take_listening_socket()),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_up_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      log_(options.log, "mailslot " + url_.host)
{
    if (!epoll_ || !wake_up_) {
        throw_errno(url_, ErrorCode::resource_exhausted, errno, "cannot wait for messages");
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
}

void VolatileStore::close() noexcept
{
    queue_.close();
    stopping_ = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_up_.get(), &one, sizeof one);
    if (running_ != std::this_thread::get_id()) {  // a log that is told something may close the slot
        const std::lock_guard lock(joining_);
        if (thread_.joinable()) {
            thread_.join();
        }
    }
}

void VolatileStore::watch(int descriptor, std::uint64_t key)
{
    epoll_event event{.events = EPOLLIN, .data = {.u64 = key}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) {
        throw_errno(url_, ErrorCode::resource_exhausted, errno, "cannot wait for messages");
    }
}

void VolatileStore::run() noexcept
{
    running_ = std::this_thread::get_id();
    bool accepts = true;
    while (!stopping_) {
        try {
            std::array<epoll_event, 64> events{};
            const int count =
                ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), longest_wait(accepts));
            report_dropped();
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
    end();
}

void VolatileStore::end() noexcept
{
    endpoint_.reset();
    listening_.reset();
    try {
        for (auto& [key, writer] : writers_) {
            read_from(writer);
        }
        writers_.clear();
        const SlotStore::State state = queue_.state();
        if (state.waiting != 0 || dropped_ != 0) {
            log_.write("closed: " + std::to_string(state.waiting) + " messages were waiting and are lost, " +
                       std::to_string(state.dropped) + " were dropped since it began");
        }
    } catch (const std::exception& error) {
        log_.write(error.what());
    }
}

int VolatileStore::longest_wait(bool accepts) const noexcept
{
    if (!accepts) {
        return back_off;
    }
    if (dropped_ == 0) {
        return -1;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(log_.due() - system_clock().now());
    return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
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
            if (error == EMFILE && let_go_of_one(std::nullopt)) {
                continue;
            }
            report("cannot accept, trying again in 100 ms: " + error_text(error));
            return false;
        }
    }
}

void VolatileStore::admit(FileDescriptor socket)
{
    try {
        PipeSocket pipe = endpoint_->admit(std::move(socket));
        const std::uint32_t user = *pipe.peer.user_id;
        const auto is_of_user = [&](const auto& entry) { return *entry.second.pipe.peer.user_id == user; };
        if (static_cast<std::size_t>(std::ranges::count_if(writers_, is_of_user)) >= writers_of_one_user_) {
            let_go_of_one(user);
        } else if (writers_.size() >= writers_at_most_) {
            let_go_of_one(std::nullopt);
        }
        const auto greeting = PipeGreeting{.mode = PipeMode::message, .message_limit = options_.message_limit}.encode();
        if (::send(pipe.socket.get(), greeting.data(), greeting.size(), MSG_DONTWAIT | MSG_NOSIGNAL) !=
            static_cast<ssize_t>(greeting.size())) {
            return;
        }
        watch(pipe.socket.get(), next_key_);
        writers_.emplace(next_key_++, Writer{std::move(pipe), MessageReader(options_.message_limit), ++events_});
    } catch (const RemotingError& error) {
        report("refused a writer: " + error.cause());
    }
}

bool VolatileStore::let_go_of_one(std::optional<std::uint32_t> user)
{
    auto longest = writers_.end();
    for (auto writer = writers_.begin(); writer != writers_.end(); ++writer) {
        if ((!user || writer->second.pipe.peer.user_id == user) &&
            (longest == writers_.end() || writer->second.last_heard < longest->second.last_heard)) {
            longest = writer;
        }
    }
    if (longest == writers_.end()) {
        return false;
    }
    ::shutdown(longest->second.pipe.socket.get(), SHUT_RD);  // the writer is told from now on
    while (read_from(longest->second)) {
    }
    writers_.erase(longest);
    return true;
}

bool VolatileStore::read_from(Writer& writer)
{
    writer.last_heard = ++events_;
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
        if (!message || message->envelope.size() > options_.message_limit || !matches(message->name, url_.host)) {
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
        dropped_ += queue_.push(arrived_);
        report_dropped();
    }
}

void VolatileStore::report_dropped()
{
    if (dropped_ == 0 || stopping_ || !log_.is_due()) {
        return;
    }
    log_.write("the queue is full: " + std::to_string(dropped_) + " messages were dropped, " +
               std::to_string(queue_.state().dropped) + " since it began");
    dropped_ = 0;
}

void VolatileStore::report(const std::string& problem) noexcept
{
    if (log_.is_due()) {
        log_.write(problem);
    }
}

}  // namespace remoting
