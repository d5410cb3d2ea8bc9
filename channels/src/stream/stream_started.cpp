// SPDX-License-Identifier: BSL-1.0
#include "stream_connection.hpp"

#include <remoting/errors/exceptions.hpp>

#include <fmt/format.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace remoting {

namespace {

/// Requests are gathered up to this size while others are in flight.
constexpr std::size_t gather_size = std::size_t{16} * 1024;
/// One-way calls closer to each other than this are gathered.
constexpr auto gather_time = std::chrono::microseconds(50);

}  // namespace

void StreamConnection::start(StartedCall& call)
{
    Lock lock(mutex_);
    check_usable(*call.request, call.request->arguments.size());
    touch(lock);
    wake_by(lock, call.request->deadline);
    if (must_queue(*call.request, call.one_way)) {
        if (call.one_way && overflows(*call.request)) {
            mutex_.put_aside(call);
            return;
        }
        queued_.push_back({call.request, &call, call.one_way});
        if (!large_.empty()) {
            admit_queued(lock);  // it may pass those that wait for a long one
        }
        return;
    }
    const bool gathers = call.one_way ? gathers_one_ways() : started_ != 0;
    begin_started(lock, call);
    flush_started(lock, gathers);
    if (state_ != State::closed && reader_ == nullptr && parked_.empty()) {
        hand_reading_to_epoll(lock);
    }
}

/// Puts its request among the bytes that wait to leave.
void StreamConnection::begin_started(Lock& /*lock*/, StartedCall& call)
{
    call.executed = Executed::maybe;
    Buffer frame = frame_of(*call.request, call.one_way ? nullptr : &call, world_.clock.now());
    call.position = appended_;
    gather(std::move(frame), call.request->uri, call.one_way ? &call : nullptr);
    started_ += call.one_way ? 0U : 1U;
}

/// Whether one-way calls follow each other so closely that they had better leave together.
bool StreamConnection::gathers_one_ways()
{
    const TimePoint now = world_.clock.now();
    return now - std::exchange(last_one_way_, now) < gather_time;
}

/// What was gathered leaves at once, or, while more is likely to come, from the io_context's thread.
void StreamConnection::flush_started(Lock& lock, bool gathers)
{
    const bool may_wait =
        gathers && outbox_.size() < gather_size && (!world_.reactor.is_external() || world_.reactor.runs_here());
    if (!may_wait) {
        flush(lock);
    } else if (!std::exchange(flushes_soon_, true)) {
        world_.reactor.flush_soon(serial_);
    }
}

void StreamConnection::flush() noexcept
{
    Lock lock(mutex_);
    flushes_soon_ = false;
    flush(lock);
}

/// So many more bytes are with the transport.
void StreamConnection::frames_left(std::size_t bytes)
{
    written_ += bytes;
    while (!sent_marks_.empty() && sent_marks_.front().position <= written_) {
        mutex_.put_aside(*sent_marks_.front().call);
        sent_marks_.pop_front();
    }
}

bool StreamConnection::cancel(StartedCall& call, ErrorCode code, const std::string& cause) noexcept
{
    Lock lock(mutex_);
    if (remove_queued(call)) {
        call.fail(code, Executed::no, cause);
        admit_queued(lock);
        return true;
    }
    if (forget_leaving(call)) {
        call.fail(code, Executed::maybe, cause);
        return true;
    }
    if (pending_.find(call.id) != &call) {
        return false;
    }
    call.fail(code, Executed::maybe, cause);
    abandon(lock, call.id, code);
    return true;
}

/// A one-way call whose bytes wait to leave, which they still will; nobody is told of it any more.
bool StreamConnection::forget_leaving(const StartedCall& call) noexcept
{
    if (cut_call_ == &call) {
        cut_call_ = nullptr;
        return true;
    }
    return std::erase_if(sent_marks_, [&](const SentMark& mark) { return mark.call == &call; }) != 0 ||
           large_.forget(call);
}

/// Ends the started calls whose deadline has passed, and looks for the next one.
void StreamConnection::expire_started(Lock& lock, TimePoint now)
{
    std::vector<StartedCall*> expired;
    TimePoint next = TimePoint::max();
    const auto look_at = [&](PendingCall& call) {
        auto& started = static_cast<StartedCall&>(call);
        if (started.request->deadline <= now) {
            expired.push_back(&started);
        } else {
            next = std::min(next, started.request->deadline);
        }
    };
    for (const QueuedRequest& queued : queued_) {
        if (queued.call->is_started) {
            look_at(*queued.call);
        }
    }
    pending_.for_each([&](PendingCall& call) {
        if (call.is_started) {
            look_at(call);
        }
    });
    for (const SentMark& mark : sent_marks_) {
        look_at(*mark.call);
    }
    large_.for_each_call(look_at);
    if (cut_call_ != nullptr) {
        look_at(*cut_call_);
    }
    // All of them end before anything is sent, which lets go of the mutex: others may end them then.
    for (StartedCall* const call : expired) {
        if (remove_queued(*call)) {
            call->fail(ErrorCode::deadline_exceeded, Executed::no,
                       fmt::format("{} calls are in flight on the connection, and none ended before the deadline",
                                   peer_hello_.maximum_in_flight));
        } else if (forget_leaving(*call)) {
            call->fail(ErrorCode::deadline_exceeded, Executed::maybe,
                       "the peer did not take its bytes before the deadline");
        } else {
            call->fail(ErrorCode::deadline_exceeded, Executed::maybe, "no reply before the deadline");
            gather(give_up(call->id, ErrorCode::deadline_exceeded));
        }
        mutex_.put_aside(*call);
    }
    wake_by(lock, next);
    admit_queued(lock);
    flush(lock);
}

void StreamConnection::wake_by(Lock& /*lock*/, TimePoint when)
{
    if (when < next_wake_ && state_ != State::closed) {
        next_wake_ = when;
        world_.reactor.wake_at(serial_, when);
    }
}

void StreamConnection::on_wake()
{
    const bool holds_objects = world_.limits.idle_close != Duration::zero() && session_->holds_objects();
    Lock lock(mutex_);
    const TimePoint now = world_.clock.now();
    if (now < next_wake_) {
        return;  // for a time that has been looked at already
    }
    next_wake_ = TimePoint::max();
    if (state_ != State::closed && state_ != State::handshaking) {
        expire_started(lock, now);
        check_peer(lock, now);
        check_use(lock, now, holds_objects);
    }
}

/// A connection that nobody needs is left, as a stopping side leaves all of them.
void StreamConnection::check_use(Lock& lock, TimePoint now, bool holds_objects)
{
    if (world_.limits.idle_close == Duration::zero() || state_ != State::open || said_goodbye_) {
        return;
    }
    const std::uint64_t calls = pending_.last_id() + last_accepted_;
    const bool is_used = calls != seen_calls_ || holds_objects || pending_.size() != 0 || running_calls() != 0 ||
                         !queued_.empty() || unsent_size() != 0;
    if (is_used) {
        seen_calls_ = calls;
        idle_since_ = now;
    } else if (now - idle_since_ >= world_.limits.idle_close) {
        leave(lock);
        return;
    }
    wake_by(lock, idle_since_ + world_.limits.idle_close);
}

/// Whether the ping is behind bytes of which the peer's side took some since the last look.
bool StreamConnection::is_ping_on_its_way()
{
    int not_taken = 0;
    if (::ioctl(stream_->descriptor(), SIOCOUTQ, &not_taken) != 0) {
        not_taken = 0;
    }
    const std::uint64_t taken = handed_over_ - std::min(handed_over_, static_cast<std::uint64_t>(not_taken));
    return std::exchange(taken_, taken) < taken && taken < ping_position_;
}

/// A peer that is stopped but not dead answers no ping. One whose bytes were not read here yet is alive.
void StreamConnection::check_peer(Lock& lock, TimePoint now)
{
    TimePoint heard = last_heard_.load(std::memory_order_relaxed);
    pollfd descriptor{stream_->descriptor(), POLLIN, 0};
    if (now - heard >= world_.limits.ping_interval && ::poll(&descriptor, 1, 0) == 1) {
        heard = now;
        last_heard_.store(now, std::memory_order_relaxed);
    }
    if (ping_sent_ != TimePoint::max() && heard > ping_sent_) {
        ping_sent_ = TimePoint::max();
    }
    if (ping_sent_ != TimePoint::max() && is_ping_on_its_way()) {
        ping_sent_ = now;
    }
    if (ping_sent_ == TimePoint::max() && now - heard >= world_.limits.ping_interval) {
        ping_sent_ = now;
        ping_position_ = handed_over_ + unsent_size() + frame_header_size;
        send_small(lock, make_frame(FrameKind::ping, ++last_ping_));
        is_ping_on_its_way();
    } else if (ping_sent_ != TimePoint::max() && now - ping_sent_ >= world_.limits.ping_timeout) {
        end(lock, ErrorCode::connection_lost,
            fmt::format("the peer gave no sign of life for {:.1f} s",
                        std::chrono::duration<double>(now - heard).count()));
        return;
    }
    // Looked at more often than that, so that a ping which left late has most of the time for its answer.
    wake_by(lock, ping_sent_ != TimePoint::max() ? std::min<TimePoint>(now + world_.limits.ping_timeout / 4,
                                                                       ping_sent_ + world_.limits.ping_timeout)
                                                 : heard + world_.limits.ping_interval);
}

void StreamConnection::ping(TimePoint deadline)
{
    Waiter waiter;
    waiter.connection = this;
    bool timed_out = false;
    {
        Lock lock(mutex_);
        if (state_ == State::closed) {
            throw RemotingError(ErrorCode::connection_lost, Executed::no, "the connection is closed: " + close_cause_,
                                {{}, {}, address_});
        }
        const bool inherited = is_reader();
        if (inherited) {
            pass_on_ready();
        }
        const bool was_inline = inherited && std::exchange(is_running_inline_, false);
        take_reading();
        touch(lock);
        waiter.ping = ++last_ping_;
        ping_waiters_.push_back(&waiter);
        send_small(lock, make_frame(FrameKind::ping, waiter.ping));
        timed_out = await_reply(lock, waiter, deadline, world_.clock.now());
        std::erase(ping_waiters_, &waiter);
        if (is_reader() && !inherited) {
            leave_reading(lock);
        } else if (reader_ == nullptr && !parked_.empty()) {
            parked_.front()->notify(Waiter::lead);
        }
        if (was_inline && is_reader()) {
            is_running_inline_ = true;
            ++inline_runs_;
        }
    }
    if (timed_out) {
        throw RemotingError(ErrorCode::deadline_exceeded, Executed::no, "no answer to a ping before the deadline",
                            {{}, {}, address_});
    }
    if (waiter.has_failed) {
        const Lock lock(mutex_);
        throw RemotingError(waiter.failure, Executed::no, close_cause_, {{}, {}, address_});
    }
}

void StreamConnection::handle_pong(std::uint64_t id)
{
    const Lock lock(mutex_);
    for (Waiter* const waiter : ping_waiters_) {
        if (waiter->ping == id) {
            waiter->notify(Waiter::done);
        }
    }
}

}  // namespace remoting
