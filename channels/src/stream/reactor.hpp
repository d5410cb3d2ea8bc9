// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "handler_gate.hpp"

#include <remoting/dispatch/object_entry.hpp>
#include <remoting/lifetime/clock.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace remoting {

class StreamConnection;

/// The threads of one world and the epoll instance that watches its connections while nobody reads them.
///
/// A worker takes one ready connection, serves it as its reader, and may wait for its next request in a blocking
/// read as long as another worker is left in epoll. The housekeeping thread runs Asio (names, connecting, accepting,
/// timers), watches epoll where there are no workers or all are busy, and each millisecond of activity, or eighth as
/// long as only short calls follow each other, looks after readers whose servant takes long, and after calls that
/// others wait for while no worker becomes free: these get a thread of their own. It runs no user code.
///
/// Given an io_context of the user's, there are no threads of ours: whoever runs it does all of this. Thread-safe.
class Reactor {
public:
    /// @param io_context the user's, null for one of its own; must outlive it
    /// @param serves waiting for peers counts as work of the user's io_context, so that its run() goes on
    /// @param woken see wake_at(); may be empty
    Reactor(const Clock& clock, boost::asio::io_context* io_context, bool serves, std::function<void()> woken = {});
    /// stop() was called and its threads are joined, unless it runs on one of them.
    ~Reactor();
    Reactor(const Reactor&) = delete;
    Reactor& operator=(const Reactor&) = delete;

    /// Starts the housekeeping thread at first use.
    boost::asio::io_context& io_context();
    bool is_external() const noexcept { return external_ != nullptr; }
    /// Whether this thread runs the io_context now.
    bool runs_here();
    /// Runs `work` on the io_context soon.
    void post_work(std::function<void()> work);
    /// Runs `work`, which may wait, on a thread of its own; join() waits for it.
    void run_apart(std::function<void()> work);
    /// Makes sure that there are `count` workers.
    void start_workers(unsigned count);
    bool has_workers() const noexcept { return workers_wanted_.load(std::memory_order_relaxed) != 0; }
    /// Runs the call, whose turn is held, on a worker; starts one if there are none.
    void post(std::unique_ptr<WaitingCall> call);

    /// A serial number for a connection that is then watched under it.
    std::uint64_t add(const std::shared_ptr<StreamConnection>& connection, int descriptor);
    void remove(std::uint64_t serial, int descriptor) noexcept;
    std::shared_ptr<StreamConnection> find(std::uint64_t serial) const;
    std::vector<std::shared_ptr<StreamConnection>> connections() const;
    std::size_t connection_count() const;
    bool has_one_connection() const noexcept { return connections_open_.load(std::memory_order_relaxed) <= 1; }
    /// One event of the mask `events` (EPOLLIN, EPOLLOUT or none) will be reported.
    void watch(std::uint64_t serial, int descriptor, std::uint32_t events) noexcept;

    /// The monitor looks at the connection at each tick until its monitor_tick() says that it is quiet.
    void add_hot(std::shared_ptr<StreamConnection> connection);

    /// Calls the connection's on_wake() at `when` or soon after.
    void wake_at(std::uint64_t serial, TimePoint when);
    /// Calls `woken` at `when` or soon after; once, at the earliest time it was told.
    void wake_at(TimePoint when) { wake_at(world_serial, when); }
    /// Calls the connection's flush() soon, on the io_context.
    void flush_soon(std::uint64_t serial);

    /// Whether this worker may wait in a blocking read; if so, end_blocking() follows.
    bool begin_blocking() noexcept;
    void end_blocking() noexcept { blocked_readers_.fetch_sub(1, std::memory_order_relaxed); }

    /// Handles what epoll has for connections now, without running servants.
    void poll_ready();
    /// Readable when poll_ready() has something to do.
    int poll_descriptor() const noexcept { return epoll_; }

    /// Threads stop taking work; does not wait for them.
    void stop() noexcept;
    /// Waits for all threads but the calling one; says on stderr each second what it waits for.
    void join() noexcept;

private:
    struct Housekeeping;
    static constexpr std::uint64_t world_serial = 0;  ///< no connection's

    void work();
    void run_task();
    void add_worker_thread();
    void replace_poller();
    void free_nested_call();
    void serve_one();
    void watch_without_workers();
    void forget_wake(std::uint64_t serial) noexcept;
    void schedule_wake();
    void stop_waiting() noexcept;
    void wake_due();
    void tick();
    void schedule_tick();
    void start_ticking();
    void thread_ends() noexcept;
    void handle(std::uint64_t serial, std::uint32_t events, bool on_worker);

    const Clock& clock_;
    boost::asio::io_context* const external_;
    const bool serves_;
    const std::function<void()> woken_;
    const std::shared_ptr<HandlerGate> gate_ = std::make_shared<HandlerGate>();
    int epoll_;
    int task_event_;
    int stop_event_;

    mutable std::mutex mutex_;
    std::unordered_map<std::uint64_t, std::shared_ptr<StreamConnection>> connections_;
    std::uint64_t last_serial_ = 0;
    std::deque<std::unique_ptr<WaitingCall>> tasks_;
    std::uint64_t tasks_taken_ = 0;
    std::uint64_t seen_tasks_taken_ = 0;  ///< at the last tick
    std::vector<std::shared_ptr<StreamConnection>> hot_;
    bool is_ticking_ = false;
    Duration tick_ = std::chrono::milliseconds(1);         ///< until the next one
    std::set<std::pair<TimePoint, std::uint64_t>> wakes_;  ///< one for each connection at most
    std::unordered_map<std::uint64_t, TimePoint> wake_times_;
    std::vector<std::thread> workers_;
    struct Apart {
        std::thread thread;
        bool has_ended = false;
    };
    std::list<Apart> apart_;
    std::unique_ptr<Housekeeping> housekeeping_;
    std::size_t running_threads_ = 0;
    std::condition_variable thread_ended_;

    std::atomic<unsigned> workers_wanted_{0};
    std::atomic<unsigned> idle_workers_{0};
    std::atomic<unsigned> blocked_readers_{0};
    std::atomic<std::size_t> connections_open_{0};
    std::atomic<bool> is_stopping_{false};
};

}  // namespace remoting
