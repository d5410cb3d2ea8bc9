// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/messaging/call_chain.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <utility>
#include <vector>

namespace remoting {

/// The peer's calls that have no answer yet, so that a cancel finds its call; pure. Finding one is quick when answers
/// leave in the order of the calls. Not thread-safe: the connection's mutex guards it.
class ServedCalls {
public:
    struct Call {
        std::uint64_t id = 0;
        CallChain chain;
        bool is_cancelled = false;
        std::shared_ptr<std::stop_source> stop{};  ///< made when somebody asks for its token
    };

    void add(std::uint64_t id, const CallChain& chain) { calls_.push_back({id, chain}); }
    /// Null when `id` was answered already or never came.
    Call* find(std::uint64_t id) noexcept
    {
        for (std::size_t i = first_; i < calls_.size(); ++i) {
            if (calls_[i].id == id) {
                return &calls_[i];
            }
        }
        return nullptr;
    }
    /// How many of them belong to the chain.
    std::size_t count_of(const Id128& chain) const noexcept
    {
        return static_cast<std::size_t>(std::count_if(calls_.begin() + static_cast<std::ptrdiff_t>(first_),
                                                      calls_.end(),
                                                      [&](const Call& call) { return call.chain.id == chain; }));
    }
    void remove(std::uint64_t id) noexcept
    {
        if (Call* const found = find(id)) {
            if (found != &calls_[first_]) {
                std::swap(*found, calls_[first_]);
            }
            calls_[first_].stop.reset();
            if (++first_ == calls_.size()) {
                calls_.clear();
                first_ = 0;
            } else if (first_ >= 64 && first_ * 2 >= calls_.size()) {
                calls_.erase(calls_.begin(), calls_.begin() + static_cast<std::ptrdiff_t>(first_));
                first_ = 0;
            }
        }
    }
    /// All of them, which are no longer here then.
    std::vector<Call> take_all() noexcept
    {
        std::vector<Call> all = std::exchange(calls_, {});
        all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::exchange(first_, 0)));
        return all;
    }
    std::size_t size() const noexcept { return calls_.size() - first_; }

private:
    std::vector<Call> calls_;
    std::size_t first_ = 0;
};

}  // namespace remoting
