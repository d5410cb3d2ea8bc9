// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "waiting.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>

namespace remoting::test {

/// How many objects of a kind there are, and ever were. Shared by the test and the objects.
class LiveCount final {
public:
    int alive() const
    {
        const std::lock_guard lock(mutex_);
        return alive_;
    }
    int made() const
    {
        const std::lock_guard lock(mutex_);
        return made_;
    }
    [[nodiscard]] bool wait_until_alive(int count)
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, [&] { return alive_ == count; });
    }

private:
    friend class Counted;
    int add(int amount)
    {
        const std::lock_guard lock(mutex_);
        alive_ += amount;
        made_ += amount > 0 ? amount : 0;
        changed_.notify_all();
        return made_;
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    int alive_ = 0;
    int made_ = 0;
};

/// A member of what is counted.
class Counted final {
public:
    explicit Counted(std::shared_ptr<LiveCount> count) : count_(std::move(count)), number_(count_->add(1)) {}
    ~Counted() { count_->add(-1); }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

    /// 1 for the first object of its kind.
    int number() const noexcept { return number_; }

private:
    std::shared_ptr<LiveCount> count_;
    int number_;
};

}  // namespace remoting::test
