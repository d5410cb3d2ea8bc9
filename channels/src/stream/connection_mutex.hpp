// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/connection.hpp>

#include <mutex>
#include <utility>

namespace remoting {

/// A connection's mutex. Calls that end while it is held are told so right after it is unlocked, by the thread that
/// unlocks it, so that no lock is held in what they do then.
class ConnectionMutex {
public:
    void lock() { mutex_.lock(); }
    void unlock()
    {
        StartedCall* call = std::exchange(first_ended_, nullptr);
        mutex_.unlock();
        while (call != nullptr) {
            std::exchange(call, call->next_)->ended();
        }
    }

    /// `call` is over; the mutex is held.
    void put_aside(StartedCall& call) noexcept
    {
        call.next_ = nullptr;
        if (first_ended_ == nullptr) {
            first_ended_ = &call;
        } else {
            last_ended_->next_ = &call;
        }
        last_ended_ = &call;
    }

private:
    std::mutex mutex_;
    StartedCall* first_ended_ = nullptr;
    StartedCall* last_ended_ = nullptr;
};

}  // namespace remoting
