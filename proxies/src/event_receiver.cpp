// SPDX-License-Identifier: BSL-1.0
#include "event_receiver.hpp"

#include "event_objects.hpp"
#include "remote_reference.hpp"

#include <remoting/dispatch/servant_executor.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/current_call.hpp>
#include <remoting/proxies/stream_feeder.hpp>
#include <remoting/sinks/exception_codec.hpp>

#include <algorithm>
#include <utility>

namespace remoting {

void Subscription::end() noexcept
{
    if (receiver_ != nullptr) {
        receiver_->end();
    }
}

bool Subscription::is_active() const noexcept
{
    return receiver_ != nullptr && receiver_->is_active();
}

std::uint64_t Subscription::dropped() const noexcept
{
    return receiver_ != nullptr ? receiver_->dropped() : 0;
}

namespace detail {

namespace {

constexpr Duration first_pause = std::chrono::milliseconds(20);
constexpr Duration longest_pause = std::chrono::seconds(2);

SubscriptionOptions checked(SubscriptionOptions options)
{
    if (options.queue == 0) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no, "the queue of a subscription holds 1 event or more");
    }
    return options;
}

}  // namespace

/// One call that subscribes.
struct EventReceiver::Attempt {
    explicit Attempt(const std::shared_ptr<EventReceiver>& receiver)
        : id(receiver->next_attempt()),
          request{make_event_sink(receiver, id), receiver->options_.queue, receiver->options_.policy,
                  receiver->options_.last_value}
    {
    }

    std::uint64_t id;
    SubscribeRequest request;
    std::shared_ptr<EventTicket> ticket;
    void* values[2] = {&request, &ticket};
};

EventReceiver::EventReceiver(const EventDescriptor& event, EventHandler handler, SubscriptionOptions options, Log log)
    : event_(event),
      options_(checked(std::move(options))),
      log_(std::move(log))
{
    if (handler == nullptr) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no, "a subscription without a handler");
    }
    handler_ = std::make_shared<const EventHandler>(std::move(handler));
}

std::shared_ptr<const EventHandler> EventReceiver::enter()
{
    const std::lock_guard lock(mutex_);
    if (handler_ != nullptr) {
        running_.push_back(std::this_thread::get_id());
    }
    return handler_;
}

void EventReceiver::leave(std::shared_ptr<const EventHandler> handler) noexcept
{
    handler.reset();  // what it owns goes before end() returns elsewhere
    const std::lock_guard lock(mutex_);
    running_.erase(std::find(running_.begin(), running_.end(), std::this_thread::get_id()));
    left_.notify_all();
}

bool EventReceiver::call(Values values) noexcept
{
    return guarded([&](const EventHandler& handler) { handler(values); });
}

bool EventReceiver::guarded(FunctionRef<void(const EventHandler&)> call) noexcept
{
    auto handler = enter();
    if (handler == nullptr) {
        return false;
    }
    bool has_returned = false;
    try {
        call(*handler);
        has_returned = true;
    } catch (...) {
        const Description details = describe(std::current_exception());
        if (log_) {
            log_(printable("a subscriber to " + std::string(event_.method.name) + " threw " + details.type + ": " +
                           details.text.substr(0, 1000)));
        }
    }
    leave(std::move(handler));
    return has_returned;
}

void EventReceiver::add_dropped(std::uint64_t count) noexcept
{
    if (count == 0) {
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        dropped_ += count;
    }
    if (options_.on_dropped) {
        guarded([&](const EventHandler&) { options_.on_dropped(count); });
    }
}

std::uint64_t EventReceiver::dropped() const noexcept
{
    const std::lock_guard lock(mutex_);
    return dropped_;
}

bool EventReceiver::is_active() const noexcept
{
    const std::lock_guard lock(mutex_);
    return handler_ != nullptr;
}

void EventReceiver::end() noexcept
{
    std::shared_ptr<const EventHandler> handler;  // all of them destroyed outside the lock
    std::shared_ptr<RemoteObject> ticket;
    std::shared_ptr<const Origin> origin;
    std::unique_lock lock(mutex_);
    handler = std::move(handler_);
    ticket = std::move(ticket_);
    origin.swap(origin_);
    if (std::ranges::find(running_, std::this_thread::get_id()) == running_.end()) {
        left_.wait(lock, [&] { return running_.empty(); });
    }
    lock.unlock();
}

void EventReceiver::tell(std::function<void()> callback) noexcept
{
    const auto guarded = [callback = std::move(callback)] {
        try {
            callback();
        } catch (...) {
        }
    };
    if (options_.executor != nullptr) {
        options_.executor->post(guarded);
    } else {
        guarded();
    }
}

void EventReceiver::finish(std::exception_ptr why) noexcept
{
    std::shared_ptr<const EventHandler> handler;
    std::shared_ptr<RemoteObject> ticket;
    std::shared_ptr<const Origin> origin;
    {
        const std::lock_guard lock(mutex_);
        handler = std::move(handler_);
        ticket = std::move(ticket_);
        origin.swap(origin_);
    }
    if (handler != nullptr && options_.on_ended) {
        tell([self = shared_from_this(), why = std::move(why)] { self->options_.on_ended(why); });
    }
}

void EventReceiver::end_by_publisher(ErrorCode code, const std::string& why) noexcept
{
    finish(std::make_exception_ptr(RemotingError(code, Executed::yes, why)));
}

void EventReceiver::set_ticket(std::shared_ptr<RemoteObject> ticket)
{
    const std::lock_guard lock(mutex_);
    if (handler_ != nullptr) {
        ticket_ = std::move(ticket);
    }
}

std::uint64_t EventReceiver::next_attempt()
{
    const std::lock_guard lock(mutex_);
    return ++attempt_;
}

void EventReceiver::subscribe(const ProxyTarget& target, const InterfaceDescriptor& interface)
{
    const MethodDescriptor* const method = interface.find_method(event_.method.name);
    origin_ = std::make_shared<const Origin>(
        Origin{target, interface, static_cast<std::size_t>(method - interface.methods.data())});
    Attempt attempt(shared_from_this());
    try {
        target.reference().call(interface, *method, attempt.values, target.options());
    } catch (...) {
        end();  // nobody has seen it
        throw;
    }
    set_ticket(std::move(attempt.ticket));
}

void EventReceiver::sink_gone(std::uint64_t attempt) noexcept
{
    std::shared_ptr<RemoteObject> ticket;
    {
        const std::lock_guard lock(mutex_);
        if (attempt != attempt_ || ticket_ == nullptr) {
            return;  // the call that should have subscribed has failed
        }
        ticket = std::move(ticket_);
    }
    lost();
}

void EventReceiver::lost() noexcept
{
    bool again = options_.resubscribe;
    {
        const std::lock_guard lock(mutex_);
        again = again && origin_ != nullptr && !origin_->target.reference().is_received();
    }
    if (again) {
        try_again_later(first_pause);
    } else {
        finish(std::make_exception_ptr(RemotingError(ErrorCode::connection_lost, Executed::maybe,
                                                     "the connection to the publisher of the event ended")));
    }
}

void EventReceiver::try_again_later(Duration pause) noexcept
{
    std::shared_ptr<World> world;
    {
        const std::lock_guard lock(mutex_);
        if (handler_ == nullptr || origin_ == nullptr) {
            return;
        }
        world = world_of(origin_->target);
    }
    world->async_pause(
        pause,
        [self = shared_from_this(), pause](const std::exception_ptr& failure, const std::shared_ptr<Connection>&) {
            if (failure != nullptr) {
                self->finish(failure);
            } else {
                self->try_again(pause);
            }
        },
        wait_);
}

void EventReceiver::try_again(Duration pause) noexcept
{
    std::shared_ptr<const Origin> origin;
    {
        const std::lock_guard lock(mutex_);
        if (handler_ == nullptr || origin_ == nullptr) {
            return;
        }
        origin = origin_;
    }
    const auto attempt = std::make_shared<Attempt>(shared_from_this());
    // The message keeps the attempt, and that its sink; both go when it has ended.
    send_stream_message(origin->target, origin->interface, origin->method, attempt->values, attempt,
                        [self = shared_from_this(), attempt, pause](const std::exception_ptr& failure) {
                            if (failure != nullptr) {
                                self->try_again_later(std::min(2 * pause, longest_pause));
                                return;
                            }
                            self->set_ticket(std::move(attempt->ticket));
                            if (self->options_.on_resubscribed) {
                                self->tell([self] { self->options_.on_resubscribed(); });
                            }
                        });
}

}  // namespace detail
}  // namespace remoting
