// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

namespace remoting {

class ServantExecutor;

namespace detail {
class EventReceiver;
}

/// What becomes of a subscriber whose queue is full when the next event is raised.
enum class SlowSubscriber : std::uint8_t {
    drop_oldest,  ///< it loses the oldest event in the queue; Subscription::dropped() counts them
    block,        ///< raising waits, 1 s or the event's [deadline]; then the subscription ends
    disconnect,   ///< the subscription ends with resource_exhausted
};

struct SubscriptionOptions {
    /// Events that may wait for this subscriber at the publisher, 1 or more; the publisher may hold fewer
    /// (Limits::event_queue). Events for which raising waits (with a result or `inout`) are not queued.
    std::uint32_t queue = 256;
    SlowSubscriber policy = SlowSubscriber::drop_oldest;
    /// Begin with what the event said last, or with the present value of an [observable] property. What holds
    /// references to objects is not kept.
    bool last_value = false;
    /// When the connection is lost, subscribe again until that succeeds or the handle ends it; for objects named by a
    /// URL. What was raised meanwhile is lost.
    bool resubscribe = false;
    /// Where the handler runs (on_executor() of <remoting/asio.hpp>). Null: as callbacks do, on a thread that serves
    /// incoming calls, of which a Client has one, so that a handler that waits keeps the Client's others waiting; for an
    /// object of this process on Asio's system executor. Handlers whose publisher waits run as callbacks do, for an
    /// object of this process on the raising thread.
    std::shared_ptr<ServantExecutor> executor{};
    /// Called where the handler runs, before the next event, when so many in front of it were lost.
    std::function<void(std::uint64_t count)> on_dropped{};
    /// Called once when the subscription ends otherwise than by its handle: connection_lost, object_not_found when the
    /// object is gone, resource_exhausted when the policy says so, deadline_exceeded when an answer was late. On a
    /// thread that serves others, unless there is an executor.
    std::function<void(std::exception_ptr why)> on_ended{};
    /// Called each time that `resubscribe` has succeeded, on such a thread, too.
    std::function<void()> on_resubscribed{};
};

/// A handle that ends a subscription when it goes. Thread-safe but for moves. Outlives its Client harmlessly.
class Subscription {
public:
    /// No subscription.
    Subscription() noexcept = default;
    Subscription(Subscription&&) noexcept = default;
    Subscription& operator=(Subscription&& other) noexcept
    {
        std::swap(receiver_, other.receiver_);
        return *this;
    }
    ~Subscription() { end(); }

    /// The handler is not called any more when this returns: it waits for one that runs on another thread. From inside the
    /// handler it returns at once. Idempotent.
    void end() noexcept;
    /// False once it was ended, by whomever.
    bool is_active() const noexcept;
    /// How many events were lost because this subscriber was too slow. Handlers see it as of the event they are called
    /// with.
    std::uint64_t dropped() const noexcept;

    explicit Subscription(std::shared_ptr<detail::EventReceiver> receiver) noexcept : receiver_(std::move(receiver)) {}

private:
    std::shared_ptr<detail::EventReceiver> receiver_;
};

}  // namespace remoting
