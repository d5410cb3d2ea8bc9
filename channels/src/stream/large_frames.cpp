// SPDX-License-Identifier: BSL-1.0
#include "large_frames.hpp"

#include <algorithm>

namespace remoting {

namespace {

std::array<std::byte, frame_header_size> piece_header(std::uint64_t id, std::size_t size, unsigned flags)
{
    std::array<std::byte, frame_header_size> header;
    write_header(header, {.size = static_cast<std::uint32_t>(size),
                          .kind = FrameKind::piece,
                          .flags = static_cast<std::uint8_t>(flags),
                          .id = id});
    return header;
}

}  // namespace

bool LargeFrames::holds(std::string_view object) const noexcept
{
    return std::ranges::any_of(frames_, [&](const Frame& frame) { return frame.object == object; });
}

void LargeFrames::add(Buffer&& frame, std::string_view object, StartedCall* sent, Outbox& outbox,
                      std::uint64_t& appended)
{
    size_ += frame.size();
    Frame large{.bytes = std::move(frame), .object = std::string(object), .sent = sent};
    if (has_place()) {
        begin(std::move(large), outbox, appended);
    } else {
        waiting_.push_back(std::move(large));
    }
}

void LargeFrames::begin(Frame frame, Outbox& outbox, std::uint64_t& appended)
{
    frame.id = ++last_id_;
    frame.begun = std::min(first_piece_size, frame.bytes.size());
    outbox.append(piece_header(frame.id, frame.begun, flag_first_piece));
    outbox.append(std::as_const(frame.bytes).bytes().first(frame.begun));
    appended += frame_header_size + frame.begun;
    size_ -= frame.begun;
    frame.position = appended;
    frames_.push_back(std::move(frame));
}

std::size_t LargeFrames::gather(Outbox::Gathered& out, std::size_t count, std::uint64_t position)
{
    const std::size_t room = (out.size() - count) / 2;
    gathered_.clear();
    gathered_.reserve(room);  // so that headers stay where they are
    std::array<std::size_t, frames_in_pieces_limit> planned{};
    for (bool has_more = true; has_more;) {
        has_more = false;
        for (std::size_t i = 0; i < frames_.size() && gathered_.size() < room; ++i) {
            Frame& frame = frames_[i];
            const std::size_t from = frame.begun + planned[i];
            if (frame.position > position || from == frame.bytes.size()) {
                continue;
            }
            const std::size_t size = std::min(piece_size, frame.bytes.size() - from);
            Piece& piece = gathered_.emplace_back(Piece{&frame, size, piece_header(frame.id, size, 0)});
            out[count++] = piece.header;
            out[count++] = std::as_const(frame.bytes).bytes().subspan(from, size);
            planned[i] += size;
            has_more = true;
        }
    }
    return count;
}

LargeFrames::Consumed LargeFrames::consume(std::size_t bytes, Outbox& outbox, std::uint64_t& appended)
{
    Consumed consumed;
    const Frame* last = nullptr;
    for (const Piece& piece : gathered_) {
        if (bytes == 0) {
            break;
        }
        Frame& frame = *piece.frame;
        const auto part = std::as_const(frame.bytes).bytes().subspan(frame.begun, piece.size);
        const std::size_t written = std::min(bytes, frame_header_size + piece.size);
        bytes -= written;
        frame.begun += piece.size;
        size_ -= piece.size;
        last = &frame;
        if (written < frame_header_size) {
            consumed.rest.assign(piece.header.begin() + static_cast<std::ptrdiff_t>(written), piece.header.end());
        }
        const auto rest = part.subspan(std::max(written, frame_header_size) - frame_header_size);
        consumed.rest.insert(consumed.rest.end(), rest.begin(), rest.end());
        if (frame.begun == frame.bytes.size()) {
            consumed.has_finished = true;
            consumed.rest_ends_frame = !consumed.rest.empty() && frame.sent != nullptr;
            if (frame.sent != nullptr) {
                consumed.sent.push_back(frame.sent);
            }
        }
    }
    gathered_.clear();
    if (last != nullptr) {
        const auto turn = std::ranges::find_if(frames_, [&](const Frame& frame) { return &frame == last; });
        std::rotate(frames_.begin(), turn + 1, frames_.end());
    }
    std::erase_if(frames_, [](const Frame& frame) { return frame.begun == frame.bytes.size(); });
    while (!waiting_.empty() && has_place()) {
        begin(std::move(waiting_.front()), outbox, appended);
        waiting_.pop_front();
    }
    return consumed;
}

std::vector<StartedCall*> LargeFrames::forget_calls() noexcept
{
    std::vector<StartedCall*> calls;
    for (Frame& frame : frames_) {
        if (frame.sent != nullptr) {
            calls.push_back(std::exchange(frame.sent, nullptr));
        }
    }
    return calls;
}

bool LargeFrames::forget(const StartedCall& call) noexcept
{
    const auto found = std::ranges::find(frames_, &call, &Frame::sent);
    if (found == frames_.end()) {
        return false;
    }
    found->sent = nullptr;
    return true;
}

}  // namespace remoting
