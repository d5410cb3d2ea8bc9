// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/lifetime/clock.hpp>

namespace remoting {

/// Waits, by the machine's clock, until poll(2) reports one of `events` or an error for the descriptor. False at the
/// deadline; TimePoint::max() waits for ever.
bool wait_for(int descriptor, short events, TimePoint deadline) noexcept;

}  // namespace remoting
