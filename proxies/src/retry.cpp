// SPDX-License-Identifier: BSL-1.0
#include "retry.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace remoting {

namespace {

/// Of a pause, taken off or added.
constexpr double jitter = 0.2;

}  // namespace

bool RetryBudget::take() noexcept
{
    for (double left = left_.load(); left >= 1;) {
        if (left_.compare_exchange_weak(left, left - 1)) {
            return true;
        }
    }
    return false;
}

void RetryBudget::succeeded() noexcept
{
    for (double left = left_.load(std::memory_order_relaxed); left < options_.budget;) {
        if (left_.compare_exchange_weak(left, std::min(options_.budget, left + options_.budget_per_call))) {
            break;
        }
    }
}

std::optional<Duration> RetryPlan::after(ErrorCode code, Executed executed, bool was_connected, bool is_away)
{
    if (attempts_ >= options_.attempts) {
        return std::nullopt;
    }
    const bool is_lost = code == ErrorCode::connection_lost;
    const bool is_stale = was_connected && (is_lost || code == ErrorCode::shutting_down);
    const bool is_not_back = is_away && (is_lost || code == ErrorCode::connect_failed);
    const bool is_unsent = executed == Executed::no && (is_stale || is_not_back);
    const bool may_repeat = idempotent_ && (is_lost || (code == ErrorCode::connect_failed && attempts_ > 1));
    if (!is_unsent && !may_repeat) {
        return std::nullopt;
    }
    if (attempts_++ == 1 && is_stale && executed == Executed::no) {
        return Duration::zero();  // the connection was stale; another one may well do
    }
    const bool asks_for_nothing =
        is_not_back && is_lost && !was_connected;  // its session is about to have a connection
    if (!asks_for_nothing && !budget_.take()) {
        return std::nullopt;
    }
    return next_pause();
}

Duration RetryPlan::next_pause()
{
    const double longest = std::chrono::duration<double>(options_.longest_pause).count();
    const double first = std::chrono::duration<double>(options_.first_pause).count();
    const double pause = std::min(longest, first * std::pow(options_.factor, pauses_++));
    std::array<std::byte, 4> bytes{};
    random_.fill(bytes);
    std::uint32_t number = 0;
    std::memcpy(&number, bytes.data(), sizeof number);
    const double spread = (static_cast<double>(number) / 4294967296.0 * 2 - 1) * jitter;
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(pause * (1 + spread)));
}

}  // namespace remoting
