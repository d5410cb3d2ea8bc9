// SPDX-License-Identifier: BSL-1.0
#include "named_pipe/wait_for.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>

namespace remoting {

namespace {

/// Longer waits are made of several.
constexpr auto longest = std::chrono::hours(1);

}  // namespace

bool wait_for(int descriptor, short events, TimePoint deadline) noexcept
{
    for (;;) {
        const Duration left = deadline == TimePoint::max() ? Duration(longest) : deadline - system_clock().now();
        const auto limited = std::chrono::ceil<std::chrono::milliseconds>(
            std::clamp<Duration>(left, Duration::zero(), Duration(longest)));
        pollfd ready{.fd = descriptor, .events = events, .revents = 0};
        if (::poll(&ready, 1, static_cast<int>(limited.count())) > 0) {
            return true;
        }
        if (deadline != TimePoint::max() && system_clock().now() >= deadline) {
            return false;
        }
    }
}

}  // namespace remoting
