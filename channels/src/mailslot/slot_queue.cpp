// SPDX-License-Identifier: BSL-1.0
#include "mailslot/slot_queue.hpp"

#include <utility>

namespace remoting {

std::size_t SlotQueue::push(std::vector<StoredMessage>& messages)
{
    std::size_t dropped = 0;
    {
        const std::lock_guard lock(mutex_);
        for (StoredMessage& message : messages) {
            if (closed_ || messages_.size() >= message_limit_ || byte_limit_ - bytes_ < message.content.size()) {
                ++dropped;
                continue;
            }
            bytes_ += message.content.size();
            messages_.push_back(std::move(message));
        }
        dropped_ += dropped;
    }
    arrived_.notify_one();
    messages.clear();
    return dropped;
}

std::optional<StoredMessage> SlotQueue::take(TimePoint deadline)
{
    std::unique_lock lock(mutex_);
    const auto can_go_on = [&] { return closed_ || !messages_.empty(); };
    if (deadline == TimePoint::max()) {
        arrived_.wait(lock, can_go_on);
    } else {
        arrived_.wait_until(lock, deadline, can_go_on);
    }
    if (closed_ || messages_.empty()) {
        return std::nullopt;
    }
    StoredMessage message = std::move(messages_.front());
    messages_.pop_front();
    bytes_ -= message.content.size();
    return message;
}

SlotStore::State SlotQueue::state() const
{
    const std::lock_guard lock(mutex_);
    return {.next_size = messages_.empty() ? std::nullopt : std::optional(messages_.front().content.size()),
            .waiting = messages_.size(),
            .dropped = dropped_};
}

std::size_t SlotQueue::purge()
{
    std::deque<StoredMessage> gone;
    const std::lock_guard lock(mutex_);
    gone.swap(messages_);
    bytes_ = 0;
    return gone.size();
}

void SlotQueue::close() noexcept
{
    const std::lock_guard lock(mutex_);
    closed_ = true;
    arrived_.notify_all();
}

}  // namespace remoting
