// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace remoting {

/// A reference-counted block of received bytes. Frames are decoded where they arrived; whoever keeps a view of a
/// frame keeps its slab. Thread-safe count; the bytes are written only by the connection's reader, beyond every view.
class Slab {
public:
    std::byte* data() noexcept { return reinterpret_cast<std::byte*>(this + 1); }
    std::size_t capacity() const noexcept { return capacity_; }
    bool is_shared() const noexcept { return references_.load(std::memory_order_acquire) != 1; }

    Slab(const Slab&) = delete;
    Slab& operator=(const Slab&) = delete;

private:
    friend class SlabRef;
    explicit Slab(std::size_t capacity) noexcept : capacity_(capacity) {}
    ~Slab() = default;

    std::atomic<std::uint32_t> references_{1};
    std::size_t capacity_;
};

/// Shared ownership of a Slab; may be empty.
class SlabRef {
public:
    SlabRef() noexcept = default;
    static SlabRef allocate(std::size_t capacity);

    SlabRef(const SlabRef& other) noexcept : slab_(other.slab_)
    {
        if (slab_ != nullptr) {
            slab_->references_.fetch_add(1, std::memory_order_relaxed);
        }
    }
    SlabRef(SlabRef&& other) noexcept : slab_(std::exchange(other.slab_, nullptr)) {}
    SlabRef& operator=(SlabRef other) noexcept
    {
        std::swap(slab_, other.slab_);
        return *this;
    }
    ~SlabRef() { reset(); }

    void reset() noexcept
    {
        if (slab_ != nullptr) {
            let_go();
        }
    }
    explicit operator bool() const noexcept { return slab_ != nullptr; }
    Slab* operator->() const noexcept { return slab_; }

private:
    void let_go() noexcept;

    Slab* slab_ = nullptr;
};

/// Received bytes together with the slab they lie in.
struct Payload {
    SlabRef slab;
    std::span<const std::byte> bytes;
    /// What the PeerSession wants held until the payload is decoded or dropped. Null mostly.
    std::shared_ptr<const void> references;
};

}  // namespace remoting
