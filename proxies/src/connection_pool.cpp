// SPDX-License-Identifier: BSL-1.0
#include "connection_pool.hpp"

#include <remoting/errors/exceptions.hpp>

#include <algorithm>
#include <deque>
#include <exception>
#include <thread>
#include <utility>

namespace remoting {

namespace {

std::exception_ptr still_connecting(const std::string& address)
{
    return std::make_exception_ptr(RemotingError(ErrorCode::deadline_exceeded, Executed::no,
                                                 "another call was still connecting when the deadline passed",
                                                 {{}, {}, address}));
}

bool is_deadline(const std::exception_ptr& failure)
{
    try {
        std::rethrow_exception(failure);
    } catch (const RemotingError& error) {
        return error.code() == ErrorCode::deadline_exceeded;
    } catch (...) {
        return false;
    }
}

}  // namespace

class ConnectionPool::Endpoint : public std::enable_shared_from_this<Endpoint> {
public:
    Endpoint(ConnectionPool& pool, const ObjectUrl& url) : pool_(pool), url_(url), address_(url.endpoint()) {}

    std::shared_ptr<Connection> connect(TimePoint deadline);
    void async_connect(TimePoint deadline, Connected done, Waits::Ticket& ticket);
    void wake();
    void clear();
    bool is_closed();
    bool uses(const Connection& connection);

private:
    struct Waiting {
        Waits::Ticket ticket = 0;
        TimePoint deadline;
    };
    using Lock = std::unique_lock<std::mutex>;

    bool is_usable() const { return connection_ != nullptr && connection_->is_usable(); }
    bool serves_here() const { return serving_ == std::this_thread::get_id(); }
    bool is_busy() const { return attempts_ != 0 || serving_ != std::thread::id(); }
    void wait_for_others(Lock& lock, TimePoint deadline);
    void start_attempt(Lock lock, TimePoint deadline);
    std::shared_ptr<Connection> attempt_ended(TimePoint deadline, const std::exception_ptr& failure,
                                              const std::shared_ptr<Connection>& fresh);
    void serve_waiting(Lock& lock);
    void fail_waiting(Lock lock, TimePoint deadline, const std::exception_ptr& failure);
    void limit(Waits::Ticket wait, TimePoint deadline);

    ConnectionPool& pool_;
    const ObjectUrl url_;
    const std::string address_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::shared_ptr<Connection> connection_;
    unsigned attempts_ = 0;  ///< under way: a thread's on the user's io_context does not wait for one that needs that thread
    unsigned blocking_ = 0;  ///< of these, those a thread makes
    std::deque<Waiting> waiting_;
    std::thread::id serving_;  ///< who hands the connection to those who wait
};

std::shared_ptr<Connection> ConnectionPool::Endpoint::connect(TimePoint deadline)
{
    Lock lock(mutex_);
    wait_for_others(lock, deadline);
    if (is_usable()) {
        return connection_;
    }
    if (pool_.host_.is_stopping()) {
        throw RemotingError(ErrorCode::shutting_down, Executed::no, "this side is stopping", {{}, {}, address_});
    }
    ++attempts_;
    ++blocking_;
    lock.unlock();
    pool_.forget_closed();
    std::shared_ptr<Connection> fresh;
    std::exception_ptr failure;
    try {
        fresh = pool_.channels_.client(url_.scheme).connect(url_, pool_.host_, deadline);
    } catch (...) {
        failure = std::current_exception();
    }
    lock.lock();
    --blocking_;
    lock.unlock();
    auto connection = attempt_ended(deadline, failure, fresh);
    if (connection == nullptr) {
        std::rethrow_exception(failure);
    }
    return connection;
}

void ConnectionPool::Endpoint::wait_for_others(Lock& lock, TimePoint deadline)
{
    const bool needs_loop = pool_.keep_alive_ != nullptr;
    const auto is_free = [&] {
        return !is_busy() || serves_here() || pool_.host_.is_stopping() ||
               (needs_loop && blocking_ == 0 && serving_ == std::thread::id());
    };
    if (deadline == TimePoint::max()) {
        changed_.wait(lock, is_free);
    } else if (!changed_.wait_for(lock, deadline - pool_.host_.clock().now(), is_free)) {
        std::rethrow_exception(still_connecting(address_));
    }
}

void ConnectionPool::Endpoint::async_connect(TimePoint deadline, Connected done, Waits::Ticket& ticket)
{
    Lock lock(mutex_);
    if (is_usable() && serving_ == std::thread::id()) {
        const auto connection = connection_;
        lock.unlock();
        done(nullptr, connection);
        return;
    }
    const Waits::Ticket wait = pool_.waits_.add(std::move(done), ticket);
    if (wait == 0) {
        return;
    }
    waiting_.push_back({wait, deadline});
    if (is_busy()) {
        lock.unlock();
        limit(wait, deadline);
        return;
    }
    start_attempt(std::move(lock), deadline);
}

void ConnectionPool::Endpoint::limit(Waits::Ticket wait, TimePoint deadline)
{
    if (deadline == TimePoint::max()) {
        return;
    }
    pool_.waits_.limit(wait, pool_.host_.io_context(), deadline - pool_.host_.clock().now(),
                       [waits = pool_.waits_.shared_from_this(), wait, address = address_] {
                           if (const Connected late = waits->take(wait)) {
                               late(still_connecting(address), nullptr);
                           }
                       });
}

void ConnectionPool::Endpoint::start_attempt(Lock lock, TimePoint deadline)
{
    ++attempts_;
    lock.unlock();
    pool_.forget_closed();
    const auto hold = pool_.keep_alive_ ? pool_.keep_alive_() : nullptr;
    const auto ended = [hold, deadline, self = shared_from_this()](const std::exception_ptr& failure,
                                                                  const std::shared_ptr<Connection>& fresh) {
        self->attempt_ended(deadline, failure, fresh);
    };
    try {
        pool_.channels_.client(url_.scheme).async_connect(url_, pool_.host_, deadline, ended);
    } catch (...) {
        ended(std::current_exception(), nullptr);
    }
}

/// What there is now: the fresh connection, or one that another attempt made meanwhile.
std::shared_ptr<Connection> ConnectionPool::Endpoint::attempt_ended(TimePoint deadline,
                                                                    const std::exception_ptr& failure,
                                                                    const std::shared_ptr<Connection>& fresh)
{
    Lock lock(mutex_);
    --attempts_;
    if (fresh == nullptr && !is_usable()) {
        fail_waiting(std::move(lock), deadline, failure);
        return nullptr;
    }
    const bool is_spare = fresh != nullptr && is_usable();
    if (!is_spare && fresh != nullptr) {
        connection_ = fresh;
    }
    auto connection = connection_;
    serve_waiting(lock);
    lock.unlock();
    if (is_spare) {
        // As lost, since it may have taken up a session, which then goes on over another one.
        fresh->close(ErrorCode::connection_lost, "another connection was made first");
    }
    return connection;
}

void ConnectionPool::Endpoint::serve_waiting(Lock& lock)
{
    if (serving_ != std::thread::id()) {
        return;  // the one who does it will find what came
    }
    serving_ = std::this_thread::get_id();
    std::size_t promised = waiting_.size();  // even one that is closed by now: what becomes of it is theirs to decide
    while (!waiting_.empty() && (promised != 0 || is_usable())) {
        promised -= promised != 0 ? 1 : 0;
        const Waits::Ticket ticket = waiting_.front().ticket;
        waiting_.pop_front();
        const auto connection = connection_;
        lock.unlock();
        if (const Connected done = pool_.waits_.take(ticket)) {
            done(nullptr, connection);
        }
        lock.lock();
    }
    serving_ = {};
    changed_.notify_all();
    if (!waiting_.empty() && attempts_ == 0) {
        const TimePoint deadline = waiting_.front().deadline;
        start_attempt(std::move(lock), deadline);
        lock = Lock(mutex_);
    }
}

/// Those who would have waited longer than the attempt did get another one.
void ConnectionPool::Endpoint::fail_waiting(Lock lock, TimePoint deadline, const std::exception_ptr& failure)
{
    std::deque<Waiting> failed;
    if (attempts_ == 0) {
        failed.swap(waiting_);
        if (is_deadline(failure)) {
            const auto longer = std::stable_partition(
                failed.begin(), failed.end(), [&](const Waiting& waiting) { return waiting.deadline <= deadline; });
            waiting_.assign(longer, failed.end());
            failed.erase(longer, failed.end());
        }
    }
    changed_.notify_all();
    if (!waiting_.empty() && attempts_ == 0) {
        const TimePoint longest = std::ranges::max_element(waiting_, {}, &Waiting::deadline)->deadline;
        start_attempt(std::move(lock), longest);
    } else {
        lock.unlock();
    }
    for (const Waiting& waiting : failed) {
        if (const Connected done = pool_.waits_.take(waiting.ticket)) {
            done(failure, nullptr);
        }
    }
}

void ConnectionPool::Endpoint::wake()
{
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
}

void ConnectionPool::Endpoint::clear()
{
    Lock lock(mutex_);
    const auto gone = std::move(connection_);
    lock.unlock();  // before it is destroyed
}

bool ConnectionPool::Endpoint::is_closed()
{
    const std::lock_guard lock(mutex_);
    return connection_ != nullptr && connection_->is_closed() && !is_busy() && waiting_.empty();
}

bool ConnectionPool::Endpoint::uses(const Connection& connection)
{
    const std::lock_guard lock(mutex_);
    return connection_.get() == &connection;
}

ConnectionPool::ConnectionPool(ChannelRegistry& channels, ChannelHost& host, Waits& waits,
                               std::function<std::shared_ptr<void>()> keep_alive)
    : channels_(channels), host_(host), waits_(waits), keep_alive_(std::move(keep_alive))
{
}

ConnectionPool::~ConnectionPool() = default;

std::shared_ptr<ConnectionPool::Endpoint> ConnectionPool::endpoint(const ObjectUrl& url, unsigned lane)
{
    const std::lock_guard lock(mutex_);
    auto& entry = endpoints_[{url.endpoint(), lane}];
    if (entry == nullptr) {
        entry = std::make_shared<Endpoint>(*this, url);
    }
    return entry;
}

std::shared_ptr<Connection> ConnectionPool::connect(const ObjectUrl& url, unsigned lane, TimePoint deadline)
{
    return endpoint(url, lane)->connect(deadline);
}

void ConnectionPool::async_connect(const ObjectUrl& url, unsigned lane, TimePoint deadline, Connected done,
                                   Waits::Ticket& ticket)
{
    endpoint(url, lane)->async_connect(deadline, std::move(done), ticket);
}

/// Connections of servers that are gone would keep their descriptors.
void ConnectionPool::forget_closed()
{
    std::vector<std::shared_ptr<Endpoint>> gone;  // destroyed after the lock
    const std::lock_guard lock(mutex_);
    std::erase_if(endpoints_, [&](const auto& entry) {
        // Nobody else has one whose count is 1, nor gets it: that needs the mutex.
        const bool is_unused = entry.second.use_count() == 1 && entry.second->is_closed();
        if (is_unused) {
            gone.push_back(entry.second);
        }
        return is_unused;
    });
}

std::optional<unsigned> ConnectionPool::lane_of(const Connection& connection)
{
    const std::lock_guard lock(mutex_);
    for (const auto& [name, endpoint] : endpoints_) {
        if (endpoint->uses(connection)) {
            return name.second;
        }
    }
    return std::nullopt;
}

std::vector<std::shared_ptr<ConnectionPool::Endpoint>> ConnectionPool::all()
{
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<Endpoint>> endpoints;
    for (const auto& entry : endpoints_) {
        endpoints.push_back(entry.second);
    }
    return endpoints;
}

void ConnectionPool::wake_all()
{
    for (const auto& endpoint : all()) {
        endpoint->wake();
    }
}

void ConnectionPool::clear()
{
    for (const auto& endpoint : all()) {
        endpoint->clear();
    }
}

}  // namespace remoting
