// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/messaging/method_call.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace remoting {

/// Calls in the order of their arrival. Unlike std::deque it allocates nothing while it only ever holds a few.
class CallQueue {
public:
    bool empty() const noexcept { return first_ == calls_.size(); }
    std::size_t size() const noexcept { return calls_.size() - first_; }
    /// All of them, in their order; `calls` is empty then.
    void take(std::vector<IncomingCall>& calls)
    {
        if (empty()) {
            calls_.swap(calls);
        } else {
            std::ranges::move(calls, std::back_inserter(calls_));
        }
        calls.clear();
    }
    IncomingCall pop()
    {
        IncomingCall call = std::move(calls_[first_]);
        if (++first_ == calls_.size()) {
            calls_.clear();
            first_ = 0;
        }
        return call;
    }
    void swap(CallQueue& other) noexcept
    {
        calls_.swap(other.calls_);
        std::swap(first_, other.first_);
    }

private:
    std::vector<IncomingCall> calls_;
    std::size_t first_ = 0;
};

}  // namespace remoting
