// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/connection.hpp>
#include <remoting/messaging/frame.hpp>
#include <remoting/messaging/outbox.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace remoting {

/// The frames of one direction that leave in pieces, by turns. Their first pieces leave with the other frames, in order, since
/// those define names; the rest may be passed by anything but a request to the same object. Not thread-safe; what was gathered
/// stays where it is until it is consumed, whatever is added meanwhile.
class LargeFrames {
public:
    /// Whether a request may begin.
    bool has_place() const noexcept { return frames_.size() < frames_in_pieces_limit; }
    bool empty() const noexcept { return frames_.empty(); }
    /// Whether requests to the object have to wait.
    bool holds(std::string_view object) const noexcept;
    /// Bytes that wait here.
    std::size_t size() const noexcept { return size_; }

    /// Puts the first piece into `outbox`. A reply may begin later, when there is a place.
    /// @param object empty for a reply
    /// @param sent given back by consume() when the last byte has left; may be null
    /// @param appended counts the bytes that were ever put into the outbox
    void add(Buffer&& frame, std::string_view object, StartedCall* sent, Outbox& outbox, std::uint64_t& appended);

    /// Adds the next pieces to `out` from `count` on, of frames whose first piece is among the first `position` bytes that were
    /// ever put into the outbox; returns the new count.
    std::size_t gather(Outbox::Gathered& out, std::size_t count, std::uint64_t position);

    struct Consumed {
        std::vector<std::byte> rest;     ///< of a piece that was cut, which has to leave next
        std::vector<StartedCall*> sent;  ///< the last of them with `rest`, if `rest_ends_frame`
        bool rest_ends_frame = false;
        bool has_finished = false;  ///< a frame, so that there is a place and perhaps an object to send to
    };
    /// The first `bytes` bytes of what was gathered were written.
    Consumed consume(std::size_t bytes, Outbox& outbox, std::uint64_t& appended);

    /// The started calls that waited for their frames to leave; nobody is told of them any more.
    std::vector<StartedCall*> forget_calls() noexcept;
    /// The same for one of them; false when it does not wait here.
    bool forget(const StartedCall& call) noexcept;
    template <class F>
    void for_each_call(F f) const
    {
        for (const Frame& frame : frames_) {
            if (frame.sent != nullptr) {
                f(*frame.sent);
            }
        }
    }

private:
    struct Frame {
        Buffer bytes;
        std::size_t begun = 0;
        std::uint64_t id = 0;
        std::string object;
        StartedCall* sent = nullptr;
        std::uint64_t position = 0;  ///< where the first piece ends
    };
    struct Piece {
        Frame* frame = nullptr;
        std::size_t size = 0;
        std::array<std::byte, frame_header_size> header;
    };
    void begin(Frame frame, Outbox& outbox, std::uint64_t& appended);

    std::uint64_t last_id_ = 0;
    std::deque<Frame> frames_;   ///< whose turn it is, first
    std::deque<Frame> waiting_;  ///< replies
    std::size_t size_ = 0;
    std::vector<Piece> gathered_;
};

}  // namespace remoting
