// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "mailslot/slot_store.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

namespace remoting {

/// The messages of a volatile slot. A full queue drops what comes newly, and counts it. Thread-safe.
class SlotQueue final {
public:
    SlotQueue(std::size_t message_limit, std::size_t byte_limit) noexcept
        : message_limit_(message_limit),
          byte_limit_(byte_limit)
    {
    }
    /// All of `messages`, which is empty afterwards; returns how many were dropped.
    std::size_t push(std::vector<StoredMessage>& messages);
    std::optional<StoredMessage> take(TimePoint deadline);
    SlotStore::State state() const;
    std::size_t purge();
    void close() noexcept;

private:
    const std::size_t message_limit_;
    const std::size_t byte_limit_;
    mutable std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<StoredMessage> messages_;
    std::size_t bytes_ = 0;
    std::uint64_t dropped_ = 0;
    bool closed_ = false;
};

}  // namespace remoting
