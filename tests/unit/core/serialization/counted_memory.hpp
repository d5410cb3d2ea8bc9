// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>

namespace remoting::testing {

/// While one exists, counts what this thread allocates with operator new. One at a time.
class CountedMemory final {
public:
    CountedMemory() noexcept;
    ~CountedMemory();
    CountedMemory(const CountedMemory&) = delete;
    CountedMemory& operator=(const CountedMemory&) = delete;

    std::size_t allocations() const noexcept;
    /// The most bytes that were allocated and not yet freed at one time.
    std::size_t peak() const noexcept;
};

}  // namespace remoting::testing
