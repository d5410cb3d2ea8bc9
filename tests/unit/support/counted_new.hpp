// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>

namespace remoting::test {

/// What operator new gave out, in the whole process and in the calling thread. Linking counted_new.cpp turns the
/// counting on.
struct NewCounts {
    std::size_t calls = 0;
    std::size_t live_bytes = 0;  ///< of the process
    std::size_t peak_bytes = 0;  ///< the most that was live since reset_new_peak()

    static NewCounts of_process() noexcept;
    static std::size_t calls_of_this_thread() noexcept;
};

/// Returns what is live.
std::size_t reset_new_peak() noexcept;

}  // namespace remoting::test
