// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "event_receiver.hpp"

#include <remoting/lifetime/clock.hpp>
#include <remoting/proxies/event_sources.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace remoting::detail {

using SharedValues = std::shared_ptr<EventValues>;

/// Events that are handed to a subscriber at once.
inline constexpr std::size_t largest_delivery = 64;

/// One subscriber as its publisher sees it: a bounded queue, and at most one delivery at a time. Thread-safe.
class EventSubscriber : public std::enable_shared_from_this<EventSubscriber> {
public:
    EventSubscriber(const EventDescriptor& event, std::size_t queue, SlowSubscriber policy) noexcept
        : event_(event),
          limit_(queue),
          policy_(policy)
    {
    }
    virtual ~EventSubscriber() = default;
    EventSubscriber(const EventSubscriber&) = delete;
    EventSubscriber& operator=(const EventSubscriber&) = delete;

    /// Queues an event; waits only where the policy says so, not longer than `until`.
    void push(const SharedValues& values, TimePoint until) noexcept;
    /// From now on it is delivered to; `first`, when not null, before everything else.
    void begin(SharedValues first) noexcept;
    /// Nothing more is delivered, and the subscriber is told why. Idempotent.
    void end(ErrorCode code, const std::string& why) noexcept;
    /// The same without a word: it unsubscribed.
    void forget() noexcept;
    /// False when it has no say: it failed, is late or gone. @param values are right only when it has one
    virtual bool ask(Values values) noexcept = 0;

protected:
    struct Batch {
        std::vector<SharedValues> events;
        std::uint64_t dropped = 0;  ///< before the first of them
    };
    static constexpr std::size_t largest_batch = largest_delivery;

    /// False when there is nothing (more) to be delivered; then the next event calls schedule() again.
    bool take(Batch& batch);
    void add_dropped(std::uint64_t count);
    /// Soon and elsewhere, deliver.
    virtual void schedule() noexcept = 0;
    virtual void tell_end(ErrorCode code, const std::string& why) noexcept = 0;
    virtual void let_go() noexcept = 0;

    const EventDescriptor& event_;

private:
    const std::size_t limit_;
    const SlowSubscriber policy_;
    std::mutex mutex_;
    std::condition_variable room_;
    std::deque<SharedValues> queue_;
    std::uint64_t dropped_ = 0;
    bool is_busy_ = true;  ///< being delivered to, or not begun
    bool has_ended_ = false;
};

/// A handler in the publisher's process.
class LocalSubscriber final : public EventSubscriber {
public:
    explicit LocalSubscriber(std::shared_ptr<EventReceiver> receiver);

    bool ask(Values values) noexcept override;

private:
    void schedule() noexcept override;
    void tell_end(ErrorCode code, const std::string& why) noexcept override;
    void let_go() noexcept override {}
    void run() noexcept;

    const std::shared_ptr<EventReceiver> receiver_;
    const std::shared_ptr<ServantExecutor> executor_;
};

/// One event of one object: who subscribed to it, and what it said last. Thread-safe.
class EventTopic : public std::enable_shared_from_this<EventTopic> {
public:
    explicit EventTopic(const EventDescriptor& event) noexcept : event_(event) {}

    const EventDescriptor& event() const noexcept { return event_; }
    /// Queues the event for all; subscribers get the events of one thread in the order raised, and all the same order.
    void raise(Values values);
    /// Asks one after the other; inout values and the result are what those who have a say make of them.
    void ask(Values values);
    /// @param wants_last begin with the last value; `read` reads the present one, where there is such a thing
    void add(const std::shared_ptr<EventSubscriber>& subscriber, bool wants_last, EventSources& sources);
    void remove(const EventSubscriber& subscriber) noexcept;
    /// The object is gone.
    void end() noexcept;

private:
    std::vector<std::shared_ptr<EventSubscriber>> subscribers();

    const EventDescriptor& event_;
    std::mutex raising_;
    std::mutex mutex_;
    std::vector<std::shared_ptr<EventSubscriber>> subscribers_;
    SharedValues last_;
};

/// How long raising may wait: for room in a queue, or for one subscriber's answer.
Duration longest_wait(const EventDescriptor& event) noexcept;

}  // namespace remoting::detail
