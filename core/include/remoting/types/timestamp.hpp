// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <ratio>

namespace remoting {

/// The IDL's `duration`: ticks of 100 ns, either way. .NET's TimeSpan fits without loss.
using TimeSpan = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;

/// A point in time as the IDL's `timestamp` carries it: UTC, in ticks of 100 ns since 1970-01-01, about 29,000 years
/// each way. .NET's DateTime fits without loss.
using Timestamp = std::chrono::time_point<std::chrono::system_clock, TimeSpan>;

}  // namespace remoting
