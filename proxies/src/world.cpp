// SPDX-License-Identifier: BSL-1.0
#include "world.hpp"

#include "object_session.hpp"

#include <remoting/asio.hpp>
#include <remoting/errors/exceptions.hpp>

#include <exception>
#include <utility>

namespace remoting {

namespace {

CommonOptions checked(CommonOptions options)
{
    options.limits.validate();
    if (options.deadline <= Duration::zero()) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no, "the deadline must be longer than nothing");
    }
    return options;
}

}  // namespace

World::World(CommonOptions options, unsigned callback_threads, bool serves)
    : options_(checked(std::move(options))),
      objects_(*options_.clock, *options_.random),
      dispatch_(objects_, options_.limits, options_.message_sinks),
      server_formatter_(dispatch_, options_.byte_sinks, options_.custom_errors, options_.log,
                        [this] { return on_executor(callback_threads_.executor()); }),
      client_formatter_(options_.byte_sinks, options_.limits),
      retry_budget_(options_.retry),
      callback_threads_(options_.io_context, callback_threads),
      stream_threads_(options_.io_context, 1),
      engine_({.limits = options_.limits,
               .adaptive_waiting = options_.adaptive_waiting,
               .clock = *options_.clock,
               .random = *options_.random,
               .dispatch = dispatch_,
               .formatter = server_formatter_,
               .make_session =
                   [this](Connection& connection) { return std::make_unique<ObjectSession>(*this, connection); },
               .keep_alive = [this] { return weak_from_this().lock(); },
               .io_context = options_.io_context,
               .serves = serves,
               .opened = options_.on_connected,
               .closed = options_.on_disconnected})
{
}

World::~World()
{
    stop(options_.clock->now());
}

std::shared_ptr<World::Endpoint> World::endpoint(const std::string& name)
{
    const std::lock_guard lock(mutex_);
    auto& entry = endpoints_[name];
    if (entry == nullptr) {
        entry = std::make_shared<Endpoint>();
    }
    return entry;
}

std::shared_ptr<Connection> World::connect(const ObjectUrl& url, TimePoint deadline)
{
    const std::string name = url.endpoint();
    const auto known = endpoint(name);
    const auto is_free = [&] { return !known->is_connecting || is_stopping_; };
    std::unique_lock lock(known->mutex);
    if (deadline == TimePoint::max()) {
        known->attempt_ended.wait(lock, is_free);
    } else if (!known->attempt_ended.wait_for(lock, deadline - clock().now(), is_free)) {
        throw RemotingError(ErrorCode::deadline_exceeded, Executed::no,
                            "another call was still connecting when the deadline passed", {{}, {}, name});
    }
    if (known->connection != nullptr && known->connection->is_usable()) {
        return known->connection;
    }
    if (is_stopping_) {
        throw RemotingError(ErrorCode::shutting_down, Executed::no, "this side is stopping", {{}, {}, name});
    }
    known->is_connecting = true;
    lock.unlock();
    forget_closed();
    std::shared_ptr<Connection> fresh;
    std::exception_ptr failure;
    try {
        fresh = options_.channels.client(url.scheme).connect(url, *this, deadline);
    } catch (...) {
        failure = std::current_exception();
    }
    attempt_ended(*known, failure, fresh);
    if (failure != nullptr) {
        std::rethrow_exception(failure);
    }
    return fresh;
}

void World::attempt_ended(Endpoint& endpoint, const std::exception_ptr& failure,
                          const std::shared_ptr<Connection>& connection)
{
    std::vector<Waits::Ticket> waiting;
    {
        const std::lock_guard lock(endpoint.mutex);
        endpoint.is_connecting = false;
        endpoint.connection = connection;
        endpoint.attempt_ended.notify_all();
        waiting.swap(endpoint.waiting);
    }
    for (const Waits::Ticket ticket : waiting) {
        if (const Connected done = waits_->take(ticket)) {
            done(failure, connection);
        }
    }
}

void World::async_connect(const ObjectUrl& url, TimePoint deadline, Connected done, Waits::Ticket& ticket)
{
    const std::string name = url.endpoint();
    const auto known = endpoint(name);
    std::unique_lock lock(known->mutex);
    if (known->connection != nullptr && known->connection->is_usable()) {
        const auto connection = known->connection;
        lock.unlock();
        done(nullptr, connection);
        return;
    }
    const Waits::Ticket wait = waits_->add(std::move(done), ticket);
    if (wait == 0) {
        return;
    }
    known->waiting.push_back(wait);
    if (std::exchange(known->is_connecting, true)) {
        lock.unlock();
        if (deadline != TimePoint::max()) {
            waits_->limit(wait, io_context(), deadline - clock().now(), [waits = waits_, wait, name] {
                if (const Connected late = waits->take(wait)) {
                    late(std::make_exception_ptr(
                             RemotingError(ErrorCode::deadline_exceeded, Executed::no,
                                           "another call was still connecting when the deadline passed",
                                           {{}, {}, name})),
                         nullptr);
                }
            });
        }
        return;
    }
    lock.unlock();
    forget_closed();
    const auto self = shared_from_this();
    const auto ended = [self, known](const std::exception_ptr& failure, const std::shared_ptr<Connection>& connection) {
        self->attempt_ended(*known, failure, connection);
    };
    try {
        options_.channels.client(url.scheme).async_connect(url, *this, deadline, ended);
    } catch (...) {
        ended(std::current_exception(), nullptr);
    }
}

void World::async_pause(Duration how_long, Connected done, Waits::Ticket& ticket)
{
    if (const Waits::Ticket wait = waits_->add(std::move(done), ticket); wait != 0) {
        waits_->limit(wait, io_context(), how_long, [waits = waits_, wait] {
            if (const Connected passed = waits->take(wait)) {
                passed(nullptr, nullptr);
            }
        });
    }
}

bool World::pause(Duration how_long)
{
    std::unique_lock lock(mutex_);
    return !stopping_.wait_for(lock, how_long, [&] { return is_stopping_.load(); });
}

/// Connections of servers that are gone would keep their descriptors.
void World::forget_closed()
{
    std::vector<std::shared_ptr<Endpoint>> gone;  // destroyed after the lock
    const std::lock_guard lock(mutex_);
    std::erase_if(endpoints_, [&](const auto& entry) {
        const std::shared_ptr<Endpoint>& endpoint = entry.second;
        const std::lock_guard endpoint_lock(endpoint->mutex);
        const bool is_unused = endpoint.use_count() == 1;  // and stays so: it is only to be had under the lock
        if (is_unused && endpoint->connection != nullptr && endpoint->connection->is_closed()) {
            gone.push_back(endpoint);
            return true;
        }
        return false;
    });
}

std::string World::listen(std::string_view url)
{
    const ObjectUrl parsed = ObjectUrl::parse(url);
    if (!parsed.object.empty()) {
        throw RemotingError(ErrorCode::invalid_url, Executed::no,
                            "'" + std::string(url) + "' names an object; a server listens on an address only");
    }
    if (is_stopping_) {
        throw RemotingError(ErrorCode::shutting_down, Executed::no, "the server was stopped", {{}, {}, std::string(url)});
    }
    auto listener = options_.channels.server(parsed.scheme).listen(parsed, *this);
    std::string bound = listener->url();
    const std::lock_guard lock(mutex_);
    if (!is_stopping_) {
        listeners_.push_back(std::move(listener));
    }
    return bound;
}

std::shared_ptr<Connection> World::open(std::unique_ptr<ByteStream> stream, const ObjectUrl& url, TimePoint deadline)
{
    return engine_.open(std::move(stream), url.endpoint(), deadline);
}

void World::async_open(std::unique_ptr<ByteStream> stream, const ObjectUrl& url, TimePoint deadline, Connected done)
{
    engine_.async_open(std::move(stream), url.endpoint(), deadline, std::move(done));
}

void World::accept(std::unique_ptr<ByteStream> stream, const std::string& local_url) noexcept
{
    engine_.accept(std::move(stream), local_url);
}

std::shared_ptr<ServantExecutor> World::stream_executor()
{
    return on_executor(stream_threads_.executor());
}

void World::stop_threads() noexcept
{
    stream_threads_.stop();
    callback_threads_.stop();
}

StreamEngine::StopReport World::stop(TimePoint deadline) noexcept
{
    std::vector<std::unique_ptr<Listener>> listeners;
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        listeners.swap(listeners_);
        stopping_.notify_all();
    }
    std::vector<std::shared_ptr<Endpoint>> endpoints;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& entry : endpoints_) {
            endpoints.push_back(entry.second);
        }
    }
    for (const auto& endpoint : endpoints) {
        const std::lock_guard lock(endpoint->mutex);
        endpoint->attempt_ended.notify_all();
    }
    waits_->end();
    listeners.clear();
    const auto report = engine_.stop(deadline);
    {
        const std::lock_guard lock(mutex_);
        endpoints_.clear();
    }
    return report;
}

}  // namespace remoting
