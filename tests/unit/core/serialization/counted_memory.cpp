// SPDX-License-Identifier: BSL-1.0
#include "counted_memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

struct Counts {
    bool on = false;
    std::size_t allocations = 0;
    std::size_t live = 0;
    std::size_t peak = 0;
};

thread_local Counts counts;

// The size lies in front of each block. A block from before the count is not subtracted.
constexpr std::size_t prefix = alignof(std::max_align_t);

void* allocate(std::size_t size)
{
    auto* const block = static_cast<std::byte*>(std::malloc(prefix + size));
    if (block == nullptr) {
        throw std::bad_alloc();
    }
    *reinterpret_cast<std::size_t*>(block) = counts.on ? size : 0;
    if (counts.on) {
        ++counts.allocations;
        counts.live += size;
        counts.peak = std::max(counts.peak, counts.live);
    }
    return block + prefix;
}

void release(void* pointer) noexcept
{
    if (pointer != nullptr) {
        auto* const block = static_cast<std::byte*>(pointer) - prefix;
        if (counts.on) {
            counts.live -= std::min(counts.live, *reinterpret_cast<std::size_t*>(block));
        }
        std::free(block);
    }
}

}  // namespace

void* operator new(std::size_t size)
{
    return allocate(size);
}
void* operator new[](std::size_t size)
{
    return allocate(size);
}
void operator delete(void* pointer) noexcept
{
    release(pointer);
}
void operator delete[](void* pointer) noexcept
{
    release(pointer);
}
void operator delete(void* pointer, std::size_t) noexcept
{
    release(pointer);
}
void operator delete[](void* pointer, std::size_t) noexcept
{
    release(pointer);
}

namespace remoting::testing {

CountedMemory::CountedMemory() noexcept
{
    counts = {.on = true};
}
CountedMemory::~CountedMemory()
{
    counts.on = false;
}
std::size_t CountedMemory::allocations() const noexcept
{
    return counts.allocations;
}
std::size_t CountedMemory::peak() const noexcept
{
    return counts.peak;
}

}  // namespace remoting::testing
