// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/lifetime/clock.hpp>
#include <remoting/messaging/random_source.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace remoting::test {

/// Stands still until it is told to go on.
class FakeClock final : public Clock {
public:
    TimePoint now() const noexcept override { return TimePoint(Duration(ticks_.load())); }
    void advance(Duration by) noexcept { ticks_.fetch_add(by.count()); }

private:
    std::atomic<Duration::rep> ticks_{Duration(std::chrono::hours(1)).count()};
};

/// 1, 0, 0, ..., 2, 0, 0, ...: each fill counts in its first byte, so that ids differ and can be foreseen.
class FakeRandom final : public RandomSource {
public:
    void fill(std::span<std::byte> bytes) override
    {
        for (std::byte& byte : bytes) {
            byte = std::byte{0};
        }
        bytes[0] = static_cast<std::byte>(++fills_);
        bytes[1] = static_cast<std::byte>(fills_ >> 8U);
    }

private:
    std::atomic<std::uint32_t> fills_{0};
};

}  // namespace remoting::test
