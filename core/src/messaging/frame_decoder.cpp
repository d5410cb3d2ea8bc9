// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/frame_decoder.hpp>

#include <algorithm>
#include <cstring>

namespace remoting {

namespace {

constexpr std::size_t first_slab = std::size_t{64} * 1024 - sizeof(Slab);
constexpr std::size_t least_long = 1024;
constexpr std::size_t growth = 16;
constexpr std::size_t least_space = 4096;

}  // namespace

std::span<std::byte> FrameDecoder::prepare()
{
    reads_piece_ = piece_left_ != 0 && begin_ == end_;
    if (reads_piece_) {
        LongFrame& frame = *std::ranges::find(long_frames_, piece_of_, &LongFrame::id);
        frame.make_room();
        return {frame.slab->data() + frame.held, std::min(piece_left_, frame.slab->capacity() - frame.held)};
    }
    if (!slab_) {
        slab_ = SlabRef::allocate(first_slab);
    }
    const std::size_t held = end_ - begin_;
    if (held == 0 && begin_ != 0 && !slab_->is_shared()) {
        begin_ = end_ = 0;
    }
    const std::size_t missing = wanted_ - std::min(wanted_, held);
    const std::size_t space = slab_->capacity() - end_;
    if (space < std::max(missing, std::size_t{1})) {
        const std::size_t allowed = std::max(first_slab, held * growth);
        const std::size_t capacity = std::max(first_slab, std::min(wanted_, allowed));
        if (capacity > slab_->capacity() || (space < least_space && slab_->is_shared())) {
            move_to_new_slab(capacity);
        } else if (space < least_space && begin_ != 0) {
            std::memmove(slab_->data(), slab_->data() + begin_, held);
            begin_ = 0;
            end_ = held;
        }
    }
    const std::size_t room = slab_->capacity() - end_;
    // What belongs to a long frame is better read to where it is wanted.
    return {slab_->data() + end_, long_frames_.empty() ? room : std::min(room, std::max(missing, least_space))};
}

void FrameDecoder::commit(std::size_t bytes) noexcept
{
    if (reads_piece_) {
        std::ranges::find(long_frames_, piece_of_, &LongFrame::id)->held += bytes;
        piece_left_ -= bytes;
    } else {
        end_ += bytes;
    }
}

void FrameDecoder::LongFrame::make_room()
{
    const std::size_t capacity = std::min<std::size_t>(header.size, std::max(least_long, held * growth));
    if (slab && slab->capacity() > held) {
        return;
    }
    SlabRef larger = SlabRef::allocate(capacity);
    if (held != 0) {
        std::memcpy(larger->data(), slab->data(), held);
    }
    slab = std::move(larger);
}

void FrameDecoder::LongFrame::append(std::span<const std::byte> bytes)
{
    while (!bytes.empty()) {
        make_room();
        const std::size_t part = std::min(bytes.size(), slab->capacity() - held);
        std::memcpy(slab->data() + held, bytes.data(), part);
        held += part;
        bytes = bytes.subspan(part);
    }
}

/// A piece that has begun to arrive: what is here of it, and perhaps the end of its frame.
FrameDecoder::Status FrameDecoder::go_on_with_piece(FrameHeader& header, Payload& payload)
{
    const auto frame = std::ranges::find(long_frames_, piece_of_, &LongFrame::id);
    const std::size_t here = std::min(piece_left_, end_ - begin_);
    if (here != 0) {
        frame->append({slab_->data() + begin_, here});
        begin_ += here;
        piece_left_ -= here;
    }
    if (frame->held < frame->header.size) {
        return Status::need_more;
    }
    header = frame->header;
    payload = {std::move(frame->slab), {}, nullptr};
    payload.bytes = {payload.slab->data(), header.size};
    piece_of_ = 0;
    long_frames_.erase(frame);
    return Status::frame;
}

FrameDecoder::Status FrameDecoder::begin_long_frame(std::uint64_t id, std::span<const std::byte> bytes,
                                                    FrameHeader& header, Payload& payload)
{
    if (id <= last_long_frame_ || bytes.size() < frame_header_size ||
        long_frames_.size() >= frames_in_pieces_limit) {
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
    last_long_frame_ = id;
    LongFrame& frame = long_frames_.emplace_back(LongFrame{id, header, {}, 0});
    frame.slab =
        SlabRef::allocate(std::min<std::size_t>(header.size, std::max(least_long, bytes.size() * growth)));
    frame.append(bytes);
    payload = {frame.slab, {frame.slab->data(), frame.held}, nullptr};
    return Status::begun;
}

void FrameDecoder::move_to_new_slab(std::size_t capacity)
{
    SlabRef larger = SlabRef::allocate(capacity);
    const std::size_t held = end_ - begin_;
    if (held != 0) {
        std::memcpy(larger->data(), slab_->data() + begin_, held);
    }
    slab_ = std::move(larger);
    begin_ = 0;
    end_ = held;
}

FrameDecoder::Status FrameDecoder::next(FrameHeader& header, Payload& payload)
{
    for (;;) {
        if (piece_of_ != 0) {
            const Status status = go_on_with_piece(header, payload);
            if (status == Status::frame || piece_left_ != 0) {
                return status;
            }
            piece_of_ = 0;
        }
        const std::size_t held = end_ - begin_;
        if (held < frame_header_size) {
            wanted_ = frame_header_size;
            return Status::need_more;
        }
        const std::byte* frame = slab_->data() + begin_;
        header = read_header(std::span<const std::byte, frame_header_size>(frame, frame_header_size));
        if (header.size > frame_limit_) {
            return Status::too_long;
        }
        const bool known = is_known(header.kind);
        if (!known && is_critical(header.kind)) {
            return Status::malformed;
        }
        if (header.kind == FrameKind::piece && (header.flags & flag_first_piece) == 0) {
            const auto whole = std::ranges::find(long_frames_, header.id, &LongFrame::id);
            if (whole == long_frames_.end() || header.size == 0 || header.size > whole->header.size - whole->held) {
                return Status::malformed;
            }
            begin_ += frame_header_size;
            wanted_ = frame_header_size;
            piece_of_ = header.id;
            piece_left_ = header.size;
            continue;
        }
        wanted_ = frame_header_size + header.size;
        if (held < wanted_) {
            return Status::need_more;
        }
        begin_ += wanted_;
        wanted_ = frame_header_size;
        if (header.kind == FrameKind::piece) {
            return begin_long_frame(header.id, {frame + frame_header_size, header.size}, header, payload);
        }
        if (known) {
            payload.bytes = {frame + frame_header_size, header.size};
            payload.slab = slab_;
            return Status::frame;
        }
    }
}

std::size_t FrameDecoder::memory() const noexcept
{
    std::size_t bytes = slab_ ? slab_->capacity() : 0;
    for (const LongFrame& frame : long_frames_) {
        bytes += frame.slab->capacity();
    }
    return bytes;
}

void FrameDecoder::release_memory() noexcept
{
    if (!in_frame()) {
        slab_.reset();
        begin_ = end_ = 0;
    }
}

}  // namespace remoting
