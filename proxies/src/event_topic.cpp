// SPDX-License-Identifier: BSL-1.0
#include "event_topic.hpp"

#include <remoting/asio.hpp>
#include <remoting/errors/exceptions.hpp>

#include <boost/asio/system_executor.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

namespace remoting {

namespace detail {

/// The events of one object that anybody subscribed to, or that were raised.
class EventTopics {
public:
    EventTopic& topic(const EventDescriptor& event)
    {
        const std::lock_guard lock(mutex_);
        auto& topic = topics_[&event];
        if (topic == nullptr) {
            topic = std::make_shared<EventTopic>(event);
        }
        return *topic;
    }
    void end() noexcept
    {
        for (const auto& [event, topic] : topics_) {
            topic->end();
        }
    }

private:
    std::mutex mutex_;
    std::map<const EventDescriptor*, std::shared_ptr<EventTopic>> topics_;
};

Duration longest_wait(const EventDescriptor& event) noexcept
{
    return event.method.deadline_ms != 0 ? std::chrono::milliseconds(event.method.deadline_ms)
                                         : std::chrono::milliseconds(1000);
}

void EventSubscriber::push(const SharedValues& values, TimePoint until) noexcept
{
    {
        std::unique_lock lock(mutex_);
        if (queue_.size() >= limit_ && policy_ == SlowSubscriber::block) {
            room_.wait_until(lock, until, [&] { return has_ended_ || queue_.size() < limit_; });
        }
        if (has_ended_) {
            return;
        }
        if (queue_.size() >= limit_ && policy_ == SlowSubscriber::drop_oldest) {
            queue_.pop_front();
            ++dropped_;
        }
        if (queue_.size() < limit_) {
            queue_.push_back(values);
            if (std::exchange(is_busy_, true)) {
                return;
            }
            lock.unlock();
            schedule();
            return;
        }
    }
    end(ErrorCode::resource_exhausted, "the subscriber was too slow: its queue is full");
}

void EventSubscriber::begin(SharedValues first) noexcept
{
    {
        const std::lock_guard lock(mutex_);
        if (first != nullptr) {
            queue_.push_front(std::move(first));
        }
        is_busy_ = !queue_.empty();
        if (!is_busy_) {
            return;
        }
    }
    schedule();
}

bool EventSubscriber::take(Batch& batch)
{
    const std::lock_guard lock(mutex_);
    const std::size_t count = has_ended_ ? 0 : std::min(queue_.size(), largest_batch);
    if (count == 0) {
        is_busy_ = false;
        return false;
    }
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
    batch.events.assign(std::move_iterator(queue_.begin()), std::move_iterator(end));
    batch.dropped = std::exchange(dropped_, 0);
    queue_.erase(queue_.begin(), end);
    room_.notify_all();
    return true;
}

void EventSubscriber::add_dropped(std::uint64_t count)
{
    const std::lock_guard lock(mutex_);
    dropped_ += count;
}

void EventSubscriber::end(ErrorCode code, const std::string& why) noexcept
{
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(has_ended_, true)) {
            return;
        }
        queue_.clear();
        room_.notify_all();
    }
    tell_end(code, why);
    let_go();
}

void EventSubscriber::forget() noexcept
{
    std::deque<SharedValues> gone;
    {
        const std::lock_guard lock(mutex_);
        has_ended_ = true;
        gone.swap(queue_);
        room_.notify_all();
    }
    let_go();
}

LocalSubscriber::LocalSubscriber(std::shared_ptr<EventReceiver> receiver)
    : EventSubscriber(receiver->event(), receiver->options().queue, receiver->options().policy),
      receiver_(std::move(receiver)),
      executor_((receiver_->options().executor != nullptr ? receiver_->options().executor
                                                          : on_executor(boost::asio::system_executor()))
                    ->serialized())
{
}

void LocalSubscriber::schedule() noexcept
{
    executor_->post([self = shared_from_this(), this] { run(); });
}

void LocalSubscriber::run() noexcept
{
    Batch batch;
    if (!take(batch)) {
        return;
    }
    receiver_->add_dropped(batch.dropped);
    for (const SharedValues& values : batch.events) {
        // The handler may change what it is given, and others have the same.
        receiver_->call(event_.copy(values->addresses())->addresses());
    }
    schedule();
}

bool LocalSubscriber::ask(Values values) noexcept
{
    return receiver_->call(values);
}

void LocalSubscriber::tell_end(ErrorCode code, const std::string& why) noexcept
{
    receiver_->end_by_publisher(code, why);
}

std::vector<std::shared_ptr<EventSubscriber>> EventTopic::subscribers()
{
    const std::lock_guard lock(mutex_);
    return subscribers_;
}

void EventTopic::raise(Values values)
{
    const std::lock_guard in_order(raising_);
    std::vector<std::shared_ptr<EventSubscriber>> all;
    SharedValues raised;
    {
        const std::lock_guard lock(mutex_);
        if (event_.is_same != nullptr && last_ != nullptr && event_.is_same(last_->addresses(), values)) {
            return;
        }
        all = subscribers_;
        if (!all.empty() || event_.keeps_last) {
            raised = event_.copy(values);
        }
        if (event_.keeps_last) {
            last_ = raised;
        }
    }
    const TimePoint until = std::chrono::steady_clock::now() + longest_wait(event_);
    for (const auto& subscriber : all) {
        subscriber->push(raised, until);
    }
}

void EventTopic::ask(Values values)
{
    const auto parameters = event_.method.parameters;
    for (const auto& subscriber : subscribers()) {
        const SharedValues copy = event_.copy(values);
        const Values answer = copy->addresses();
        if (!subscriber->ask(answer)) {
            continue;
        }
        for (std::size_t index = 0; index < parameters.size(); ++index) {
            if (parameters[index].direction == Direction::result) {
                *static_cast<bool*>(values[index]) &= *static_cast<const bool*>(answer[index]);
            } else if (parameters[index].direction == Direction::in_out) {
                event_.assign(index, answer, values);
            }
        }
    }
}

void EventTopic::add(const std::shared_ptr<EventSubscriber>& subscriber, bool wants_last, EventSources& sources)
{
    SharedValues first;
    {
        const std::lock_guard lock(mutex_);
        subscribers_.push_back(subscriber);
        first = wants_last && event_.read == nullptr ? last_ : nullptr;
    }
    if (wants_last && event_.read != nullptr) {
        // Behind the subscription: what is set meanwhile comes behind it, or is what is read.
        first = event_.copy(nullptr);
        try {
            if (!event_.read(sources, first->addresses())) {
                const std::lock_guard lock(mutex_);
                first = last_;
            }
        } catch (...) {
            remove(*subscriber);
            throw;
        }
    }
    subscriber->begin(std::move(first));
}

void EventTopic::remove(const EventSubscriber& subscriber) noexcept
{
    const std::lock_guard lock(mutex_);
    std::erase_if(subscribers_, [&](const auto& known) { return known.get() == &subscriber; });
}

void EventTopic::end() noexcept
{
    std::vector<std::shared_ptr<EventSubscriber>> all;
    {
        const std::lock_guard lock(mutex_);
        all.swap(subscribers_);
    }
    for (const auto& subscriber : all) {
        subscriber->end(ErrorCode::object_not_found, "the object whose event it is has gone");
    }
}

}  // namespace detail

EventSources::~EventSources()
{
    const std::unique_ptr<detail::EventTopics> topics(topics_.exchange(nullptr));
    if (topics != nullptr) {
        topics->end();
    }
}

detail::EventTopic& EventSources::remoting_topic(const EventDescriptor& event)
{
    detail::EventTopics* topics = topics_.load(std::memory_order_acquire);
    if (topics == nullptr) {
        auto fresh = std::make_unique<detail::EventTopics>();
        if (topics_.compare_exchange_strong(topics, fresh.get(), std::memory_order_acq_rel)) {
            topics = fresh.release();
        }
    }
    return topics->topic(event);
}

void EventSources::remoting_raise(const EventDescriptor& event, Values values)
{
    if (topics_.load(std::memory_order_acquire) == nullptr && !event.keeps_last) {
        return;
    }
    if (event.asks) {
        remoting_topic(event).ask(values);
    } else {
        remoting_topic(event).raise(values);
    }
}

}  // namespace remoting
