// SPDX-License-Identifier: BSL-1.0
#include "world.hpp"

#include "lease_keeper.hpp"
#include "object_session.hpp"

#include <remoting/asio.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/sinks/exception_codec.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace remoting {

namespace {

CommonOptions checked(CommonOptions options)
{
    options.limits.validate();
    if (options.connections_per_endpoint == 0 || options.connections_per_endpoint > 64) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                            "connections_per_endpoint must be from 1 to 64, and is " +
                                std::to_string(options.connections_per_endpoint));
    }
    if (options.session_grace < Duration::zero()) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no, "session_grace must not be negative");
    }
    if (options.long_wait < Duration::zero()) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no, "long_wait must not be negative");
    }
    const auto is_missing = [](const auto& pointer) { return pointer == nullptr; };
    if (std::ranges::any_of(options.message_sinks, is_missing) || std::ranges::any_of(options.byte_sinks, is_missing) ||
        std::ranges::any_of(options.tracking_handlers, is_missing)) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no, "a sink or tracking handler is a null pointer");
    }
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
      connections_(options_.channels, *this, *waits_,
                   options_.io_context != nullptr
                       ? std::function<std::shared_ptr<void>()>([this] { return shared_from_this(); })
                       : nullptr),
      quotas_(std::make_shared<ActivationQuotas>(options_.limits)),
      home_(std::make_shared<HomeConnection>(*this)),
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
               .closed = options_.on_disconnected,
               .woken = [this] { look_after_what_is_due(); }})
{
    if (!options_.tracking_handlers.empty()) {
        objects_.set_on_removed([this](const ObjectEntry& entry, std::string_view reason) {
            if (!entry.is_activated_type() && !entry.interface().is_internal() && !entry.uri().starts_with('~')) {
                track([&](TrackingHandler& handler) {
                    handler.disconnected({entry.name(), entry.interface().name, {}}, reason);
                });
            }
        });
    }
    objects_.leases().set_hooks(
        {.wake_at = [this](TimePoint when) { engine_.wake_at(when); },
         .ask = [this](const auto& lease, const auto& sponsor,
                       std::uint64_t question) { ask_sponsor(*this, lease, sponsor, question); }});
    objects_.long_waits().start(options_.long_wait, options_.log,
                                {.wake_at = [this](TimePoint when) { engine_.wake_at(when); },
                                 .outstanding = [this](const CallChain& chain) { return engine_.outstanding(chain); }});
}

void World::track(FunctionRef<void(TrackingHandler& handler)> tell) const noexcept
{
    for (const auto& handler : options_.tracking_handlers) {
        std::string what = "it is no std::exception";
        try {
            tell(*handler);
            continue;
        } catch (const std::exception& error) {
            what = error.what();
        } catch (...) {
        }
        try {
            if (options_.log) {
                options_.log(printable("a tracking handler threw: " + what));
            }
        } catch (...) {  // as Log says
        }
    }
}

World::~World()
{
    stop(options_.clock->now());
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

void World::look_after_what_is_due()
{
    sessions_.end_due();
    objects_.long_waits().look();
    auto gone = std::make_shared<std::vector<std::shared_ptr<ObjectEntry>>>(objects_.end_leases());
    if (!gone->empty()) {
        run_on_worker([gone = std::move(gone)]() mutable {
            gone.reset();
        });  // the housekeeping thread runs no servants' destructors
    }
}

bool World::pause(Duration how_long)
{
    std::unique_lock lock(mutex_);
    return !stopping_.wait_for(lock, how_long, [&] { return is_stopping_.load(); });
}

std::string World::listen(std::string_view url)
{
    const ObjectUrl parsed = ObjectUrl::parse(url);
    if (!parsed.object.empty()) {
        throw RemotingError(ErrorCode::invalid_url, Executed::no,
                            "'" + std::string(url) + "' names an object; a server listens on an address only");
    }
    if (is_stopping_) {
        throw RemotingError(ErrorCode::shutting_down, Executed::no, "the server was stopped",
                            {{}, {}, std::string(url)});
    }
    auto listener = options_.channels.server(parsed.scheme).listen(parsed, *this);
    std::string bound = listener->url();
    const std::lock_guard lock(mutex_);
    if (!is_stopping_) {
        listeners_.push_back(std::move(listener));
    }
    return bound;
}

void World::keep(std::shared_ptr<const void> used)
{
    const std::lock_guard lock(mutex_);
    kept_.push_back(std::move(used));
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
    connections_.wake_all();
    waits_->end();
    listeners.clear();
    const auto report = engine_.stop(deadline);
    sessions_.clear();
    home_->close(ErrorCode::shutting_down, "stopped");
    connections_.clear();
    return report;
}

}  // namespace remoting
