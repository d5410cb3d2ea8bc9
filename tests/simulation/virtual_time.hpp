// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/lifetime/clock.hpp>

/// The time of a program that has one thread and links virtual_time.cpp. That file takes the place of the three ways in
/// which the library and Asio look at the time or wait for it: steady_clock::now(), the timer descriptor of an
/// io_context, and a condition variable's wait with an end. So the library runs as it is shipped.
///
/// Time stands still until advance_to(), or until somebody waits for a condition: with nobody else there to make it
/// true, that takes until its end.
namespace remoting::test::virtual_time {

/// One second after the clock's epoch, without any timer: for an io_context that is made after it.
void restart() noexcept;
TimePoint now() noexcept;
/// When an io_context wants to be woken next; TimePoint::max() for never.
TimePoint next_timer() noexcept;
/// Nothing when `when` has passed. Timers that are due then expire at the next poll of their io_context.
void advance_to(TimePoint when) noexcept;

}  // namespace remoting::test::virtual_time
