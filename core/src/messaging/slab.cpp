// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/slab.hpp>
#include <remoting/serialization/block_pool.hpp>

namespace remoting {

SlabRef SlabRef::allocate(std::size_t capacity)
{
    void* memory = allocate_block(sizeof(Slab) + capacity);
    SlabRef reference;
    reference.slab_ = ::new (memory) Slab(capacity);
    return reference;
}

void SlabRef::let_go() noexcept
{
    if (Slab* const slab = std::exchange(slab_, nullptr);
        slab->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        const std::size_t size = sizeof(Slab) + slab->capacity_;
        slab->~Slab();
        free_block(slab, size);
    }
}

}  // namespace remoting
