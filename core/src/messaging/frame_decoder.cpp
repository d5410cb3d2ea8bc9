// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/frame_decoder.hpp>

#include <algorithm>
#include <cstring>

namespace remoting {

namespace {

constexpr std::size_t first_slab = std::size_t{64} * 1024 - sizeof(Slab);
constexpr std::size_t growth = 16;
constexpr std::size_t least_space = 4096;

}  // namespace

std::span<std::byte> FrameDecoder::prepare()
{
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
    return {slab_->data() + end_, slab_->capacity() - end_};
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
        wanted_ = frame_header_size + header.size;
        if (held < wanted_) {
            return Status::need_more;
        }
        begin_ += wanted_;
        wanted_ = frame_header_size;
        if (known) {
            payload.bytes = {frame + frame_header_size, header.size};
            payload.slab = slab_;
            return Status::frame;
        }
    }
}

void FrameDecoder::release_memory() noexcept
{
    if (!in_frame()) {
        slab_.reset();
        begin_ = end_ = 0;
    }
}

}  // namespace remoting
