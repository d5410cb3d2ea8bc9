// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/messaging/frame.hpp>
#include <remoting/messaging/slab.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace remoting {

/// Frames longer than this travel in pieces of `piece_size`, so that others can pass them.
inline constexpr std::size_t whole_frame_limit = std::size_t{128} * 1024;
inline constexpr std::size_t piece_size = std::size_t{64} * 1024;
/// So many frames are in pieces at once in one direction, at most.
inline constexpr std::size_t frames_in_pieces_limit = 16;

/// Pieces in, frames out; pure. The first piece of a frame begins with the frame's header, and the frame is complete with the
/// last byte that header tells of. Memory follows what has arrived, as in FrameDecoder. Not thread-safe.
class FrameAssembler {
public:
    /// @param frame_limit bytes of the largest acceptable body
    explicit FrameAssembler(std::size_t frame_limit) noexcept : frame_limit_(frame_limit) {}

    enum class Status : std::uint8_t {
        begun,     ///< `header` is set, and `payload` is what there is of its body
        more,      ///< nothing to do
        complete,  ///< `header` and `payload` are those of the whole frame
        too_long,  ///< `header` claims more than the limit
        malformed,
    };
    Status add(const FrameHeader& piece, std::span<const std::byte> bytes, FrameHeader& header, Payload& payload);

    std::size_t size() const noexcept { return frames_.size(); }

private:
    struct Frame {
        std::uint64_t id = 0;
        FrameHeader header;
        SlabRef slab;
        std::size_t held = 0;
    };
    Status begin(const FrameHeader& piece, std::span<const std::byte> bytes, FrameHeader& header, Payload& payload);
    void append(Frame& frame, std::span<const std::byte> bytes);

    std::size_t frame_limit_;
    std::uint64_t last_id_ = 0;
    std::vector<Frame> frames_;
};

}  // namespace remoting
