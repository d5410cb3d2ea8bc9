// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>

namespace remoting {

using Duration = std::chrono::steady_clock::duration;
using TimePoint = std::chrono::steady_clock::time_point;

/// A call or wait without a deadline; only where it is spelled.
inline constexpr Duration infinite = Duration::max();

/// Monotonic time; injected so that tests own it. Implementations are thread-safe and never throw.
class Clock {
public:
    virtual ~Clock() = default;
    virtual TimePoint now() const noexcept = 0;
};

/// The machine's steady clock. It stands still while the machine is suspended.
Clock& system_clock() noexcept;

/// `now + duration`, saturating; infinite stays infinite (TimePoint::max()).
TimePoint deadline_after(TimePoint now, Duration duration) noexcept;

}  // namespace remoting
