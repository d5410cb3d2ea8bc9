// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace remoting::test {

/// The longest that a test waits for what has to happen. Nothing waits for so long when all is well.
inline constexpr auto patience = std::chrono::seconds(60);

/// What a machine under load may add to a time that a contract promises, as a factor.
inline constexpr int slack = 4;

/// Closed, then open for ever.
class Gate final {
public:
    void open()
    {
        const std::lock_guard lock(mutex_);
        is_open_ = true;
        changed_.notify_all();
    }
    bool is_open() const
    {
        const std::lock_guard lock(mutex_);
        return is_open_;
    }
    /// False when it stayed closed.
    [[nodiscard]] bool wait(std::chrono::nanoseconds longest = patience)
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, longest, [&] { return is_open_; });
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool is_open_ = false;
};

/// A number that threads raise and others wait for.
class Tally final {
public:
    int add(int amount = 1)
    {
        const std::lock_guard lock(mutex_);
        value_ += amount;
        changed_.notify_all();
        return value_;
    }
    int value() const
    {
        const std::lock_guard lock(mutex_);
        return value_;
    }
    [[nodiscard]] bool wait_until_at_least(int value, std::chrono::nanoseconds longest = patience)
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, longest, [&] { return value_ >= value; });
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    int value_ = 0;
};

/// For what nobody can be told of, like the end of another thread: asks again and again. False when it stayed false.
template <class Predicate>
[[nodiscard]] bool eventually(Predicate predicate, std::chrono::nanoseconds longest = patience)
{
    const auto end = std::chrono::steady_clock::now() + longest;
    while (!predicate()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

class Stopwatch final {
public:
    std::chrono::nanoseconds elapsed() const { return std::chrono::steady_clock::now() - start_; }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace remoting::test
