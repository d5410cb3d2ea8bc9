// SPDX-License-Identifier: BSL-1.0
#include "waiter.hpp"

#include <linux/futex.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <ctime>

namespace remoting {

namespace {

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t), "the kernel sleeps on the value itself");

long futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value, const timespec* timeout) noexcept
{
    return ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), operation | FUTEX_PRIVATE_FLAG, value, timeout,
                     nullptr, 0);
}

}  // namespace

void Waiter::notify(std::uint32_t bits) noexcept
{
    const std::uint32_t before = bits_.fetch_or(bits, std::memory_order_acq_rel);
    if ((before & parked) != 0) {
        futex(bits_, FUTEX_WAKE, INT_MAX, nullptr);
    }
    if ((before & polling) != 0) {
        ::eventfd_write(wake_descriptor_, 1);
    }
}

void Waiter::park(TimePoint deadline, const Clock& clock) noexcept
{
    std::uint32_t expected = 0;
    if (!bits_.compare_exchange_strong(expected, parked, std::memory_order_acq_rel)) {
        return;
    }
    const Duration remaining = std::max(deadline - clock.now(), Duration::zero());
    const Duration longest = std::chrono::hours(1);
    const auto sleep = std::chrono::duration_cast<std::chrono::nanoseconds>(std::min(remaining, longest));
    const timespec timeout{static_cast<std::time_t>(sleep.count() / 1'000'000'000), sleep.count() % 1'000'000'000};
    futex(bits_, FUTEX_WAIT, parked, &timeout);
    bits_.fetch_and(~std::uint32_t{parked}, std::memory_order_acq_rel);
}

bool Waiter::begin_polling(int wake_descriptor) noexcept
{
    wake_descriptor_ = wake_descriptor;
    const std::uint32_t before = bits_.fetch_or(polling, std::memory_order_acq_rel);
    if ((before & (done | call | cancelled)) != 0) {
        bits_.fetch_and(~std::uint32_t{polling}, std::memory_order_acq_rel);
        return false;
    }
    return true;
}

void Waiter::end_polling() noexcept
{
    bits_.fetch_and(~std::uint32_t{polling}, std::memory_order_acq_rel);
    eventfd_t count = 0;
    ::eventfd_read(wake_descriptor_, &count);
}

}  // namespace remoting
