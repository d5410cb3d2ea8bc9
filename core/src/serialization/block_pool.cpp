// SPDX-License-Identifier: BSL-1.0
#include <remoting/serialization/block_pool.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <mutex>
#include <new>

namespace remoting {

namespace {

constexpr std::size_t smallest_kept = std::size_t{128} * 1024;
#if defined(__SANITIZE_ADDRESS__)
constexpr bool keeps = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool keeps = false;
#else
constexpr bool keeps = true;
#endif
#else
constexpr bool keeps = true;
#endif

/// A kept block begins with this.
struct Kept {
    Kept* next;
};

struct Pool {
    std::mutex mutex;
    std::size_t bytes = 0;
    std::array<Kept*, 64> blocks{};  ///< two sizes to each power of two
};
constinit Pool pool;

struct SizeClass {
    std::size_t index;
    std::size_t size;
};

/// The next of 2^n and 3 * 2^(n - 1).
SizeClass class_of(std::size_t size) noexcept
{
    const std::size_t power = std::bit_ceil(size);
    const auto exponent = static_cast<std::size_t>(std::countr_zero(power));
    return size <= power / 4 * 3 ? SizeClass{2 * exponent, power / 4 * 3} : SizeClass{2 * exponent + 1, power};
}

bool is_kept(std::size_t size) noexcept
{
    return keeps && size >= smallest_kept && size <= kept_block_bytes;
}

}  // namespace

void* allocate_block(std::size_t size)
{
    if (!is_kept(size)) {
        return ::operator new(size);
    }
    const SizeClass fits = class_of(size);
    {
        const std::lock_guard lock(pool.mutex);
        if (Kept*& first = pool.blocks[fits.index]; first != nullptr) {
            Kept* const block = first;
            first = block->next;
            pool.bytes -= fits.size;
            return block;
        }
    }
    return ::operator new(fits.size);
}

void free_block(void* block, std::size_t size) noexcept
{
    if (block != nullptr && is_kept(size)) {
        const SizeClass fits = class_of(size);
        const std::lock_guard lock(pool.mutex);
        if (pool.bytes + fits.size <= kept_block_bytes) {
            pool.blocks[fits.index] = ::new (block) Kept{pool.blocks[fits.index]};
            pool.bytes += fits.size;
            return;
        }
    }
    ::operator delete(block);
}

}  // namespace remoting
