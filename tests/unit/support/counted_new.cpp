// SPDX-License-Identifier: BSL-1.0
#include "counted_new.hpp"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define REMOTING_HAS_THREAD_SANITIZER
#endif
#endif

namespace {

std::atomic<std::size_t> calls{0};
std::atomic<std::size_t> live{0};
std::atomic<std::size_t> peak{0};
thread_local std::size_t thread_calls = 0;

[[maybe_unused]] void* allocate(std::size_t size)
{
    void* const memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    ++thread_calls;
    calls.fetch_add(1, std::memory_order_relaxed);
    const std::size_t held = ::malloc_usable_size(memory);
    const std::size_t now = live.fetch_add(held, std::memory_order_relaxed) + held;
    std::size_t highest = peak.load(std::memory_order_relaxed);
    while (now > highest && !peak.compare_exchange_weak(highest, now, std::memory_order_relaxed)) {
    }
    return memory;
}

[[maybe_unused]] void release(void* memory) noexcept
{
    if (memory != nullptr) {
        live.fetch_sub(::malloc_usable_size(memory), std::memory_order_relaxed);
        std::free(memory);
    }
}

}  // namespace

// The thread sanitizer's own cannot be replaced; then nothing is counted.
#ifndef REMOTING_HAS_THREAD_SANITIZER
void* operator new(std::size_t size)
{
    return allocate(size);
}
void* operator new[](std::size_t size)
{
    return allocate(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept
try {
    return allocate(size);
} catch (const std::bad_alloc&) {
    return nullptr;
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept
try {
    return allocate(size);
} catch (const std::bad_alloc&) {
    return nullptr;
}
void operator delete(void* memory) noexcept
{
    release(memory);
}
void operator delete[](void* memory) noexcept
{
    release(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    release(memory);
}
void operator delete[](void* memory, std::size_t) noexcept
{
    release(memory);
}
#endif

namespace remoting::test {

NewCounts NewCounts::of_process() noexcept
{
    return {.calls = ::calls.load(), .live_bytes = ::live.load(), .peak_bytes = ::peak.load()};
}

std::size_t NewCounts::calls_of_this_thread() noexcept
{
    return thread_calls;
}

std::size_t reset_new_peak() noexcept
{
    const std::size_t now = ::live.load();
    ::peak = now;
    return now;
}

}  // namespace remoting::test
