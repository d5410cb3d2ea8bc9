// SPDX-License-Identifier: BSL-1.0
#include "world.hpp"

#include "object_session.hpp"

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

World::World(CommonOptions options)
    : options_(checked(std::move(options))),
      objects_(*options_.clock, *options_.random),
      dispatch_(objects_, options_.limits, options_.message_sinks),
      server_formatter_(dispatch_, options_.byte_sinks, options_.custom_errors, options_.log),
      client_formatter_(options_.byte_sinks, options_.limits),
      engine_({options_.limits, options_.adaptive_waiting, *options_.clock, *options_.random, dispatch_,
               server_formatter_,
               [this](Connection& connection) { return std::make_unique<ObjectSession>(*this, connection); }})
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
    const auto is_free = [&] { return !known->is_connecting; };
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
    lock.lock();
    known->is_connecting = false;
    known->connection = fresh;
    known->attempt_ended.notify_all();
    if (failure != nullptr) {
        std::rethrow_exception(failure);
    }
    return fresh;
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

void World::accept(std::unique_ptr<ByteStream> stream, const std::string& local_url) noexcept
{
    engine_.accept(std::move(stream), local_url);
}

StreamEngine::StopReport World::stop(TimePoint deadline) noexcept
{
    is_stopping_ = true;
    std::vector<std::unique_ptr<Listener>> listeners;
    {
        const std::lock_guard lock(mutex_);
        listeners.swap(listeners_);
    }
    listeners.clear();
    const auto report = engine_.stop(deadline);
    {
        const std::lock_guard lock(mutex_);
        endpoints_.clear();
    }
    return report;
}

}  // namespace remoting
