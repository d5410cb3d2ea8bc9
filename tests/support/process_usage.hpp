// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <malloc.h>

#include <cstddef>
#include <filesystem>
#include <iterator>
#include <ostream>

namespace remoting::test {

/// What this process holds of things that are easily leaked.
struct ProcessUsage {
    std::ptrdiff_t descriptors = 0;
    std::ptrdiff_t threads = 0;

    static ProcessUsage now() { return {count("/proc/self/fd"), count("/proc/self/task")}; }
    friend bool operator==(const ProcessUsage&, const ProcessUsage&) = default;
    friend std::ostream& operator<<(std::ostream& stream, const ProcessUsage& usage)
    {
        return stream << usage.descriptors << " descriptors, " << usage.threads << " threads";
    }

private:
    static std::ptrdiff_t count(const char* directory)
    {
        return std::distance(std::filesystem::directory_iterator(directory), std::filesystem::directory_iterator());
    }
};

/// Bytes that were allocated and not freed; 0 where a sanitizer allocates.
inline std::ptrdiff_t memory_in_use()
{
    const auto usage = ::mallinfo2();
    return static_cast<std::ptrdiff_t>(usage.uordblks + usage.hblkhd);
}

/// Whether a thread sanitizer or the like makes everything several times slower.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
inline constexpr bool is_slowed_down = true;
#else
inline constexpr bool is_slowed_down = false;
#endif
#else
inline constexpr bool is_slowed_down = false;
#endif

}  // namespace remoting::test
