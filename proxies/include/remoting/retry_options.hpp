// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/lifetime/clock.hpp>

#include <chrono>

namespace remoting {

/// When a call is made again by itself. That happens only if the server cannot have executed it (no byte of it left, or the
/// server's goodbye says so), or if the method is idempotent and the connection was lost; never beyond the deadline. An address
/// where nobody listens is an error at once, except for a reference whose session was lost and may go on.
struct RetryOptions {
    /// All of them, the first included; 1: never again.
    unsigned attempts = 5;
    /// Before the second attempt that needs a new connection; each later pause is `factor` times longer. A random fifth is
    /// taken off or added, so that many clients of one server do not come back together.
    Duration first_pause = std::chrono::milliseconds(100);
    double factor = 1.6;
    Duration longest_pause = std::chrono::seconds(30);
    /// So many further attempts may be saved up; each costs 1, each call that succeeds brings `budget_per_call`.
    double budget = 10;
    double budget_per_call = 0.1;
};

}  // namespace remoting
