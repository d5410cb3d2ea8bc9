// SPDX-License-Identifier: BSL-1.0
#include "reactor.hpp"

#include "stream_connection.hpp"
#include "thread_context.hpp"

#include <remoting/errors/exceptions.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <functional>
#include <iterator>
#include <list>
#include <optional>
#include <system_error>
#include <utility>

namespace remoting {

namespace asio = boost::asio;

namespace {

constexpr std::uint64_t task_key = 0;
constexpr std::uint64_t stop_key = ~std::uint64_t{0};
constexpr auto shortest_tick = std::chrono::milliseconds(1);
constexpr auto longest_tick = std::chrono::milliseconds(8);  // of 1 ms each, a hundredth of all calls would feel them

int check(int descriptor, const char* what)
{
    if (descriptor < 0) {
        throw std::system_error(errno, std::generic_category(), what);
    }
    return descriptor;
}

void add_event(int epoll, int descriptor, std::uint32_t events, std::uint64_t key)
{
    epoll_event event{};
    event.events = events;
    event.data.u64 = key;
    check(::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
}

}  // namespace

struct Reactor::Housekeeping {
    explicit Housekeeping(asio::io_context* external)
        : own(external == nullptr ? std::make_unique<asio::io_context>(1) : nullptr),
          context(external == nullptr ? *own : *external)
    {
        if (own != nullptr) {
            work.emplace(context.get_executor());
        }
    }

    std::unique_ptr<asio::io_context> own;
    asio::io_context& context;
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work;
    asio::steady_timer ticker{context};
    asio::steady_timer waker{context};
    asio::posix::stream_descriptor epoll{context};
    std::thread thread;
};

namespace {

/// Waiting that does not keep the user's io_context running: `start` begins an asynchronous wait with the handler it
/// is given.
template <class Start, class F>
void wait_in_background(asio::io_context& context, bool is_background, Start start, F handler)
{
    start(
        [executor = context.get_executor(), is_background, handler = std::move(handler)](auto&&... arguments) mutable {
            if (is_background) {
                executor.on_work_started();
            }
            handler(std::forward<decltype(arguments)>(arguments)...);
        });
    if (is_background) {
        context.get_executor().on_work_finished();
    }
}

}  // namespace

Reactor::Reactor(const Clock& clock, asio::io_context* io_context, bool serves, std::function<void()> woken)
    : clock_(clock),
      external_(io_context),
      serves_(serves),
      woken_(std::move(woken)),
      epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      task_event_(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")),
      stop_event_(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd"))
{
    if (external_ == nullptr) {
        add_event(epoll_, task_event_, EPOLLIN | EPOLLET, task_key);
        add_event(epoll_, stop_event_, EPOLLIN, stop_key);
    }
}

Reactor::~Reactor()
{
    stop();
    join();
    if (housekeeping_ != nullptr && housekeeping_->epoll.is_open()) {
        housekeeping_->epoll.release();
    }
    ::close(epoll_);
    ::close(task_event_);
    ::close(stop_event_);
}

asio::io_context& Reactor::io_context()
{
    const std::lock_guard lock(mutex_);
    if (housekeeping_ == nullptr) {
        housekeeping_ = std::make_unique<Housekeeping>(external_);
        if (is_stopping_) {
            return housekeeping_->context;  // nobody runs it
        }
        housekeeping_->epoll.assign(epoll_);
        if (external_ == nullptr) {
            housekeeping_->thread = std::thread([this] {
                ::pthread_setname_np(::pthread_self(), "remoting-keep");
                housekeeping_->context.run();
                thread_ends();
            });
            ++running_threads_;
        }
        asio::post(housekeeping_->context, HandlerGate::guard(gate_, [this] { watch_without_workers(); }));
    }
    return housekeeping_->context;
}

bool Reactor::runs_here()
{
    return io_context().get_executor().running_in_this_thread();
}

void Reactor::post_work(std::function<void()> work)
{
    asio::post(io_context(), HandlerGate::guard(gate_, std::move(work)));
}

void Reactor::run_apart(std::function<void()> work)
{
    std::list<Apart> ended;
    const std::lock_guard lock(mutex_);
    for (auto apart = apart_.begin(); apart != apart_.end();) {
        const auto next = std::next(apart);
        if (apart->has_ended) {
            apart->thread.join();  // it has nothing left to do
            ended.splice(ended.end(), apart_, apart);
        }
        apart = next;
    }
    if (is_stopping_) {
        throw RemotingError(ErrorCode::shutting_down, Executed::no, "this side is stopping");
    }
    Apart& apart = apart_.emplace_back();
    apart.thread = std::thread([this, &apart, work = std::move(work)] {
        ::pthread_setname_np(::pthread_self(), "remoting-apart");
        work();
        const std::lock_guard ending(mutex_);
        apart.has_ended = true;
        --running_threads_;
        thread_ended_.notify_all();
    });
    ++running_threads_;
}

void Reactor::start_workers(unsigned count)
{
    if (is_external()) {
        return;
    }
    const std::lock_guard lock(mutex_);
    while (!is_stopping_ && workers_wanted_.load() < count) {
        workers_wanted_.fetch_add(1);
        add_worker_thread();
    }
}

void Reactor::add_worker_thread()
{
    workers_.emplace_back([this] {
        ::pthread_setname_np(::pthread_self(), "remoting-work");
        work();
        thread_ends();
    });
    ++running_threads_;
}

void Reactor::post(std::unique_ptr<WaitingCall> call)
{
    if (is_external()) {
        // Copyable, as std::function wants it.
        auto shared = std::make_shared<std::unique_ptr<WaitingCall>>(std::move(call));
        post_work([shared] {
            for (auto next = std::move(*shared); next != nullptr;) {
                next = next->run();
            }
        });
        return;
    }
    start_workers(1);
    {
        const std::lock_guard lock(mutex_);
        if (!is_stopping_) {
            tasks_.push_back(std::move(call));
        }
    }
    ::eventfd_write(task_event_, 1);
}

void Reactor::work()
{
    this_thread().is_worker = true;
    while (!is_stopping_.load(std::memory_order_relaxed)) {
        epoll_event event{};
        idle_workers_.fetch_add(1);
        const int count = ::epoll_wait(epoll_, &event, 1, -1);
        if (idle_workers_.fetch_sub(1) == 1) {
            replace_poller();
        }
        if (count <= 0) {
            continue;
        }
        if (event.data.u64 == task_key) {
            run_task();
        } else if (event.data.u64 != stop_key) {
            handle(event.data.u64, event.events, true);
        }
    }
}

void Reactor::run_task()
{
    std::unique_ptr<WaitingCall> call;
    bool has_more = false;
    {
        const std::lock_guard lock(mutex_);
        if (tasks_.empty()) {
            return;
        }
        call = std::move(tasks_.front());
        tasks_.pop_front();
        ++tasks_taken_;
        has_more = !tasks_.empty();
    }
    if (has_more) {
        ::eventfd_write(task_event_, 1);  // edge-triggered: one write wakes one worker
    }
    while (call != nullptr) {
        call = call->run();
    }
}

/// Somebody must be left for the others' events: another worker if some only wait in a blocking read, which does not
/// count; otherwise the housekeeping thread at its ticks.
void Reactor::replace_poller()
{
    const std::lock_guard lock(mutex_);
    if (is_stopping_) {
        return;
    }
    const unsigned wanted = workers_wanted_.load();
    if (blocked_readers_.load() != 0 && workers_.size() < 2 * static_cast<std::size_t>(wanted) - 1) {
        add_worker_thread();
    } else {
        start_ticking();
    }
}

bool Reactor::begin_blocking() noexcept
{
    if (idle_workers_.load(std::memory_order_relaxed) == 0 ||
        blocked_readers_.load(std::memory_order_relaxed) + 1 > workers_wanted_.load(std::memory_order_relaxed) - 1 ||
        is_stopping_.load(std::memory_order_relaxed)) {
        return false;
    }
    blocked_readers_.fetch_add(1, std::memory_order_relaxed);
    return true;
}

void Reactor::handle(std::uint64_t serial, std::uint32_t events, bool on_worker)
{
    if (const auto connection = find(serial)) {
        connection->on_ready(events, on_worker);
    }
}

void Reactor::poll_ready()
{
    std::array<epoll_event, 16> events{};
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if (event.data.u64 == task_key) {
            ::eventfd_write(task_event_, 1);  // not ours to take
        } else if (event.data.u64 != stop_key) {
            handle(event.data.u64, event.events, false);
        }
    }
}

/// One event, by the thread that runs the user's io_context; another one may take the next meanwhile.
void Reactor::serve_one()
{
    epoll_event event{};
    if (::epoll_wait(epoll_, &event, 1, 0) == 1) {
        watch_without_workers();
        handle(event.data.u64, event.events, true);
    } else {
        watch_without_workers();
    }
}

void Reactor::watch_without_workers()
{
    const std::lock_guard lock(mutex_);
    if (is_stopping_ || has_workers()) {
        return;
    }
    wait_in_background(
        housekeeping_->context, is_external() && !serves_,
        [&](auto handler) {
            housekeeping_->epoll.async_wait(asio::posix::stream_descriptor::wait_read, std::move(handler));
        },
        HandlerGate::guard(gate_, [this](const boost::system::error_code& error) {
            if (error || is_stopping_) {
                return;
            }
            if (is_external()) {
                serve_one();
            } else {
                poll_ready();
                watch_without_workers();
            }
        }));
}

std::uint64_t Reactor::add(const std::shared_ptr<StreamConnection>& connection, int descriptor)
{
    std::uint64_t serial = 0;
    {
        const std::lock_guard lock(mutex_);
        serial = ++last_serial_;
        connections_.emplace(serial, connection);
        connections_open_.store(connections_.size(), std::memory_order_relaxed);
    }
    add_event(epoll_, descriptor, EPOLLONESHOT, serial);
    return serial;
}

void Reactor::remove(std::uint64_t serial, int descriptor) noexcept
{
    std::shared_ptr<StreamConnection> gone;  // destroyed after the lock
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
    const std::lock_guard lock(mutex_);
    forget_wake(serial);
    if (const auto found = connections_.find(serial); found != connections_.end()) {
        gone = std::move(found->second);
        connections_.erase(found);
        connections_open_.store(connections_.size(), std::memory_order_relaxed);
    }
}

std::shared_ptr<StreamConnection> Reactor::find(std::uint64_t serial) const
{
    const std::lock_guard lock(mutex_);
    const auto found = connections_.find(serial);
    return found == connections_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<StreamConnection>> Reactor::connections() const
{
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<StreamConnection>> all;
    all.reserve(connections_.size());
    for (const auto& entry : connections_) {
        all.push_back(entry.second);
    }
    return all;
}

std::size_t Reactor::connection_count() const
{
    const std::lock_guard lock(mutex_);
    return connections_.size();
}

void Reactor::watch(std::uint64_t serial, int descriptor, std::uint32_t events) noexcept
{
    epoll_event event{};
    event.events = events | EPOLLONESHOT;
    event.data.u64 = serial;
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event);
}

void Reactor::add_hot(std::shared_ptr<StreamConnection> connection)
{
    io_context();
    const std::lock_guard lock(mutex_);
    hot_.push_back(std::move(connection));
    start_ticking();
}

/// The mutex is held.
void Reactor::start_ticking()
{
    if (is_stopping_ || housekeeping_ == nullptr) {
        return;
    }
    if (!is_ticking_ || tick_ != shortest_tick) {
        is_ticking_ = true;
        tick_ = shortest_tick;
        asio::post(housekeeping_->context, HandlerGate::guard(gate_, [this] { schedule_tick(); }));
    }
}

void Reactor::schedule_tick()
{
    const std::lock_guard lock(mutex_);
    if (is_stopping_) {
        return;
    }
    housekeeping_->ticker.expires_after(tick_);
    wait_in_background(
        housekeeping_->context, is_external(),
        [&](auto handler) { housekeeping_->ticker.async_wait(std::move(handler)); },
        HandlerGate::guard(gate_, [this](const boost::system::error_code& error) {
            if (!error) {
                tick();
            }
        }));
}

void Reactor::wake_at(std::uint64_t serial, TimePoint when)
{
    io_context();
    const std::lock_guard lock(mutex_);
    if (const auto known = wake_times_.find(serial);
        serial == world_serial && known != wake_times_.end() && known->second <= when) {
        return;
    }
    const bool is_first = wakes_.empty() || when < wakes_.begin()->first;
    forget_wake(serial);
    wakes_.emplace(when, serial);
    wake_times_[serial] = when;
    if (is_first && !is_stopping_) {
        asio::post(housekeeping_->context, HandlerGate::guard(gate_, [this] { schedule_wake(); }));
    }
}

/// The mutex is held.
void Reactor::forget_wake(std::uint64_t serial) noexcept
{
    if (const auto found = wake_times_.find(serial); found != wake_times_.end()) {
        wakes_.erase({found->second, serial});
        wake_times_.erase(found);
    }
}

void Reactor::schedule_wake()
{
    const std::lock_guard lock(mutex_);
    if (wakes_.empty() || is_stopping_) {
        return;
    }
    const Duration remaining =
        std::clamp(wakes_.begin()->first - clock_.now(), Duration::zero(), Duration(std::chrono::hours(1)));
    housekeeping_->waker.expires_after(remaining);
    wait_in_background(
        housekeeping_->context, is_external(),
        [&](auto handler) { housekeeping_->waker.async_wait(std::move(handler)); },
        HandlerGate::guard(gate_, [this](const boost::system::error_code& error) {
            if (!error) {
                wake_due();
            }
        }));
}

void Reactor::wake_due()
{
    std::vector<std::uint64_t> due;
    {
        const std::lock_guard lock(mutex_);
        const TimePoint now = clock_.now();
        while (!wakes_.empty() && wakes_.begin()->first <= now) {
            due.push_back(wakes_.begin()->second);
            forget_wake(due.back());
        }
    }
    for (const std::uint64_t serial : due) {
        if (serial == world_serial) {
            woken_();
        } else if (const auto connection = find(serial)) {
            connection->on_wake();
        }
    }
    schedule_wake();
}

void Reactor::flush_soon(std::uint64_t serial)
{
    asio::post(io_context(), HandlerGate::guard(gate_, [this, serial] {
                   if (const auto connection = find(serial)) {
                       connection->flush();
                   }
               }));
}

void Reactor::tick()
{
    std::vector<std::shared_ptr<StreamConnection>> looked_at;
    {
        const std::lock_guard lock(mutex_);
        looked_at.swap(hot_);
    }
    const bool nobody_polls = has_workers() && idle_workers_.load() == 0;
    bool is_calm = !nobody_polls;
    std::erase_if(looked_at, [&](const auto& connection) {
        const auto watched = connection->monitor_tick();
        is_calm = is_calm && watched != StreamConnection::Watched::closely;
        return watched == StreamConnection::Watched::not_at_all;
    });
    if (nobody_polls) {
        poll_ready();
        free_nested_call();
    }
    {
        const std::lock_guard lock(mutex_);
        hot_.insert(hot_.end(), looked_at.begin(), looked_at.end());
        is_ticking_ = !is_stopping_ && (!hot_.empty() || nobody_polls);
        tick_ = is_calm ? std::min<Duration>(2 * tick_, longest_tick) : Duration(shortest_tick);
        if (!is_ticking_) {
            return;
        }
    }
    schedule_tick();
}

/// When no worker has become free since the last tick, one of the calls that wait for one and are needed elsewhere runs
/// apart: the workers may all be waiting for what comes of it.
void Reactor::free_nested_call()
{
    std::unique_ptr<WaitingCall> call;
    {
        const std::lock_guard lock(mutex_);
        const bool is_stuck = std::exchange(seen_tasks_taken_, tasks_taken_) == tasks_taken_;
        const auto nested =
            std::ranges::find_if(tasks_, [](const auto& task) { return task->call().chain.depth != 0; });
        if (!is_stuck || nested == tasks_.end()) {
            return;
        }
        call = std::move(*nested);
        tasks_.erase(nested);
    }
    if (!call->is_needed()) {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(call));
        return;
    }
    const auto shared = std::make_shared<std::unique_ptr<WaitingCall>>(std::move(call));  // std::function copies
    try {
        run_apart([shared] {
            for (auto next = std::move(*shared); next != nullptr;) {
                next = next->run();
            }
        });
    } catch (const std::exception&) {  // stopping, or out of threads: it waits on
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(*shared));
    }
}

void Reactor::stop() noexcept
{
    if (is_stopping_.exchange(true)) {
        return;
    }
    ::eventfd_write(stop_event_, 1);
    const std::lock_guard lock(mutex_);
    if (housekeeping_ != nullptr) {
        housekeeping_->work.reset();
        if (housekeeping_->own != nullptr) {
            housekeeping_->context.stop();
        } else {
            stop_waiting();
        }
    }
}

/// So that the user's io_context may run out of work; the mutex is held.
void Reactor::stop_waiting() noexcept
{
    boost::system::error_code ignored;
    housekeeping_->ticker.cancel();
    housekeeping_->waker.cancel();
    housekeeping_->epoll.cancel(ignored);
}

void Reactor::join() noexcept
{
    if (is_external()) {
        gate_->close();
        const std::lock_guard lock(mutex_);
        if (housekeeping_ != nullptr) {
            stop_waiting();
        }
    }
    std::vector<std::thread> threads;
    {
        std::unique_lock lock(mutex_);
        threads.swap(workers_);
        for (Apart& apart : apart_) {
            threads.push_back(std::move(apart.thread));
        }
        if (housekeeping_ != nullptr && housekeeping_->thread.joinable()) {
            threads.push_back(std::move(housekeeping_->thread));
        }
        const auto self = std::this_thread::get_id();
        const std::size_t own =
            std::ranges::any_of(threads, [&](const std::thread& thread) { return thread.get_id() == self; }) ? 1 : 0;
        while (!thread_ended_.wait_for(lock, std::chrono::seconds(1), [&] { return running_threads_ <= own; })) {
            std::fputs("remoting: waiting for a servant that is still running\n", stderr);
        }
    }
    for (std::thread& thread : threads) {
        if (!thread.joinable()) {
            continue;
        }
        if (thread.get_id() == std::this_thread::get_id()) {
            thread.detach();
        } else {
            thread.join();
        }
    }
    std::deque<std::unique_ptr<WaitingCall>> unrun;  // destroyed after the lock
    const std::lock_guard lock(mutex_);
    unrun.swap(tasks_);
}

void Reactor::thread_ends() noexcept
{
    const std::lock_guard lock(mutex_);
    --running_threads_;
    thread_ended_.notify_all();
}

}  // namespace remoting
