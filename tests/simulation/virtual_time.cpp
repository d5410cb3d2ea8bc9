// SPDX-License-Identifier: BSL-1.0
#include "virtual_time.hpp"

#include <pthread.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <map>

namespace remoting::test::virtual_time {

namespace {

constexpr TimePoint start{std::chrono::seconds(1)};

constinit TimePoint current = start;

/// When which timer descriptor is due; TimePoint::max() once it was.
std::map<int, TimePoint>& timers() noexcept
{
    static std::map<int, TimePoint> all;
    return all;
}

Duration duration_of(const timespec& time) noexcept
{
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

/// For ever, as nobody reads it: so an io_context looks at its timers each time that it is polled.
void make_readable(int descriptor) noexcept
{
    itimerspec long_ago{};
    long_ago.it_value.tv_nsec = 1;
    ::syscall(SYS_timerfd_settime, descriptor, TFD_TIMER_ABSTIME, &long_ago, nullptr);
}

}  // namespace

void restart() noexcept
{
    current = start;
    timers().clear();
}

TimePoint now() noexcept
{
    return current;
}

TimePoint next_timer() noexcept
{
    TimePoint next = TimePoint::max();
    for (const auto& [descriptor, due] : timers()) {
        next = std::min(next, due);
    }
    return next;
}

void advance_to(TimePoint when) noexcept
{
    current = std::max(current, when);
    for (auto& [descriptor, due] : timers()) {
        due = due <= current ? TimePoint::max() : due;
    }
}

namespace {

void set_timer(int descriptor, int flags, const timespec& when)
{
    const Duration after = duration_of(when);
    const bool is_absolute = (flags & TFD_TIMER_ABSTIME) != 0;  // Asio's way to say "now"
    const TimePoint due = is_absolute ? std::min(current, TimePoint(after)) : current + after;
    const auto [timer, is_new] = timers().insert_or_assign(descriptor, due);
    if (is_new) {
        make_readable(descriptor);
    }
}

}  // namespace

}  // namespace remoting::test::virtual_time

namespace virtual_time = remoting::test::virtual_time;

std::chrono::steady_clock::time_point std::chrono::steady_clock::now() noexcept
{
    return virtual_time::now();
}

extern "C" int timerfd_settime(int descriptor, int flags, const itimerspec* wanted, itimerspec* previous) noexcept
{
    if (previous != nullptr) {
        *previous = {};
    }
    virtual_time::set_timer(descriptor, flags, wanted->it_value);
    return 0;
}

extern "C" int pthread_cond_clockwait(pthread_cond_t* /*condition*/, pthread_mutex_t* /*mutex*/, clockid_t /*clock*/,
                                      const timespec* end)
{
    virtual_time::advance_to(remoting::TimePoint(virtual_time::duration_of(*end)));
    return ETIMEDOUT;
}
