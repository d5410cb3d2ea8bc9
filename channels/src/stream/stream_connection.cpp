// SPDX-License-Identifier: BSL-1.0
#include "stream_connection.hpp"

#include <remoting/channels/channel_host.hpp>
#include <remoting/errors/exceptions.hpp>

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

namespace remoting {

StreamConnection::StreamConnection(StreamWorld& world, std::unique_ptr<ByteStream> stream, std::string address)
    : world_(world),
      stream_(std::move(stream)),
      address_(std::move(address)),
      token_(Id128::random(world.random)),
      decoder_(world.limits.unauthenticated_size),
      spin_(world.adaptive_waiting)
{
    session_ = world.make_session(*this);
}

StreamConnection::~StreamConnection() = default;

void StreamConnection::connect(TimePoint deadline)
{
    {
        const Id128 session = session_->offer();
        Lock lock(mutex_);
        reader_ = &this_thread();  // others may call before this has returned, where a session goes on
        gather(make_hello_frame(own_hello(session)));
        flush(lock);
    }
    for (;;) {
        const Duration remaining = deadline - world_.clock.now();
        if (peer_hello_.maximum_message == 0 && remaining <= Duration::zero()) {
            close(ErrorCode::deadline_exceeded, "the peer did not say hello in time");
        } else if (world_.is_stopping) {
            close(ErrorCode::shutting_down, "this side is stopping");
        }
        {
            const Lock lock(mutex_);
            if (state_ == State::closed) {
                const auto code = close_code_ == ErrorCode::connection_lost ? ErrorCode::connect_failed : close_code_;
                throw RemotingError(code, Executed::no, close_cause_, {{}, {}, address_});
            }
        }
        if (peer_hello_.maximum_message != 0) {
            break;
        }
        pollfd descriptor{stream_->descriptor(), static_cast<short>(POLLIN | (is_blocked_ ? POLLOUT : 0)), 0};
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(std::min(remaining, ChannelHost::stop_tick));
        ::poll(&descriptor, 1, static_cast<int>(std::max<std::int64_t>(wait.count(), 1)));
        if ((descriptor.revents & POLLOUT) != 0) {
            Lock lock(mutex_);
            is_blocked_ = false;
            flush(lock);
        }
        const IoResult result = stream_->read_some(decoder_.prepare());
        if (result.status != IoResult::Status::would_block) {
            feed(result);
        }
    }
    register_token();
    serial_ = world_.reactor.add(self(), stream_->descriptor());
    deliver_arrived(false);
    has_opened();
    Lock lock(mutex_);
    leave_reading(lock);
    if (reader_ == nullptr && parked_.empty() && state_ != State::closed) {
        hand_reading_to_epoll(lock);
    }
    touch(lock);
}

void StreamConnection::async_connect(TimePoint deadline, Connected done)
{
    hello_deadline_ = deadline;
    connected_ = std::move(done);
    const Id128 session = session_->offer();
    serial_ = world_.reactor.add(self(), stream_->descriptor());
    Lock lock(mutex_);
    hand_reading_to_epoll(lock);
    send_small(lock, make_hello_frame(own_hello(session)));
    touch(lock);
}

void StreamConnection::start_accepted()
{
    was_accepted_ = true;
    hello_deadline_ = world_.clock.now() + world_.limits.unauthenticated_time;
    world_.unauthenticated.fetch_add(1);
    serial_ = world_.reactor.add(self(), stream_->descriptor());
    Lock lock(mutex_);
    hand_reading_to_epoll(lock);
    touch(lock);
}

Hello StreamConnection::own_hello(const Id128& session) const noexcept
{
    return {.minimum_version = wire_version,
            .maximum_version = wire_version,
            .features = session.is_zero() ? 0 : feature_session,
            .maximum_message = static_cast<std::uint32_t>(world_.limits.message_size),
            .maximum_in_flight = world_.limits.requests_in_flight,
            .token = token_,
            .session = session};
}

StreamConnection::Turnout StreamConnection::handle_hello(const Payload& payload)
{
    const auto hello = read_hello_body(payload.bytes);
    if (!hello) {
        return violated(ErrorCode::protocol_error, "a malformed hello");
    }
    if (hello->minimum_version > wire_version || hello->maximum_version < wire_version) {
        return violated(ErrorCode::version_mismatch,
                        fmt::format("wire versions {} to {}; here it is {}", hello->minimum_version,
                                    hello->maximum_version, wire_version));
    }
    peer_hello_ = *hello;
    decoder_.set_frame_limit(world_.limits.message_size);
    bool goes_on = !hello->session.is_zero();
    if (was_accepted_) {
        goes_on = session_->accept(hello->session);
    } else {
        session_->answered(goes_on);
    }
    Lock lock(mutex_);
    if (state_ != State::handshaking) {
        return Turnout::closed;
    }
    state_ = State::open;
    is_usable_ = !said_goodbye_;
    if (was_accepted_) {
        world_.unauthenticated.fetch_sub(1);
        gather(make_hello_frame(own_hello(goes_on ? hello->session : Id128())));
    }
    if (goes_on) {  // before anything else, so that it can be told from what is received from now on
        for (const auto& frame : make_held_frames(session_->held())) {
            gather(frame);
        }
    }
    flush(lock);
    const Connected connected = std::exchange(connected_, nullptr);
    lock.unlock();
    if (was_accepted_ || connected) {
        register_token();
        has_opened();
    }
    if (connected) {
        connected(nullptr, self());
    }
    return Turnout::alive;
}

void StreamConnection::has_opened()
{
    const TimePoint now = world_.clock.now();
    last_heard_.store(now, std::memory_order_relaxed);
    session_->opened();
    if (world_.opened) {
        world_.opened(*this);
    }
    Lock lock(mutex_);
    idle_since_ = now;
    wake_by(lock, now + world_.limits.ping_interval);
    if (world_.limits.idle_close != Duration::zero()) {
        wake_by(lock, now + world_.limits.idle_close);
    }
}

void StreamConnection::register_token()
{
    const std::lock_guard lock(world_.tokens_mutex);
    world_.tokens[token_.high] = self();
}

bool StreamConnection::is_usable() const noexcept
{
    return is_usable_.load(std::memory_order_acquire);
}

bool StreamConnection::is_closed() const noexcept
{
    const Lock lock(mutex_);
    return state_ == State::closed;
}

bool StreamConnection::is_drained() const noexcept
{
    const Lock lock(mutex_);
    return state_ == State::closed || (running_calls() == 0 && !is_writing_ && unsent_size() == 0);
}

bool StreamConnection::is_writing() const noexcept
{
    const Lock lock(mutex_);
    return is_writing_ && state_ != State::closed;
}

void StreamConnection::close(ErrorCode code, const std::string& cause) noexcept
{
    Lock lock(mutex_);
    end(lock, code, cause);
}

void StreamConnection::say_goodbye() noexcept
{
    Lock lock(mutex_);
    if (state_ == State::handshaking) {
        end(lock, ErrorCode::shutting_down, "stopped");
    } else if (state_ == State::open && !said_goodbye_) {
        leave(lock);
    }
}

/// Nothing new, from now on; the peer closes when it has nothing left to wait for.
void StreamConnection::leave(Lock& lock)
{
    said_goodbye_ = true;
    is_usable_ = false;
    send_small(lock, make_frame(FrameKind::goodbye, last_accepted_));
    if (reader_ == nullptr && parked_.empty() && state_ != State::closed) {
        hand_reading_to_epoll(lock);  // for the peer's end
    }
}

void StreamConnection::end(Lock& lock, ErrorCode code, const std::string& cause) noexcept
{
    if (state_ == State::closed) {
        return;
    }
    const auto self = weak_from_this().lock();  // the reactor may hold the last reference
    const bool was_open = state_ != State::handshaking;
    const bool is_leaving = said_goodbye_;
    if (!was_open && was_accepted_) {
        world_.unauthenticated.fetch_sub(1);
    }
    state_ = State::closed;
    is_usable_ = false;
    close_code_ = code;
    close_cause_ = cause;
    stream_->shutdown();
    fail_queued(code);
    const auto how_far = [&](const PendingCall& call) {
        const bool is_unsent = call.is_started
                                   ? !is_writing_ && static_cast<const StartedCall&>(call).position >= written_
                                   : static_cast<const Waiter&>(call).is_unsent;
        return is_unsent ? Executed::no : Executed::maybe;
    };
    pending_.end_all([&](PendingCall& call) { fail(call, code, how_far(call)); });
    started_ = 0;
    for (const SentMark& mark : std::exchange(sent_marks_, {})) {
        fail(*mark.call, code, how_far(*mark.call));
    }
    if (StartedCall* const call = std::exchange(cut_call_, nullptr)) {
        fail(*call, code, Executed::maybe);
    }
    for (StartedCall* const call : large_.forget_calls()) {
        fail(*call, code, how_far(*call));
    }
    for (Waiter* const waiter : ping_waiters_) {
        fail(*waiter, code, Executed::no);
    }
    const auto served = served_calls_.take_all();
    const Connected connected = std::exchange(connected_, nullptr);
    CallQueue dropped;
    dropped.swap(ready_);
    lock.unlock();
    for (std::size_t i = 0; i < dropped.size(); ++i) {
        call_ended();
    }
    dropped = {};
    for (const ServedCalls::Call& call : served) {
        world_.chains.cancel(call.chain, ErrorCode::cancelled);
        if (call.stop != nullptr) {
            call.stop->request_stop();
        }
    }
    if (serial_ != 0) {
        world_.reactor.remove(serial_, stream_->descriptor());
    }
    {
        const std::lock_guard tokens(world_.tokens_mutex);
        world_.tokens.erase(token_.high);
    }
    const bool is_lost = was_open && code == ErrorCode::connection_lost && !is_left_ && !is_leaving;
    session_->end(is_lost && !world_.is_stopping);
    if (connected) {
        const auto seen = code == ErrorCode::connection_lost ? ErrorCode::connect_failed : code;
        connected(std::make_exception_ptr(RemotingError(seen, Executed::no, cause, {{}, {}, address_})), nullptr);
    }
    if (was_open && world_.closed) {
        world_.closed(*this, code, cause);
    }
    {
        const std::lock_guard drained(world_.drain_mutex);
        world_.drained.notify_all();
    }
    lock.lock();
}

}  // namespace remoting
