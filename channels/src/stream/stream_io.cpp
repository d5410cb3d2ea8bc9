// SPDX-License-Identifier: BSL-1.0
#include "stream_connection.hpp"

#include <sched.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <utility>

namespace remoting {

namespace {

constexpr auto spin_time = std::chrono::microseconds(20);

}  // namespace

IoResult StreamConnection::spin_for_bytes()
{
    constexpr IoResult nothing{.status = IoResult::Status::would_block};
    if (!spin_.should_try()) {
        return nothing;
    }
    const auto end = std::chrono::steady_clock::now() + spin_time;
    do {
        const IoResult result = stream_->read_some(decoder_.prepare());
        if (result.status != IoResult::Status::would_block) {
            spin_.succeeded();
            return result;
        }
        ::sched_yield();
    } while (std::chrono::steady_clock::now() < end);
    spin_.failed();
    return nothing;
}

/// Writes at once when nothing is before it; otherwise the frame is gathered for whoever writes.
void StreamConnection::send_frame(Lock& lock, Buffer& frame, Waiter* waiter, std::string_view object)
{
    if (is_writing_ || is_blocked_ || unsent_size() != 0 || frame.size() > whole_frame_limit) {
        if (waiter != nullptr) {
            waiter->is_unsent = false;
        }
        gather(std::move(frame), object);
        flush(lock);
        return;
    }
    is_writing_ = true;
    appended_ += frame.size();
    if (waiter != nullptr) {
        waiter->is_unsent = false;  // whoever ends the connection during the write cannot know
    }
    lock.unlock();
    const std::array<std::span<const std::byte>, 1> whole{std::as_const(frame).bytes()};
    const IoResult result = stream_->write_some(whole);
    lock.lock();
    is_writing_ = false;
    handed_over_ += result.bytes;
    const bool may_be_sent = result.bytes != 0 || result.status == IoResult::Status::would_block;
    if (waiter != nullptr && !may_be_sent) {
        waiter->is_unsent = true;
        waiter->failure_executed = Executed::no;
    }
    if (state_ == State::closed) {
        return;
    }
    if (result.status == IoResult::Status::closed || result.status == IoResult::Status::failed) {
        end(lock, ErrorCode::connection_lost,
            result.error != 0 ? std::strerror(result.error) : "the peer closed the connection");
        return;
    }
    frames_left(result.bytes);
    if (result.bytes < frame.size()) {
        sending_.append_rest(std::move(frame), result.bytes);
    }
    flush(lock);
}

/// Puts bytes behind those that wait to leave.
void StreamConnection::gather(std::span<const std::byte> frame)
{
    appended_ += frame.size();
    outbox_.append(frame);
}

/// @param object that a request is for; a reply has none
/// @param sent told when all of the frame has left
void StreamConnection::gather(Buffer&& frame, std::string_view object, StartedCall* sent)
{
    if (frame.size() > whole_frame_limit && (object.empty() || large_.has_place())) {
        large_.add(std::move(frame), object, sent, outbox_, appended_);
        return;
    }
    appended_ += frame.size();
    outbox_.append(std::move(frame));
    if (sent != nullptr) {
        sent_marks_.push_back({appended_, sent});
    }
}

void StreamConnection::send_small(Lock& lock, std::span<const std::byte> frame)
{
    gather(frame);
    flush(lock);
}

void StreamConnection::flush(Lock& lock)
{
    if (is_writing_ || is_blocked_ || state_ == State::closed || unsent_size() == 0) {
        return;
    }
    is_writing_ = true;
    while (state_ != State::closed) {
        if (unsent_size() == 0) {
            break;
        }
        if (sending_.empty() || cut_ != 0) {
            sending_.append(outbox_);  // behind the rest of a piece, or pieces would always be first
        }
        Outbox::Gathered chunks;
        std::size_t count = sending_.gather(chunks, large_.empty() ? chunks.size() : chunks.size() - 2);
        std::size_t small = 0;
        if (!large_.empty()) {
            for (const auto& chunk : std::span(chunks).first(count)) {
                small += chunk.size();
            }
            if (small == sending_.size()) {
                count = large_.gather(chunks, count, written_ + small - cut_);
            }
        } else {
            small = sending_.size();
        }
        lock.unlock();
        const IoResult result = stream_->write_some(std::span(chunks).first(count));
        lock.lock();
        handed_over_ += result.bytes;
        if (state_ == State::closed) {
            break;
        }
        if (result.status == IoResult::Status::done) {
            written(result.bytes, small);
        } else if (result.status == IoResult::Status::would_block) {
            is_blocked_ = true;
            blocked_since_ = world_.clock.now();
            break;
        } else {
            is_writing_ = false;  // this write moved nothing
            end(lock, ErrorCode::connection_lost,
                result.error != 0 ? std::strerror(result.error) : "the peer closed the connection");
        }
    }
    is_writing_ = false;
    if (state_ == State::closed) {
        return;
    }
    if (is_blocked_) {
        touch(lock);
        if (!is_reader()) {
            watch(lock);  // a reader polls for room itself
        }
        if (!large_.empty()) {
            admit_queued(lock);
        }
        return;
    }
    if (is_paused_) {
        watch(lock);
    }
    admit_queued(lock);
}

/// @param small bytes of what was gathered that came from sending_; the rest are pieces
void StreamConnection::written(std::size_t bytes, std::size_t small)
{
    const std::size_t of_small = std::min(bytes, small);
    const std::size_t of_cut = std::min(of_small, cut_);
    sending_.consume(of_small);
    cut_ -= of_cut;
    if (cut_ == 0 && cut_call_ != nullptr) {
        mutex_.put_aside(*std::exchange(cut_call_, nullptr));
    }
    frames_left(of_small - of_cut);
    if (bytes == of_small) {
        return;
    }
    LargeFrames::Consumed consumed = large_.consume(bytes - of_small, outbox_, appended_);
    sending_.append(consumed.rest);
    cut_ = consumed.rest.size();
    if (consumed.rest_ends_frame) {
        cut_call_ = consumed.sent.back();
        consumed.sent.pop_back();
    }
    for (StartedCall* const call : consumed.sent) {
        mutex_.put_aside(*call);
    }
}

bool StreamConnection::is_backlogged() const noexcept
{
    // A side that waits for replies goes on reading, or two backlogged sides would wait for each other.
    return pending_.size() == 0 && (!has_room() || one_ways_ >= world_.limits.requests_in_flight);
}

void StreamConnection::watch(Lock& /*lock*/)
{
    std::uint32_t events = 0;
    is_paused_ = reader_ == &watched_ && is_backlogged();
    if (reader_ == &watched_ && !is_paused_) {
        events |= EPOLLIN | EPOLLRDHUP;
    }
    if (is_blocked_) {
        events |= EPOLLOUT;
    }
    world_.reactor.watch(serial_, stream_->descriptor(), events);
}

void StreamConnection::hand_reading_to_epoll(Lock& lock)
{
    reader_ = &watched_;
    watch(lock);
}

void StreamConnection::on_ready(std::uint32_t events, bool on_worker)
{
    Lock lock(mutex_);
    if (state_ == State::closed) {
        return;
    }
    if (is_blocked_ && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) {
        is_blocked_ = false;
        flush(lock);
    }
    if (state_ == State::closed) {
        return;
    }
    if (reader_ != &watched_) {
        if (is_blocked_) {
            watch(lock);  // this event used the watch up
        }
        return;
    }
    const bool has_ended = (events & (EPOLLERR | EPOLLHUP)) != 0;  // reported again and again until it is read
    if (!has_ended && ((events & (EPOLLIN | EPOLLRDHUP)) == 0 || is_backlogged())) {
        watch(lock);
        return;
    }
    reader_ = &this_thread();
    lock.unlock();
    if (on_worker) {
        serve();
    } else {
        feed_from_poll();
    }
}

void StreamConnection::touch(Lock& /*lock*/)
{
    if (!is_hot_.load(std::memory_order_relaxed)) {
        is_hot_.store(true, std::memory_order_relaxed);
        world_.reactor.add_hot(self());
    }
}

}  // namespace remoting
