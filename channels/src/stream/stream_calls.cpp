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

std::uint32_t remaining_ms(TimePoint deadline, TimePoint now) noexcept
{
    if (deadline == TimePoint::max()) {
        return 0;
    }
    const auto remaining = std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(remaining, 1, 0xFFFF'FFFF));
}

}  // namespace

IncomingReply StreamConnection::call(OutgoingCall& call)
{
    ThreadContext& thread = this_thread();
    if (thread.serving != nullptr && thread.serving != this) {
        thread.serving->yield_reading();
    }
    Waiter waiter;
    waiter.is_nested = call.chain != nullptr;
    waiter.depth = waiter.is_nested ? call.chain->depth : 0;
    waiter.connection = this;
    ChainMembership membership(world_.chains, call.chain, waiter);
    std::vector<IncomingCall> leftover;
    bool timed_out = false;
    const bool has_references = call.references.append_list(call.arguments);
    {
        Lock lock(mutex_);
        check_usable(call, call.arguments.size());
        await_credit(lock, call);
        const bool inherited = is_reader();
        if (inherited) {
            pass_on_ready();
        }
        const bool was_inline = inherited && std::exchange(is_running_inline_, false);
        take_reading();
        touch(lock);
        send_request(lock, call, has_references, &waiter);
        timed_out = await_reply(lock, waiter, call.deadline);
        if (is_reader() && !inherited) {
            leave_reading(lock);
        } else if (reader_ == nullptr && !parked_.empty()) {
            parked_.front()->notify(Waiter::lead);  // it was meant for this waiter, which leaves
        }
        if (was_inline && is_reader()) {
            is_running_inline_ = true;
            ++inline_runs_;
        }
        if (!waiter.is_nested) {
            leftover = std::move(waiter.inbox);
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
    if (timed_out) {
        throw RemotingError(ErrorCode::deadline_exceeded, waiter.is_unsent ? Executed::no : Executed::maybe,
                            "no reply before the deadline");
    }
    if (waiter.has_failed) {
        const std::lock_guard lock(mutex_);
        throw RemotingError(waiter.failure, waiter.failure_executed, close_cause_);
    }
    return std::move(waiter.reply);
}

void StreamConnection::send(OutgoingCall& call)
{
    const bool has_references = call.references.append_list(call.arguments);
    Lock lock(mutex_);
    check_usable(call, call.arguments.size());
    touch(lock);
    send_request(lock, call, has_references, nullptr);
}

void StreamConnection::check_usable(const OutgoingCall& call, std::size_t size) const
{
    const bool is_nested = call.chain != nullptr;
    if (state_ == State::closed) {
        throw RemotingError(ErrorCode::connection_lost, Executed::no, "the connection is closed: " + close_cause_);
    }
    if (!is_nested && (state_ == State::peer_leaving || said_goodbye_)) {
        throw RemotingError(ErrorCode::shutting_down, Executed::no,
                            said_goodbye_ ? "this side is stopping" : "the peer is stopping");
    }
    if (is_nested && call.chain->depth >= world_.limits.call_depth) {
        throw RemotingError(ErrorCode::depth_exceeded, Executed::no,
                            fmt::format("more than {} calls are nested in each other", world_.limits.call_depth));
    }
    const std::size_t names = call.uri.size() + call.interface.name.size() + call.method.name.size();
    if (names > world_.limits.header_size) {
        throw RemotingError(
            ErrorCode::limit_exceeded, Executed::no,
            fmt::format("object and method names of {} bytes; the limit is {}", names, world_.limits.header_size));
    }
    if (size + names + plain_request_head_size > peer_hello_.maximum_message) {
        throw RemotingError(ErrorCode::limit_exceeded, Executed::no,
                            fmt::format("the arguments take {} bytes; the peer accepts messages of at most {} bytes",
                                        size, peer_hello_.maximum_message));
    }
}

/// Requests wait here for one of the peer's places; those that continue a chain do not, or nesting would starve.
void StreamConnection::await_credit(Lock& lock, const OutgoingCall& call)
{
    if (call.chain != nullptr || pending_.size() < peer_hello_.maximum_in_flight) {
        return;
    }
    ++waiting_for_credit_;
    const auto has_place = [&] { return state_ != State::open || pending_.size() < peer_hello_.maximum_in_flight; };
    bool in_time = true;
    if (call.deadline == TimePoint::max()) {
        credit_.wait(lock, has_place);
    } else {
        in_time = credit_.wait_for(lock, call.deadline - world_.clock.now(), has_place);
    }
    --waiting_for_credit_;
    if (!in_time) {
        throw RemotingError(ErrorCode::deadline_exceeded, Executed::no,
                            fmt::format("{} calls are in flight on the connection, and none ended before the deadline",
                                        peer_hello_.maximum_in_flight));
    }
    check_usable(call, call.arguments.size());
}

void StreamConnection::fill_head(RequestHead& head, OutgoingCall& call)
{
    const std::uint64_t bound = call.alias.bound.load(std::memory_order_relaxed);
    if (bound >> 32U == (serial_ & 0xFFFF'FFFFU) && bound != 0) {
        head.object_alias = static_cast<std::uint32_t>(bound);
    } else {
        head.object_alias = bind_object(call);
        head.uri = call.uri;
        head.interface_name = call.interface.name;
    }
    std::uint32_t& method = method_aliases_[&call.method];
    if (method == 0) {
        method = ++last_method_alias_;
        head.method_name = call.method.name;
    }
    head.method_alias = method;
}

/// An alias of the object's own as long as that is within what the peer keeps.
std::uint32_t StreamConnection::bind_object(OutgoingCall& call)
{
    const std::size_t cost = bound_names_cost(call.uri.size() + call.interface.name.size());
    if (object_aliases_cost_ + cost > bound_objects_share) {
        if (passing_alias_ == 0) {
            passing_alias_ = new_object_alias();
        }
        return passing_alias_;
    }
    const std::uint32_t alias = new_object_alias();
    object_aliases_cost_ += cost;
    object_alias_costs_[alias - 1] = static_cast<std::uint32_t>(cost);
    call.alias.bound.store(serial_ << 32U | alias, std::memory_order_relaxed);
    return alias;
}

std::uint32_t StreamConnection::new_object_alias()
{
    if (free_object_aliases_.empty()) {
        object_alias_costs_.push_back(0);
        return ++last_object_alias_;
    }
    const std::uint32_t alias = free_object_aliases_.back();
    free_object_aliases_.pop_back();
    return alias;
}

void StreamConnection::send_request(Lock& lock, OutgoingCall& call, bool has_references, Waiter* waiter)
{
    RequestHead head;
    head.has_references = has_references;
    head.deadline_ms = remaining_ms(call.deadline, world_.clock.now());
    head.one_way = waiter == nullptr;
    if (call.chain != nullptr) {
        head.chain = *call.chain;
    }
    fill_head(head, call);
    std::uint64_t id = 0;
    if (waiter != nullptr) {
        pending_.open(*waiter);
        id = waiter->id;
    } else {
        id = pending_.next_id();
    }
    call.references.left();
    const std::size_t head_size = request_head_size(head);
    const std::size_t arguments_size = call.arguments.size();
    if (head_size <= call.arguments.head_room_left()) {
        write_request_head(call.arguments.prepend(head_size), id, head, arguments_size);
        send_frame(lock, call.arguments, waiter);
        return;
    }
    Buffer whole;
    whole.reserve(head_size + arguments_size);
    write_request_head({whole.append(head_size), head_size}, id, head, arguments_size);
    whole.append(std::as_const(call.arguments).bytes());
    send_frame(lock, whole, waiter);
}

/// True when the deadline passed first.
bool StreamConnection::await_reply(Lock& lock, Waiter& waiter, TimePoint deadline)
{
    for (;;) {
        if (waiter.has(Waiter::done)) {
            return false;
        }
        if (waiter.has(Waiter::call)) {
            run_from_inbox(lock, waiter);
            continue;
        }
        if (deadline != TimePoint::max() && world_.clock.now() >= deadline) {
            pending_.abandon(waiter.id);
            return true;
        }
        if (take_reading()) {
            await_bytes(lock, waiter, deadline);
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
    if (!waiter.is_nested) {
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
    if (!waiter.is_nested || world_.chains.take(waiter, call)) {
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

/// The reader waits once, at most until the deadline, and handles what came.
void StreamConnection::await_bytes(Lock& lock, Waiter& waiter, TimePoint deadline)
{
    const bool may_block = !is_blocked_ && !world_.calls_cross.load(std::memory_order_relaxed) &&
                           (!waiter.is_nested ||
                            (this_thread().serving == this && world_.reactor.has_one_connection()));
    ++reads_;
    lock.unlock();
    IoResult result = spin_for_bytes();
    if (result.status == IoResult::Status::would_block) {
        const Duration remaining =
            deadline == TimePoint::max() ? Duration(blocking_tick) * 2 : deadline - world_.clock.now();
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
    std::array<pollfd, 2> descriptors{};
    descriptors[0] = {stream_->descriptor(), static_cast<short>(POLLIN | (blocked ? POLLOUT : 0)), 0};
    descriptors[1] = {wake, POLLIN, 0};
    const auto wait = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::clamp(remaining, Duration::zero(), Duration(can_be_woken ? blocking_tick : unwakeable_tick)));
    const timespec timeout{static_cast<std::time_t>(wait.count() / 1'000'000'000), wait.count() % 1'000'000'000};
    ::ppoll(descriptors.data(), descriptors.size(), &timeout, nullptr);
    if (can_be_woken) {
        waiter.end_polling();
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
    } else if (expects_calls() || is_blocked_) {
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

void StreamConnection::release(const std::string& uri, std::uint32_t count, ObjectAlias& alias) noexcept
{
    try {
        Lock lock(mutex_);
        const std::uint64_t bound = alias.bound.exchange(0, std::memory_order_relaxed);
        ReleaseBody body{.alias = 0, .count = count, .uri = count != 0 ? std::string_view(uri) : std::string_view()};
        if (bound != 0 && bound >> 32U == (serial_ & 0xFFFF'FFFFU)) {
            body.alias = static_cast<std::uint32_t>(bound);
            free_object_aliases_.push_back(body.alias);
            object_aliases_cost_ -= std::exchange(object_alias_costs_[body.alias - 1], 0);
        }
        if (state_ == State::closed || (body.alias == 0 && count == 0)) {
            return;
        }
        Buffer frame;
        const std::size_t size = release_frame_size(body);
        write_release_frame({frame.append(size), size}, body);
        touch(lock);
        send_small(lock, std::as_const(frame).bytes());
    } catch (...) {
        // Out of memory: the peer keeps the object until the connection ends.
    }
}

}  // namespace remoting
