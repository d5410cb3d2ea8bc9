// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/lifetime/clock.hpp>
#include <remoting/messaging/call_context.hpp>
#include <remoting/messaging/overflow.hpp>

#include <optional>

namespace remoting {

/// What one call, or all calls of a proxy, do otherwise than the Client's options and the IDL say. Passed in front of the
/// arguments of async_X, or bound to a copy of a proxy by with_options().
struct CallOptions {
    /// Until the answer must be there; `infinite` to wait for ever, zero or less to fail with deadline_exceeded.
    std::optional<Duration> deadline{};
    /// The method may be executed more than once: then a call whose fate is unknown is tried again.
    std::optional<bool> idempotent{};
    /// Of a one-way call; `wait` unless something is said.
    std::optional<Overflow> overflow{};
    /// Goes with the call, added to the context that is current where the call is made. What comes back goes there,
    /// too, and not here.
    CallContext context{};
};

}  // namespace remoting
