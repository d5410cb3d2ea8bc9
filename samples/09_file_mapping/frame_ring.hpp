// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

// What the camera's programs agree on beside camera.idl: a ring of frames in shared memory. The producer never waits
// for readers; one that is too slow misses frames and sees that it did.

namespace camera {

constexpr std::size_t frame_size = std::size_t{8} * 1024 * 1024;
constexpr std::size_t slots = 4;

/// In front of each frame. `version` is odd while the frame is being written; frame n has version 2 n.
struct SlotHeader {
    std::atomic<std::uint64_t> version;
    std::uint64_t checksum;
    std::int64_t captured;  ///< nanoseconds of the steady clock, which all processes of a machine share
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

constexpr std::size_t slot_size = frame_size + 4096;
constexpr std::size_t ring_size = slots * slot_size;

inline std::size_t slot_offset(std::uint64_t frame)
{
    return static_cast<std::size_t>(frame % slots) * slot_size;
}

/// Of every 512th byte: enough to see a frame that is half old and half new, and cheap beside the copy.
inline std::uint64_t checksum_of(std::span<const std::byte> pixels)
{
    std::uint64_t sum = 14'695'981'039'346'656'037U;
    for (std::size_t i = 0; i < pixels.size(); i += 512) {
        sum = (sum ^ std::to_integer<std::uint64_t>(pixels[i])) * 1'099'511'628'211U;
    }
    return sum;
}

/// Frames count from 1.
inline void write_frame(std::span<std::byte> ring, std::uint64_t frame, std::int64_t now)
{
    std::byte* const slot = ring.data() + slot_offset(frame);
    auto& header = *reinterpret_cast<SlotHeader*>(slot);
    const std::span<std::byte> pixels(slot + 4096, frame_size);
    header.version.store(2 * frame - 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    std::memset(pixels.data(), static_cast<int>(frame % 251), pixels.size());
    header.checksum = checksum_of(pixels);
    header.captured = now;
    header.version.store(2 * frame, std::memory_order_release);
}

struct Frame {
    std::uint64_t checksum = 0;
    std::int64_t captured = 0;
};

/// Copies a frame out; nothing when the producer has come round to it meanwhile. What is copied is checked only
/// afterwards, because until then it may change.
inline std::optional<Frame> read_frame(std::span<const std::byte> ring, std::uint64_t frame, std::span<std::byte> copy)
{
    const std::byte* const slot = ring.data() + slot_offset(frame);
    const auto& header = *reinterpret_cast<const SlotHeader*>(slot);
    if (header.version.load(std::memory_order_acquire) != 2 * frame) {
        return std::nullopt;
    }
    std::memcpy(copy.data(), slot + 4096, frame_size);
    const Frame result{header.checksum, header.captured};
    std::atomic_thread_fence(std::memory_order_acquire);
    if (header.version.load(std::memory_order_relaxed) != 2 * frame) {
        return std::nullopt;
    }
    return result;
}

}  // namespace camera
