// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/errors/error_code.hpp>
#include <remoting/messaging/random_source.hpp>
#include <remoting/retry_options.hpp>

#include <atomic>
#include <optional>

namespace remoting {

/// Further attempts that may still be made, so that retries cannot multiply a server's load. Thread-safe.
class RetryBudget {
public:
    explicit RetryBudget(const RetryOptions& options) noexcept : options_(options), left_(options.budget) {}

    bool take() noexcept;
    void succeeded() noexcept;

private:
    const RetryOptions& options_;
    std::atomic<double> left_;
};

/// The attempts of one call. Not thread-safe.
class RetryPlan {
public:
    RetryPlan(const RetryOptions& options, RetryBudget& budget, RandomSource& random, bool idempotent) noexcept
        : options_(options),
          budget_(budget),
          random_(random),
          idempotent_(idempotent)
    {
    }

    /// How long to wait before the next attempt; empty: the failure is final.
    /// @param was_connected whether the attempt had a connection
    /// @param is_away the session that the call belongs to has no connection at the moment
    std::optional<Duration> after(ErrorCode code, Executed executed, bool was_connected, bool is_away = false);

private:
    Duration next_pause();

    const RetryOptions& options_;
    RetryBudget& budget_;
    RandomSource& random_;
    const bool idempotent_;
    unsigned attempts_ = 1;
    unsigned pauses_ = 0;
};

}  // namespace remoting
