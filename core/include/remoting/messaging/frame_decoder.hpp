// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/messaging/frame.hpp>
#include <remoting/messaging/slab.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace remoting {

/// Bytes in, frames out; pure. Flow: read into prepare(), say commit(n), take frames with next() until it has none.
///
/// Memory follows what has arrived, not what a header claims: at most 16 x the received part of a frame + 64 KiB, or + 1 KiB
/// for one that comes in pieces. Pieces are read
/// to where their frame is put together.
/// Not thread-safe; it belongs to whoever holds the connection's reading role.
class FrameDecoder {
public:
    /// @param frame_limit bytes of the largest acceptable body
    explicit FrameDecoder(std::size_t frame_limit) noexcept : frame_limit_(frame_limit) {}

    void set_frame_limit(std::size_t bytes) noexcept { frame_limit_ = bytes; }

    /// Where to read to; never empty. Valid until the next call.
    std::span<std::byte> prepare();
    void commit(std::size_t bytes) noexcept;

    enum class Status : std::uint8_t {
        frame,      ///< header and payload are set
        begun,      ///< header is set, and payload to the beginning of the body; the frame itself will come later
        need_more,  ///< read again
        too_long,   ///< the header claims more than the limit; nothing was allocated for it
        malformed,  ///< an unknown critical frame, or a piece that belongs nowhere
    };
    /// Unknown frames that are not critical are passed over.
    Status next(FrameHeader& header, Payload& payload);

    /// Whether part of a frame is waiting for the rest.
    bool in_frame() const noexcept { return begin_ != end_ || !long_frames_.empty(); }
    /// Gives the memory back while no part of a frame is in it.
    void release_memory() noexcept;
    std::size_t memory() const noexcept;

private:
    /// A frame that arrives in pieces.
    struct LongFrame {
        std::uint64_t id = 0;
        FrameHeader header;
        SlabRef slab;
        std::size_t held = 0;

        void make_room();
        void append(std::span<const std::byte> bytes);
    };
    void move_to_new_slab(std::size_t capacity);
    Status begin_long_frame(std::uint64_t id, std::span<const std::byte> bytes, FrameHeader& header,
                            Payload& payload);
    Status go_on_with_piece(FrameHeader& header, Payload& payload);

    std::size_t frame_limit_;
    SlabRef slab_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t wanted_ = frame_header_size;  ///< bytes of the frame under way, header included

    std::vector<LongFrame> long_frames_;
    std::uint64_t last_long_frame_ = 0;
    std::uint64_t piece_of_ = 0;   ///< the long frame whose piece is under way
    std::size_t piece_left_ = 0;   ///< bytes of it that have not arrived; 0: none is under way
    bool reads_piece_ = false;     ///< prepare() gave room in the long frame
};

}  // namespace remoting
