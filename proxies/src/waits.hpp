// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/channel_host.hpp>
#include <remoting/lifetime/clock.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace remoting {

/// What asynchronous calls wait for while they are on no connection: a connection, or a pause to pass. Each wait is taken
/// once, by whoever comes first: what it waited for, its time limit, a cancellation, or the end of everything.
/// Thread-safe.
class Waits : public std::enable_shared_from_this<Waits> {
public:
    using Ticket = std::uint64_t;

    Waits();
    ~Waits();
    Waits(const Waits&) = delete;
    Waits& operator=(const Waits&) = delete;

    /// Sets `ticket`, never to 0, and returns it. After end() `done` is called at once, with shutting_down, and `ticket` is not
    /// touched.
    Ticket add(Connected done, Ticket& ticket);
    /// When `after` has passed, `expired` is called if the wait is still there, and is to take it.
    void limit(Ticket ticket, boost::asio::io_context& context, Duration after, std::function<void()> expired);
    /// The wait's function, for the caller to call; empty when somebody else was first.
    Connected take(Ticket ticket);
    /// Ends all of them with shutting_down.
    void end();

private:
    struct Wait;

    std::mutex mutex_;
    bool has_ended_ = false;
    Ticket last_ = 0;
    std::map<Ticket, Wait> waits_;
};

}  // namespace remoting
