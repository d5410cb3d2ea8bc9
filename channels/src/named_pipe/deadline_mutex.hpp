// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/lifetime/clock.hpp>

#include <condition_variable>
#include <mutex>

namespace remoting {

/// Somebody's turn, which others wait for until a deadline; for std::unique_lock. What std::timed_mutex is, but for the
/// thread sanitizer, which does not know that one's lock by the steady clock.
class DeadlineMutex final {
public:
    bool try_lock_until(TimePoint deadline)
    {
        std::unique_lock lock(mutex_);
        const auto is_free = [this] { return !is_held_; };
        if (deadline == TimePoint::max()) {
            changed_.wait(lock, is_free);
        } else if (!changed_.wait_until(lock, deadline, is_free)) {
            return false;
        }
        is_held_ = true;
        return true;
    }
    void lock() { try_lock_until(TimePoint::max()); }
    void unlock() noexcept
    {
        const std::lock_guard lock(mutex_);
        is_held_ = false;
        changed_.notify_one();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_held_ = false;
};

}  // namespace remoting
