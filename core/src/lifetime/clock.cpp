// SPDX-License-Identifier: BSL-1.0
#include <remoting/lifetime/clock.hpp>

namespace remoting {

namespace {

class SteadyClock final : public Clock {
public:
    TimePoint now() const noexcept override { return std::chrono::steady_clock::now(); }
};

}  // namespace

Clock& system_clock() noexcept
{
    static SteadyClock clock;
    return clock;
}

TimePoint deadline_after(TimePoint now, Duration duration) noexcept
{
    return duration >= TimePoint::max() - now ? TimePoint::max() : now + duration;
}

}  // namespace remoting
