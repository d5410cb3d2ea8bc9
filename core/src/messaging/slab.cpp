// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/slab.hpp>

namespace remoting {

SlabRef SlabRef::allocate(std::size_t capacity)
{
    void* memory = ::operator new(sizeof(Slab) + capacity);
    SlabRef reference;
    reference.slab_ = ::new (memory) Slab(capacity);
    return reference;
}

void SlabRef::reset() noexcept
{
    if (Slab* slab = std::exchange(slab_, nullptr);
        slab != nullptr && slab->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        slab->~Slab();
        ::operator delete(slab);
    }
}

}  // namespace remoting
