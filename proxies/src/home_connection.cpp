// SPDX-License-Identifier: BSL-1.0
#include "home_connection.hpp"

#include "remote_reference.hpp"
#include "world.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/sent_references.hpp>
#include <remoting/proxies/proxy.hpp>
#include <remoting/serialization/archive.hpp>
#include <remoting/serialization/scoped_buffer.hpp>

#include <fmt/format.h>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

namespace remoting {

namespace {

/// What was saved on this thread and belongs to the message that it encodes.
thread_local std::vector<std::uint64_t> saved_here;

SlabRef copy_of(std::span<const std::byte> bytes)
{
    SlabRef slab = SlabRef::allocate(std::max<std::size_t>(bytes.size(), 1));
    if (!bytes.empty()) {
        std::memcpy(slab->data(), bytes.data(), bytes.size());
    }
    return slab;
}

std::exception_ptr refusal(ErrorCode code, std::string cause)
{
    return std::make_exception_ptr(RemotingError(code, Executed::no, std::move(cause)));
}

}  // namespace

/// Objects do not leave: messages carry numbers of pointers that are kept here.
class HomeConnection::Objects final : public ReferenceMarshaller, public std::enable_shared_from_this<Objects> {
public:
    explicit Objects(World& world) : world_(world) {}

    void save(OutputArchive& archive, std::shared_ptr<RemoteObject> object, const InterfaceDescriptor&) override
    {
        std::uint64_t id = 0;
        if (object != nullptr) {
            const std::lock_guard lock(mutex_);
            id = ++last_id_;
            kept_.emplace(id, std::move(object));
            saved_here.push_back(id);
        }
        archive& id;
    }

    std::shared_ptr<RemoteObject> load(InputArchive& archive, const InterfaceDescriptor& interface) override
    {
        const auto id = archive.read<std::uint64_t>();
        std::shared_ptr<RemoteObject> object;
        if (id != 0) {
            const std::lock_guard lock(mutex_);
            const auto found = kept_.find(id);
            object = found != kept_.end() ? found->second : nullptr;
        }
        if (object == nullptr || object->remoting_proxy() != nullptr || interface.is_internal()) {
            return object;
        }
        // As for anybody else it is called in its turn.
        const auto entry =
            world_.objects().add_instance(std::move(object), interface, {}, ActivationMode::published, true);
        const Servant servant = entry->activator().acquire();
        return needs_proxy(*entry) || servant.is_async() ? world_.home().proxy_of(entry, interface) : servant.object;
    }

    /// For the payload just encoded on this thread: lets go of what it mentions when it goes.
    std::shared_ptr<const void> take_saved()
    {
        if (saved_here.empty()) {
            return nullptr;
        }
        return std::shared_ptr<const void>(
            nullptr, [self = shared_from_this(), ids = std::exchange(saved_here, {})](auto) {
                std::vector<std::shared_ptr<RemoteObject>> gone;  // destroyed after the lock
                const std::lock_guard lock(self->mutex_);
                for (const std::uint64_t id : ids) {
                    const auto found = self->kept_.find(id);
                    gone.push_back(std::move(found->second));
                    self->kept_.erase(found);
                }
            });
    }

private:
    World& world_;
    std::mutex mutex_;
    std::uint64_t last_id_ = 0;
    std::unordered_map<std::uint64_t, std::shared_ptr<RemoteObject>> kept_;
};

/// One call, from its start to the end of its servant.
class HomeConnection::Call {
public:
    Call(std::shared_ptr<World> keep, StartedCall* to_tell, bool waits)
        : world(std::move(keep)),
          started(to_tell),
          is_awaited(waits)
    {
    }

    const std::shared_ptr<World> world;
    IncomingCall incoming;
    std::stop_source stop;
    std::optional<boost::asio::steady_timer> timer;

    std::mutex mutex;
    std::condition_variable changed;
    StartedCall* started;   ///< null when nobody is to be told, or somebody was
    const bool is_awaited;  ///< by a thread
    bool has_turn = false;
    bool is_executing = false;
    bool is_given_up = false;
    bool is_done = false;
    IncomingReply reply;
    /// Calls of the same chain, for the waiting thread.
    std::deque<std::function<void()>> inbox;
};

/// Waits for its object's turn.
class HomeConnection::Queued final : public WaitingCall {
public:
    Queued(HomeConnection& home, std::shared_ptr<Call> call) : home_(home), call_(std::move(call)) {}

    const IncomingCall& call() const noexcept override { return call_->incoming; }
    std::unique_ptr<WaitingCall> run() override
    {
        bool is_given_up = false;
        {
            const std::lock_guard lock(call_->mutex);
            is_given_up = call_->is_given_up;
            if (call_->is_awaited && !is_given_up) {
                call_->has_turn = true;  // its own thread runs it
                call_->changed.notify_all();
                return nullptr;
            }
        }
        if (is_given_up) {
            home_.forget(*call_);
            return call_->incoming.object->turn().leave();
        }
        home_.run_where_it_belongs(call_, true);
        return nullptr;
    }

private:
    HomeConnection& home_;
    const std::shared_ptr<Call> call_;
};

class HomeConnection::Deferred final : public DeferredCall {
public:
    Deferred(HomeConnection& home, std::shared_ptr<Call> call, bool has_turn)
        : home_(home),
          call_(std::move(call)),
          has_turn_(has_turn)
    {
    }

    IncomingCall& call() noexcept override { return call_->incoming; }
    void reply(ReplyStatus status, Buffer& payload, SentReferences&) noexcept override
    {
        auto next = has_turn_ ? call_->incoming.object->turn().leave() : nullptr;
        home_.finish(call_, status, payload);
        home_.pass_on(std::move(next));
    }

private:
    HomeConnection& home_;
    const std::shared_ptr<Call> call_;
    const bool has_turn_;
};

HomeConnection::HomeConnection(World& world)
    : world_(world),
      peer_{"this process", true, std::nullopt, std::nullopt, true},
      objects_(std::make_shared<Objects>(world))
{
}

HomeConnection::~HomeConnection() = default;

bool HomeConnection::needs_proxy(const ObjectEntry& entry) noexcept
{
    return entry.takes_turns() || entry.executor() != nullptr;
}

std::shared_ptr<RemoteObject> HomeConnection::proxy_of(const std::shared_ptr<ObjectEntry>& entry,
                                                       const InterfaceDescriptor& interface)
{
    const std::lock_guard lock(mutex_);
    Home& home = homes_[entry->uri()];
    auto reference = home.alive.lock();
    if (reference == nullptr) {
        if (!world_.objects().add_reference(entry)) {
            throw RemotingError(ErrorCode::object_not_found, Executed::no,
                                "a reference to an object that has just gone");
        }
        reference = std::make_shared<RemoteReference>(world_.shared_from_this(), shared_from_this(), entry);
        home.alive = reference;
        home.proxies.clear();
    }
    const InterfaceDescriptor& whole = entry->interface().is(interface.name) ? entry->interface() : interface;
    auto& known = home.proxies[&whole];
    auto proxy = known.lock();
    if (proxy == nullptr) {
        proxy = whole.make_proxy(ProxyTarget(std::move(reference)), whole);
        known = proxy;
    }
    return proxy;
}

void HomeConnection::let_go(const std::shared_ptr<ObjectEntry>& entry) noexcept
{
    {
        const std::lock_guard lock(mutex_);
        const auto found = homes_.find(entry->uri());
        if (found != homes_.end() && found->second.alive.expired()) {
            homes_.erase(found);
        }
    }
    world_.objects().drop_references(entry, 1, "released");
}

std::size_t HomeConnection::peer_message_limit() const noexcept
{
    return world_.limits().message_size;
}

ReferenceMarshaller& HomeConnection::marshaller() noexcept
{
    return *objects_;
}

std::shared_ptr<HomeConnection::Call> HomeConnection::accept(OutgoingCall& request, StartedCall* started)
{
    const bool waits = started == nullptr && !request.method.one_way;
    auto call = std::make_shared<Call>(world_.shared_from_this(), started, waits);
    const auto arrival = objects_->take_saved();
    if (is_closed_) {
        throw RemotingError(ErrorCode::shutting_down, Executed::no, "this side has stopped");
    }
    IncomingCall& incoming = call->incoming;
    incoming.connection = shared_from_this();
    incoming.arguments.slab = copy_of(std::as_const(request.arguments).bytes());
    incoming.arguments.bytes = {incoming.arguments.slab->data(), request.arguments.size()};
    incoming.arguments.references = arrival;
    incoming.deadline = request.deadline;
    incoming.one_way = request.method.one_way;
    incoming.has_context = request.has_context;
    incoming.chain = request.chain != nullptr ? *request.chain : CallChain{Id128::random(*world_.options().random), 0};
    if (incoming.chain.depth >= world_.limits().call_depth) {
        incoming.refusal = refusal(ErrorCode::depth_exceeded, fmt::format("more than {} calls are nested in each other",
                                                                          world_.limits().call_depth));
    } else {
        BoundObject object{request.uri, std::string(request.interface.name), {}};
        BoundMethod method{std::string(request.method.name), nullptr, nullptr};
        world_.message_target().dispatch->resolve(object, method, incoming, this);
    }
    const std::lock_guard lock(mutex_);
    incoming.id = ++last_id_;
    calls_.emplace(incoming.id, call);
    return call;
}

IncomingReply HomeConnection::call(OutgoingCall& request)
{
    const auto call = accept(request, nullptr);
    enter(call);
    wait_for(call);
    return std::move(call->reply);
}

/// Begins the call of a thread that will wait for it.
void HomeConnection::enter(const std::shared_ptr<Call>& call)
{
    if (call->incoming.refusal != nullptr) {
        execute(call, false);
        return;
    }
    ObjectEntry& object = *call->incoming.object;
    if (!object.takes_turns()) {
        run_where_it_belongs(call, false);
        return;
    }
    if (object.turn().try_enter(call->incoming)) {
        run_where_it_belongs(call, true);
        return;
    }
    if (give_to_waiting(call)) {
        return;
    }
    if (object.turn().enter_or_wait(std::make_unique<Queued>(*this, call)) != nullptr) {
        const std::lock_guard lock(call->mutex);
        call->has_turn = true;
    }
}

/// A thread that waits here in the same chain may be the one that has the turn.
bool HomeConnection::give_to_waiting(const std::shared_ptr<Call>& call)
{
    std::vector<std::shared_ptr<Call>> others;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, other] : calls_) {
            if (other != call && other->is_awaited && other->incoming.chain.id == call->incoming.chain.id) {
                others.push_back(other);
            }
        }
    }
    for (auto other = others.rbegin(); other != others.rend(); ++other) {  // the innermost first
        const std::lock_guard lock((*other)->mutex);
        if (!(*other)->is_done && !(*other)->is_given_up) {
            (*other)->inbox.emplace_back([this, call] {
                if (call->incoming.object->turn().try_enter(call->incoming)) {
                    run_where_it_belongs(call, true);
                } else if (call->incoming.object->turn().enter_or_wait(std::make_unique<Queued>(*this, call)) !=
                           nullptr) {
                    const std::lock_guard granted(call->mutex);
                    call->has_turn = true;
                    call->changed.notify_all();
                }
            });
            (*other)->changed.notify_all();
            return true;
        }
    }
    return false;
}

void HomeConnection::wait_for(const std::shared_ptr<Call>& call)
{
    std::unique_lock lock(call->mutex);
    while (!call->is_done) {
        if (!call->inbox.empty()) {
            const auto work = std::move(call->inbox.front());
            call->inbox.pop_front();
            lock.unlock();
            work();
            lock.lock();
            continue;
        }
        if (std::exchange(call->has_turn, false)) {
            lock.unlock();
            call->incoming.object->turn().run_here();
            run_where_it_belongs(call, true);
            lock.lock();
            continue;
        }
        const bool is_late = world_.clock().now() >= call->incoming.deadline;
        if (is_late || is_closed_) {
            call->is_given_up = true;
            const Executed how_far = call->is_executing ? Executed::maybe : Executed::no;
            const auto left = std::exchange(call->inbox, {});
            lock.unlock();
            call->stop.request_stop();
            for (const auto& work : left) {
                work();
            }
            if (is_late) {
                throw RemotingError(ErrorCode::deadline_exceeded, how_far,
                                    how_far == Executed::no ? "its object's turn did not come before the deadline"
                                                            : "no reply before the deadline");
            }
            throw RemotingError(ErrorCode::shutting_down, how_far, "this side has stopped");
        }
        if (call->incoming.deadline == TimePoint::max()) {
            call->changed.wait(lock);
        } else {
            call->changed.wait_for(lock, call->incoming.deadline - world_.clock().now());
        }
    }
}

void HomeConnection::run_where_it_belongs(const std::shared_ptr<Call>& call, bool has_turn)
{
    const auto executor = call->incoming.object->executor();
    if (executor != nullptr) {
        executor->post([this, call, has_turn] {
            if (has_turn) {
                call->incoming.object->turn().run_here();
            }
            execute(call, has_turn);
        });
    } else if (call->is_awaited) {
        execute(call, has_turn);
    } else {
        world_.callback_threads().post([this, call, has_turn] {
            if (has_turn) {
                call->incoming.object->turn().run_here();
            }
            execute(call, has_turn);
        });
    }
}

void HomeConnection::execute(const std::shared_ptr<Call>& call, bool has_turn) noexcept
{
    IncomingCall& incoming = call->incoming;
    {
        const std::lock_guard lock(call->mutex);
        if (incoming.refusal == nullptr && call->is_given_up) {
            incoming.refusal = refusal(ErrorCode::cancelled, "the caller gave the call up before it was dispatched");
        }
        if (incoming.refusal == nullptr && world_.clock().now() >= incoming.deadline) {
            incoming.refusal =
                refusal(ErrorCode::deadline_exceeded, "the deadline passed before the call was dispatched");
        }
        call->is_executing = incoming.refusal == nullptr;
    }
    SentReferences references;
    ScopedBuffer reply;
    const auto take_over = [&](IncomingCall& taken) -> std::unique_ptr<DeferredCall> {
        if (has_turn) {
            taken.object->turn().leave_thread();
        }
        return std::make_unique<Deferred>(*this, call, has_turn);
    };
    const Defer defer = take_over;
    ReplyStatus status;
    {
        const SentReferences::Scope scope(references);
        status = world_.message_target().formatter->process(incoming, *reply, &defer);
    }
    if (status.is_deferred) {
        return;
    }
    auto next = has_turn ? incoming.object->turn().leave() : nullptr;
    finish(call, status, *reply);
    pass_on(std::move(next));
}

void HomeConnection::finish(const std::shared_ptr<Call>& call, const ReplyStatus& status, const Buffer& reply) noexcept
{
    Payload payload{copy_of(reply.bytes()), {}, objects_->take_saved()};
    payload.bytes = {payload.slab->data(), reply.size()};
    StartedCall* started = nullptr;
    {
        const std::lock_guard lock(call->mutex);
        call->is_done = true;
        started = std::exchange(call->started, nullptr);
        IncomingReply whole{status.code, status.executed, std::move(payload), status.has_context};
        (started != nullptr ? started->reply : call->reply) = std::move(whole);
        call->timer.reset();
        call->changed.notify_all();
    }
    forget(*call);
    if (started != nullptr) {
        started->ended();
    }
}

/// Whoever has the turn now; not on this thread, which has its own call to see to.
void HomeConnection::pass_on(std::unique_ptr<WaitingCall> next)
{
    if (next != nullptr) {
        const auto shared = std::make_shared<std::unique_ptr<WaitingCall>>(std::move(next));  // std::function copies
        world_.callback_threads().post([shared] {
            for (auto waiting = std::move(*shared); waiting != nullptr;) {
                waiting = waiting->run();
            }
        });
    }
}

/// Begins a call that no thread waits for; its place in its object's queue is taken at once.
void HomeConnection::run_aside(const std::shared_ptr<Call>& call)
{
    ObjectEntry* const object = call->incoming.object.get();
    if (call->incoming.refusal != nullptr) {
        world_.callback_threads().post([this, call] { execute(call, false); });
    } else if (!object->takes_turns()) {
        run_where_it_belongs(call, false);
    } else if (object->turn().enter_or_wait(std::make_unique<Queued>(*this, call)) != nullptr) {
        run_where_it_belongs(call, true);
    }
}

void HomeConnection::send(OutgoingCall& request)
{
    run_aside(accept(request, nullptr));
}

void HomeConnection::start(StartedCall& started)
{
    const auto call = accept(*started.request, started.one_way ? nullptr : &started);
    started.id = call->incoming.id;
    if (started.one_way) {
        run_aside(call);
        started.ended();
        return;
    }
    if (call->incoming.deadline != TimePoint::max()) {
        const std::lock_guard lock(call->mutex);
        auto& timer = call->timer.emplace(world_.io_context());
        timer.expires_after(std::min<Duration>(call->incoming.deadline - world_.clock().now(), std::chrono::hours(24)));
        timer.async_wait([weak = std::weak_ptr(call)](const boost::system::error_code& error) {
            const auto late = weak.lock();
            if (error || late == nullptr) {
                return;
            }
            std::unique_lock locked(late->mutex);
            StartedCall* const told = std::exchange(late->started, nullptr);
            late->is_given_up = true;
            const Executed how_far = late->is_executing ? Executed::maybe : Executed::no;
            locked.unlock();
            late->stop.request_stop();
            if (told != nullptr) {
                told->fail(ErrorCode::deadline_exceeded, how_far, "no reply before the deadline");
                told->ended();
            }
        });
    }
    run_aside(call);
}

bool HomeConnection::cancel(StartedCall& started, ErrorCode code, const std::string& cause) noexcept
{
    const auto call = find(started.id);
    if (call == nullptr) {
        return false;
    }
    Executed how_far = Executed::no;
    {
        const std::lock_guard lock(call->mutex);
        if (call->started != &started) {
            return false;
        }
        call->started = nullptr;
        call->is_given_up = true;
        how_far = call->is_executing ? Executed::maybe : Executed::no;
    }
    call->stop.request_stop();
    started.fail(code, how_far, cause);
    return true;
}

std::shared_ptr<HomeConnection::Call> HomeConnection::find(std::uint64_t id)
{
    const std::lock_guard lock(mutex_);
    const auto found = calls_.find(id);
    return found != calls_.end() ? found->second : nullptr;
}

void HomeConnection::forget(const Call& call) noexcept
{
    const std::lock_guard lock(mutex_);
    calls_.erase(call.incoming.id);
}

std::stop_token HomeConnection::stop_token(std::uint64_t id)
{
    const auto call = find(id);
    return call != nullptr ? call->stop.get_token() : std::stop_token();
}

void HomeConnection::close(ErrorCode code, const std::string& cause) noexcept
{
    is_closed_ = true;
    std::map<std::uint64_t, std::shared_ptr<Call>> calls;
    {
        const std::lock_guard lock(mutex_);
        calls.swap(calls_);
    }
    for (const auto& [id, call] : calls) {
        StartedCall* started = nullptr;
        {
            const std::lock_guard lock(call->mutex);
            call->is_given_up = true;
            started = std::exchange(call->started, nullptr);
            call->timer.reset();
            call->changed.notify_all();
            if (started != nullptr) {
                started->fail(code, call->is_executing ? Executed::maybe : Executed::no, cause);
            }
        }
        call->stop.request_stop();
        if (started != nullptr) {
            started->ended();
        }
    }
}

}  // namespace remoting
