// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/frame_assembler.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace remoting {

namespace {

constexpr std::size_t growth = 8;

}  // namespace

FrameAssembler::Status FrameAssembler::add(const FrameHeader& piece, std::span<const std::byte> bytes,
                                           FrameHeader& header, Payload& payload)
{
    if ((piece.flags & flag_first_piece) != 0) {
        return begin(piece, bytes, header, payload);
    }
    const auto found = std::ranges::find(frames_, piece.id, &Frame::id);
    if (found == frames_.end() || bytes.empty() || bytes.size() > found->header.size - found->held) {
        return Status::malformed;
    }
    append(*found, bytes);
    if (found->held < found->header.size) {
        return Status::more;
    }
    header = found->header;
    payload = {std::move(found->slab), {}, nullptr};
    payload.bytes = {payload.slab->data(), header.size};
    frames_.erase(found);
    return Status::complete;
}

FrameAssembler::Status FrameAssembler::begin(const FrameHeader& piece, std::span<const std::byte> bytes,
                                             FrameHeader& header, Payload& payload)
{
    if (piece.id <= last_id_ || bytes.size() < frame_header_size || frames_.size() >= frames_in_pieces_limit) {
        return Status::malformed;
    }
    header = read_header(bytes.first<frame_header_size>());
    bytes = bytes.subspan(frame_header_size);
    if (header.size > frame_limit_) {
        return Status::too_long;
    }
    const bool may_be_long = header.kind == FrameKind::request || header.kind == FrameKind::reply;
    if (!may_be_long || bytes.size() >= header.size) {
        return Status::malformed;
    }
    last_id_ = piece.id;
    Frame& frame = frames_.emplace_back(Frame{piece.id, header, {}, 0});
    append(frame, bytes);
    payload = {frame.slab, {frame.slab->data(), frame.held}, nullptr};
    return Status::begun;
}

void FrameAssembler::append(Frame& frame, std::span<const std::byte> bytes)
{
    const std::size_t needed = frame.held + bytes.size();
    if (!frame.slab || frame.slab->capacity() < needed) {
        SlabRef larger = SlabRef::allocate(std::max(needed, std::min<std::size_t>(frame.header.size, needed * growth)));
        if (frame.held != 0) {
            std::memcpy(larger->data(), frame.slab->data(), frame.held);
        }
        frame.slab = std::move(larger);
    }
    if (!bytes.empty()) {
        std::memcpy(frame.slab->data() + frame.held, bytes.data(), bytes.size());
    }
    frame.held = needed;
}

}  // namespace remoting
