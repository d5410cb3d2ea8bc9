// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/messaging/frame.hpp>
#include <remoting/messaging/slab.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace remoting {

/// Bytes in, frames out; pure. Flow: read into prepare(), say commit(n), take frames with next() until it has none.
///
/// Memory follows what has arrived, not what a header claims: at most 16 x the received part of a frame + 64 KiB.
/// Not thread-safe; it belongs to whoever holds the connection's reading role.
class FrameDecoder {
public:
    /// @param frame_limit bytes of the largest acceptable body
    explicit FrameDecoder(std::size_t frame_limit) noexcept : frame_limit_(frame_limit) {}

    void set_frame_limit(std::size_t bytes) noexcept { frame_limit_ = bytes; }

    /// Where to read to; never empty. Valid until the next call.
    std::span<std::byte> prepare();
    void commit(std::size_t bytes) noexcept { end_ += bytes; }

    enum class Status : std::uint8_t {
        frame,      ///< header and payload are set
        need_more,  ///< read again
        too_long,   ///< the header claims more than the limit; nothing was allocated for it
        malformed,  ///< an unknown critical frame
    };
    /// Unknown frames that are not critical are passed over.
    Status next(FrameHeader& header, Payload& payload);

    /// Whether part of a frame is waiting for the rest.
    bool in_frame() const noexcept { return begin_ != end_; }
    /// Gives the memory back while no part of a frame is in it.
    void release_memory() noexcept;
    std::size_t memory() const noexcept { return slab_ ? slab_->capacity() : 0; }

private:
    void move_to_new_slab(std::size_t capacity);

    std::size_t frame_limit_;
    SlabRef slab_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t wanted_ = frame_header_size;  ///< bytes of the frame under way, header included
};

}  // namespace remoting
