// SPDX-License-Identifier: BSL-1.0
#include "stream_connection.hpp"

#include <remoting/errors/exceptions.hpp>

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace remoting {

namespace {

/// What read_some_wait may overshoot by; shorter waits go through poll.
constexpr auto blocking_tick = std::chrono::milliseconds(250);
/// Between two looks at what others want of a thread that has no descriptor to be woken by.
constexpr auto unwakeable_tick = std::chrono::milliseconds(5);

/// A nested call's waiter, known to its chain for the scope.
class ChainMembership {
public:
    ChainMembership(CallChains& chains, const CallChain* chain, Waiter& waiter)
        : chains_(chains),
          chain_(chain),
          waiter_(waiter)
    {
        if (chain_ != nullptr) {
            chains_.push(*chain_, waiter_);
        }
    }
    ~ChainMembership() { leave(); }
    ChainMembership(const ChainMembership&) = delete;
    ChainMembership& operator=(const ChainMembership&) = delete;

    /// Calls that came too late.
    std::vector<IncomingCall> leave()
    {
        const CallChain* const chain = std::exchange(chain_, nullptr);
        return chain != nullptr ? chains_.pop(*chain, waiter_) : std::vector<IncomingCall>();
    }

private:
    CallChains& chains_;
    const CallChain* chain_;
    Waiter& waiter_;
};

}  // namespace

IncomingReply StreamConnection::call(OutgoingCall& call)
{
    return this->call(call, false);
}

/// A one-way call waits only until it is on its way.
IncomingReply StreamConnection::call(OutgoingCall& call, bool one_way)
{
    const TimePoint now = world_.clock.now();
    ThreadContext& thread = this_thread();
    if (thread.serving != nullptr && thread.serving != this) {
        thread.serving->yield_reading();
    }
    Waiter waiter;
    waiter.request = &call;
    waiter.connection = this;
    ChainMembership membership(world_.chains, call.chain, waiter);
    std::vector<IncomingCall> leftover;
    bool timed_out = false;
    {
        Lock lock(mutex_);
        check_usable(call, call.arguments.size());
        const bool inherited = is_reader();
        if (inherited) {
            pass_on_ready();
        }
        const bool was_inline = inherited && std::exchange(is_running_inline_, false);
        take_reading();
        touch(lock);
        if (one_way || must_queue(call, false)) {
            queued_.push_back({&call, &waiter, one_way});
            admit_queued(lock);  // what it would wait for may have come meanwhile
        } else {
            send_request(lock, call, &waiter, now);
        }
        timed_out = await_reply(lock, waiter, call.deadline, now);
        if (is_reader() && !inherited) {
            leave_reading(lock);
        } else if (reader_ == nullptr && !parked_.empty()) {
            parked_.front()->notify(Waiter::lead);  // it was meant for this waiter, which leaves
        }
        if (was_inline && is_reader()) {
            is_running_inline_ = true;
            ++inline_runs_;
        }
        if (!waiter.is_nested()) {
            leftover = take_inbox(waiter);
        }
    }
    for (auto& late : membership.leave()) {
        leftover.push_back(std::move(late));
    }
    for (auto& late : leftover) {
        dispatch_to_worker(std::move(late));
    }
    return finish_call(waiter, timed_out);
}

IncomingReply StreamConnection::finish_call(Waiter& waiter, bool timed_out) const
{
    if (timed_out && waiter.id == 0) {
        throw RemotingError(ErrorCode::deadline_exceeded, Executed::no,
                            fmt::format("{} calls are in flight on the connection, and none ended before the deadline",
                                        peer_hello_.maximum_in_flight));
    }
    if (timed_out) {
        throw RemotingError(ErrorCode::deadline_exceeded, waiter.is_unsent ? Executed::no : Executed::maybe,
                            "no reply before the deadline");
    }
    if (waiter.has_given_up) {
        throw RemotingError(waiter.failure, waiter.failure_executed,
                            waiter.failure == ErrorCode::deadline_exceeded
                                ? "the deadline of the call that this one was made for has passed"
                                : "the call that this one was made for was cancelled");
    }
    if (waiter.has_failed) {
        const Lock lock(mutex_);
        throw RemotingError(waiter.failure, waiter.failure_executed, close_cause_);
    }
    return std::move(waiter.reply);
}

void StreamConnection::send(OutgoingCall& call)
{
    {
        Lock lock(mutex_);
        check_usable(call, call.arguments.size());
        if (!must_queue(call, true)) {
            touch(lock);
            const bool gathers = gathers_one_ways();
            if (!gathers) {
                send_request(lock, call, nullptr, world_.clock.now());
                return;
            }
            gather(frame_of(call, nullptr, world_.clock.now()), call.uri);
            flush_started(lock, true);
            return;
        }
        if (overflows(call)) {
            return;
        }
    }
    this->call(call, true);
}

/// True when the deadline passed first.
bool StreamConnection::await_reply(Lock& lock, Waiter& waiter, TimePoint deadline, TimePoint now)
{
    for (bool is_first = true;; is_first = false) {
        if (waiter.has(Waiter::done)) {
            return false;
        }
        if (waiter.has(Waiter::call)) {
            run_from_inbox(lock, waiter);
            continue;
        }
        if (!is_first) {
            now = world_.clock.now();
            if (world_.reactor.is_external()) {  // whose loop nobody may run
                check_peer(lock, now);
                if (waiter.has(Waiter::done)) {
                    return false;
                }
            }
        }
        const bool is_late = now >= deadline;
        if (is_late || waiter.has(Waiter::cancelled)) {
            if (remove_queued(waiter)) {
                admit_queued(lock);
            } else {
                abandon(lock, waiter.id, is_late ? ErrorCode::deadline_exceeded : waiter.cancel_reason);
            }
            if (!is_late) {
                waiter.has_given_up = true;
                waiter.failure = waiter.cancel_reason;
                waiter.failure_executed = waiter.is_unsent ? Executed::no : Executed::maybe;
            }
            return is_late;
        }
        if (take_reading()) {
            await_bytes(lock, waiter, deadline == TimePoint::max() ? Duration::max() : deadline - now);
            continue;
        }
        parked_.push_back(&waiter);
        lock.unlock();
        waiter.park(deadline, world_.clock);
        lock.lock();
        std::erase(parked_, &waiter);
        waiter.clear(Waiter::lead);
    }
}

/// An incoming call of the chain this thread waits in is run by this thread.
void StreamConnection::run_from_inbox(Lock& lock, Waiter& waiter)
{
    IncomingCall call;
    if (!waiter.is_nested()) {
        if (!take_from_inbox(waiter, call)) {
            return;
        }
    }
    const bool reads = is_reader();
    if (reads) {
        is_running_inline_ = true;
        ++inline_runs_;
    }
    lock.unlock();
    if (!waiter.is_nested() || world_.chains.take(waiter, call)) {
        auto& connection = static_cast<StreamConnection&>(*call.connection);
        if (!call.refusal && call.chain.depth >= world_.limits.call_depth) {
            call.refusal = std::make_exception_ptr(
                RemotingError(ErrorCode::depth_exceeded, Executed::no,
                              fmt::format("more than {} calls are nested in each other", world_.limits.call_depth)));
        }
        if (auto next = connection.execute(call, false)) {
            world_.reactor.post(std::move(next));
        }
        call.reset();
    }
    lock.lock();
    if (reads && is_reader()) {
        is_running_inline_ = false;
    }
}

/// The reader waits once, for at most `remaining`, and handles what came.
void StreamConnection::await_bytes(Lock& lock, Waiter& waiter, Duration remaining)
{
    const bool may_block =
        !is_blocked_ && !world_.calls_cross.load(std::memory_order_relaxed) && !minds_others() &&
        (!waiter.is_nested() || (this_thread().serving == this && world_.reactor.has_one_connection()));
    ++reads_;
    lock.unlock();
    IoResult result = spin_for_bytes();
    if (result.status == IoResult::Status::would_block) {
        if (may_block && remaining > blocking_tick) {
            result = stream_->read_some_wait(decoder_.prepare());
        } else {
            result = poll_for_bytes(lock, waiter, remaining);
        }
    }
    if (result.status != IoResult::Status::would_block && feed(result) == Turnout::alive) {
        deliver_arrived(false);
    }
    lock.lock();
}

/// A thread of the user's that runs the loop is perhaps the only one that reads the other connections, over which calls
/// of its own chain may come.
bool StreamConnection::minds_others() const
{
    return world_.reactor.is_external() && world_.reactor.runs_here();
}

IoResult StreamConnection::poll_for_bytes(Lock& lock, Waiter& waiter, Duration remaining)
{
    constexpr IoResult nothing{.status = IoResult::Status::would_block};
    const int wake = this_thread().wake_descriptor();
    const bool can_be_woken = wake >= 0;
    if (can_be_woken && !waiter.begin_polling(wake)) {
        return nothing;
    }
    lock.lock();
    const bool blocked = is_blocked_;
    lock.unlock();
    std::array<pollfd, 3> descriptors{};
    descriptors[0] = {stream_->descriptor(), static_cast<short>(POLLIN | (blocked ? POLLOUT : 0)), 0};
    descriptors[1] = {wake, POLLIN, 0};
    descriptors[2] = {minds_others() ? world_.reactor.poll_descriptor() : -1, POLLIN, 0};
    const auto wait = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::clamp(remaining, Duration::zero(), Duration(can_be_woken ? blocking_tick : unwakeable_tick)));
    const timespec timeout{static_cast<std::time_t>(wait.count() / 1'000'000'000), wait.count() % 1'000'000'000};
    ::ppoll(descriptors.data(), descriptors.size(), &timeout, nullptr);
    if (can_be_woken) {
        waiter.end_polling();
    }
    if (descriptors[2].revents != 0) {
        world_.reactor.poll_ready();
    }
    if ((descriptors[0].revents & POLLOUT) != 0) {
        lock.lock();
        is_blocked_ = false;
        flush(lock);
        lock.unlock();
    }
    if ((descriptors[0].revents & ~POLLOUT) == 0) {
        return nothing;
    }
    return stream_->read_some(decoder_.prepare());
}

/// True when this thread is the reader now.
bool StreamConnection::take_reading()
{
    if (is_reader()) {
        return true;
    }
    if (state_ == State::closed || (reader_ != nullptr && reader_ != &watched_)) {
        return false;
    }
    const bool was_watched = reader_ == &watched_;
    reader_ = &this_thread();
    if (was_watched) {
        world_.reactor.watch(serial_, stream_->descriptor(), 0);
    }
    return true;
}

void StreamConnection::leave_reading(Lock& lock)
{
    reader_ = nullptr;
    if (state_ == State::closed) {
        return;
    }
    if (!parked_.empty()) {
        parked_.front()->notify(Waiter::lead);
        if (is_blocked_) {
            watch(lock);
        }
    } else if (expects_calls() || is_blocked_ || started_ != 0 || state_ == State::handshaking) {
        hand_reading_to_epoll(lock);
    } else {
        touch(lock);  // the monitor hands it over once the connection has been quiet
    }
}

/// The servant this thread runs is about to wait elsewhere: others read on.
void StreamConnection::yield_reading()
{
    Lock lock(mutex_);
    if (!is_reader()) {
        return;
    }
    pass_on_ready();
    is_running_inline_ = false;
    reader_ = nullptr;
    if (parked_.empty()) {
        hand_reading_to_epoll(lock);
    } else {
        parked_.front()->notify(Waiter::lead);
    }
    flush(lock);
}

/// Workers run what waits for the reader. Before the role moves on, and under the mutex, so that what the next reader
/// gets queues up behind it.
void StreamConnection::pass_on_ready()
{
    while (!ready_.empty()) {
        IncomingCall call = ready_.pop();
        dispatch_to_worker(std::move(call));
    }
}

}  // namespace remoting
