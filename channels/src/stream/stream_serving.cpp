// SPDX-License-Identifier: BSL-1.0
#include "stream_connection.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/sent_references.hpp>
#include <remoting/serialization/scoped_buffer.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <utility>

namespace remoting {

namespace {

constexpr unsigned ticks_until_quiet = 20;
constexpr int rounds_on_own_loop = 16;

/// Replies that wait to leave, above which the peer is hostile: it reads nothing while it goes on asking.
std::size_t reply_limit(const Limits& limits) noexcept
{
    return 16 * (backlog_limit + limits.message_size);
}

bool takes_turn(const IncomingCall& call) noexcept
{
    return !call.refusal && call.object->takes_turns();
}

/// A call that left its reader: it waits for a worker, or for its object's turn.
class QueuedCall final : public WaitingCall {
public:
    explicit QueuedCall(IncomingCall call) : call_(std::move(call)) {}
    /// Unrun only when there is nobody left to run it. It has the turn then, as those that wait for it keep their
    /// object.
    ~QueuedCall() override
    {
        if (!has_run_ && takes_turn(call_)) {
            const auto object = call_.object;  // outlives its turn
            object->turn().abandon(call_.chain);
        }
    }

    const IncomingCall& call() const noexcept override { return call_; }
    bool is_needed() const override
    {
        return call_.chain.depth != 0 && static_cast<StreamConnection&>(*call_.connection).needs(call_.chain);
    }
    std::unique_ptr<WaitingCall> run() override
    {
        has_run_ = true;
        const auto connection = call_.connection;
        const bool has_turn = takes_turn(call_);
        if (has_turn) {
            call_.object->turn().run_here();
        }
        return static_cast<StreamConnection&>(*connection).execute(call_, has_turn);
    }

private:
    IncomingCall call_;
    bool has_run_ = false;
};

/// A call whose servant answers later. Keeps what it needs of the Client or Server.
class Deferred final : public DeferredCall {
public:
    Deferred(IncomingCall call, bool has_turn, std::shared_ptr<void> world)
        : world_(std::move(world)),
          call_(std::move(call)),
          has_turn_(has_turn)
    {
    }

    IncomingCall& call() noexcept override { return call_; }
    void reply(ReplyStatus status, Buffer& payload, SentReferences& references) noexcept override
    {
        static_cast<StreamConnection&>(*call_.connection)
            .finish_deferred(call_, has_turn_, status, payload, references);
        call_.reset();
    }

private:
    const std::shared_ptr<void> world_;
    IncomingCall call_;
    const bool has_turn_;
};

std::exception_ptr refusal(ErrorCode code, std::string cause)
{
    return std::make_exception_ptr(RemotingError(code, Executed::no, std::move(cause)));
}

}  // namespace

std::stop_token StreamConnection::stop_token(std::uint64_t id)
{
    std::shared_ptr<std::stop_source> stop;
    bool is_over = false;
    {
        const Lock lock(mutex_);
        if (ServedCalls::Call* const call = served_calls_.find(id)) {
            if (call->stop == nullptr) {
                call->stop = std::make_shared<std::stop_source>();
            }
            stop = call->stop;
            is_over = call->is_cancelled;
        } else if (state_ == State::closed) {
            stop = std::make_shared<std::stop_source>();
            is_over = true;
        }
    }
    if (is_over) {
        stop->request_stop();
    }
    return stop != nullptr ? stop->get_token() : std::stop_token();
}

bool StreamConnection::was_cancelled(const IncomingCall& call)
{
    if (!has_cancels_.load(std::memory_order_relaxed) || call.one_way) {
        return false;
    }
    const Lock lock(mutex_);
    const ServedCalls::Call* const served = served_calls_.find(call.id);
    return served != nullptr && served->is_cancelled;
}

/// Gives each call that arrived to who runs it: the thread that waits in its chain, this worker, which finds it in
/// arrived_, or another.
void StreamConnection::deliver_arrived(bool serving)
{
    std::erase_if(arrived_, [&](IncomingCall& call) {
        if (call.refusal) {
            execute(call, false);
            return true;
        }
        if (call.chain.depth != 0 && deliver_to_chain(call)) {
            return true;
        }
        if (!serving) {
            dispatch_to_worker(std::move(call));
        }
        return !serving;
    });
}

bool StreamConnection::deliver_to_chain(IncomingCall& call)
{
    const auto delivery = world_.chains.deliver(call);
    if (delivery == CallChains::Delivery::crosses) {
        world_.calls_cross.store(true, std::memory_order_relaxed);
    }
    if (delivery != CallChains::Delivery::none || deliver_to_root(call)) {
        return true;
    }
    const auto home = world_.find_by_token(call.chain.id.high);
    if (home != nullptr && home.get() != this && home->deliver_to_root(call)) {
        world_.calls_cross.store(true, std::memory_order_relaxed);
        return true;
    }
    return false;
}

bool StreamConnection::deliver_to_root(IncomingCall& call)
{
    if (call.chain.id.high != token_.high) {
        return false;
    }
    const Lock lock(mutex_);
    PendingCall* const pending = pending_.find(CallChain::root_call(token_, call.chain.id));
    if (pending == nullptr || pending->is_started || static_cast<Waiter&>(*pending).is_nested()) {
        return false;
    }
    put_into_inbox(static_cast<Waiter&>(*pending), std::move(call));
    return true;
}

/// A chain counts as such only while a call made here waits for its end, in a thread or not: then its calls need no
/// credit, or nesting would starve. The peer may claim any chain.
bool StreamConnection::is_awaited(const CallChain& chain)
{
    const auto is_root_of = [&](StreamConnection& connection) {
        const Lock lock(connection.mutex_);
        return connection.token_.high == chain.id.high &&
               connection.pending_.find(CallChain::root_call(connection.token_, chain.id)) != nullptr;
    };
    if (world_.chains.contains(chain) || is_root_of(*this)) {
        return true;
    }
    const auto home = world_.find_by_token(chain.id.high);
    return home != nullptr && is_root_of(*home);
}

bool StreamConnection::needs(const CallChain& chain)
{
    if (is_awaited(chain)) {
        return true;
    }
    return std::ranges::any_of(world_.reactor.connections(), [&](const auto& connection) {
        const Lock lock(connection->mutex_);
        return connection->continues_started(chain);
    });
}

/// Whether a call that continues the chain went out here, and no thread waits for it. The mutex is held.
bool StreamConnection::continues_started(const CallChain& chain) const noexcept
{
    bool is_found = false;
    pending_.for_each([&](const PendingCall& call) {
        if (call.is_started) {
            const CallChain* const continued = static_cast<const StartedCall&>(call).request->chain;
            is_found = is_found || (continued != nullptr && continued->id == chain.id);
        }
    });
    return is_found;
}

/// A worker reads and runs calls until the connection is quiet, somebody else reads, or it is closed.
void StreamConnection::serve()
{
    ThreadContext& thread = this_thread();
    thread.serving = this;
    IoResult result = stream_->read_some(decoder_.prepare());
    // On the user's io_context other handlers want their turn, too.
    const int rounds = world_.reactor.is_external() ? rounds_on_own_loop : std::numeric_limits<int>::max();
    for (int round = 0;; ++round) {
        Next next = Next::look;
        if (result.status != IoResult::Status::would_block) {
            if (feed(result) == Turnout::closed) {
                break;
            }
            deliver_arrived(true);
            next = run_ready();
        }
        if (next == Next::leave) {
            break;
        }
        if (round == rounds) {  // with nothing read that was not looked at
            Lock lock(mutex_);
            if (is_reader() && state_ != State::closed) {
                leave_reading(lock);
            }
            break;
        }
        result = await_request(next);
        if (result.status == IoResult::Status::would_block) {
            break;
        }
    }
    thread.serving = nullptr;
}

/// The mutex is held.
StreamConnection::Next StreamConnection::next_read() const
{
    if (!is_reader() || state_ == State::closed) {
        return Next::leave;
    }
    if (is_backlogged()) {
        return Next::rest;
    }
    return is_blocked_ || !parked_.empty() ? Next::look : Next::wait;
}

/// Without a result the connection was given back to epoll.
IoResult StreamConnection::await_request(Next next)
{
    IoResult result{.status = IoResult::Status::would_block};
    if (next != Next::rest) {
        result = spin_for_bytes();
        if (result.status != IoResult::Status::would_block) {
            return result;
        }
    }
    if (next == Next::wait && world_.reactor.begin_blocking()) {
        result = stream_->read_some_wait(decoder_.prepare());
        world_.reactor.end_blocking();
    }
    if (result.status == IoResult::Status::would_block) {
        Lock lock(mutex_);
        if (is_reader() && state_ != State::closed) {
            leave_reading(lock);
        }
    }
    return result;
}

void StreamConnection::feed_from_poll()
{
    for (int i = 0; i < 16; ++i) {
        const IoResult result = stream_->read_some(decoder_.prepare());
        if (result.status == IoResult::Status::would_block) {
            break;
        }
        if (feed(result) == Turnout::closed) {
            return;
        }
        deliver_arrived(false);
    }
    Lock lock(mutex_);
    if (!is_reader()) {
        return;
    }
    leave_reading(lock);
    if (reader_ == nullptr && parked_.empty() && state_ != State::closed) {
        hand_reading_to_epoll(lock);
    }
}

/// Runs what arrived for this worker, as long as it is the reader.
StreamConnection::Next StreamConnection::run_ready()
{
    Lock lock(mutex_);
    ++reads_;
    ready_.take(arrived_);
    bool has_just_come = true;
    while (is_reader() && !ready_.empty()) {
        {
            IncomingCall call = ready_.pop();
            const bool runs_here = call.object->executor() == nullptr;
            const bool has_turn = runs_here && takes_turn(call) && call.object->turn().try_enter(call);
            if (!runs_here || (!has_turn && takes_turn(call))) {
                dispatch_to_worker(std::move(call));  // queues up for the turn, before anybody can get those behind it
                continue;
            }
            is_running_inline_ = true;
            ++inline_runs_;
            touch(lock);
            lock.unlock();
            auto next = execute(call, has_turn, std::exchange(has_just_come, false));
            while (next != nullptr) {
                next = next->run();
            }
        }
        lock.lock();
        if (is_reader()) {
            is_running_inline_ = false;
        }
    }
    flush(lock);
    return next_read();
}

std::unique_ptr<WaitingCall> StreamConnection::execute(IncomingCall& call, bool has_turn, bool has_just_come)
{
    if (!has_turn && takes_turn(call)) {
        const auto object = call.object;
        if (!object->turn().try_enter(call)) {
            // When the turn came meanwhile, the call comes back; otherwise it runs when its turn comes.
            return object->turn().enter_or_wait(std::make_unique<QueuedCall>(std::move(call)));
        }
        has_turn = true;
    }
    if (!has_just_come && !call.refusal && call.deadline != TimePoint::max() && world_.clock.now() >= call.deadline) {
        call.refusal = refusal(ErrorCode::deadline_exceeded, "the deadline passed before the call was dispatched");
    }
    if (!call.refusal && world_.has_stopped.load(std::memory_order_relaxed)) {
        call.refusal = refusal(ErrorCode::shutting_down, "the server stopped before the call's turn came");
    }
    if (!call.refusal && was_cancelled(call)) {
        call.refusal = refusal(ErrorCode::cancelled, "the caller gave the call up before it was dispatched");
    }
    SentReferences references;
    ScopedBuffer reply;
    const auto take_over = [&](IncomingCall& taken) -> std::unique_ptr<DeferredCall> {
        if (has_turn) {
            taken.object->turn().leave_thread();
        }
        return std::make_unique<Deferred>(std::move(taken), has_turn, world_.keep_alive());
    };
    const Defer defer = take_over;
    ReplyStatus status;
    {
        const SentReferences::Scope scope(references);
        status = world_.formatter.process(call, *reply, &defer);
    }
    if (status.is_deferred) {
        return nullptr;
    }
    auto next = has_turn ? call.object->turn().leave() : nullptr;
    if (call.one_way) {
        one_way_ended();
    } else {
        send_reply(call, status, *reply, references);
    }
    call_ended();
    return next;
}

void StreamConnection::finish_deferred(const IncomingCall& call, bool has_turn, ReplyStatus status, Buffer& reply,
                                       SentReferences& references) noexcept
{
    auto next = has_turn ? call.object->turn().leave() : nullptr;
    if (call.one_way) {
        one_way_ended();
    } else {
        send_reply(call, status, reply, references);
    }
    call_ended();
    if (next != nullptr) {
        post_call(call.object->executor(), std::move(next));
    }
}

/// Runs a call that has its object's turn, where its servant is to run.
void StreamConnection::post_call(const std::shared_ptr<ServantExecutor>& executor, std::unique_ptr<WaitingCall> call)
{
    if (executor == nullptr) {
        world_.reactor.post(std::move(call));
        return;
    }
    auto shared = std::make_shared<std::unique_ptr<WaitingCall>>(std::move(call));  // std::function copies
    executor->post([shared, world = world_.keep_alive()] {
        for (auto next = std::move(*shared); next != nullptr;) {
            next = next->run();
        }
    });
}

void StreamConnection::dispatch_to_worker(IncomingCall call)
{
    if (call.refusal) {
        execute(call, false);
        return;
    }
    const bool takes = takes_turn(call);
    const auto object = call.object;
    std::unique_ptr<WaitingCall> queued = std::make_unique<QueuedCall>(std::move(call));
    if (takes) {
        queued = object->turn().enter_or_wait(std::move(queued));  // now, so that the order of arrival is kept
    }
    if (queued != nullptr) {
        post_call(object->executor(), std::move(queued));
    }
}

void StreamConnection::send_reply(const IncomingCall& call, ReplyStatus status, Buffer& reply,
                                  SentReferences& references)
{
    bool may_mention_objects = status.code == ErrorCode::ok || status.code == ErrorCode::user_exception;
    if (may_mention_objects) {
        references.append_list(reply);
    }
    if (reply.size() > peer_hello_.maximum_message) {
        const std::string cause = fmt::format("the results take {} bytes; the caller accepts messages of at most {}",
                                              reply.size(), peer_hello_.maximum_message);
        status = {ErrorCode::limit_exceeded, Executed::yes};
        may_mention_objects = false;
        ServerFormatterSink::write_error(reply, cause);
    }
    unsigned mentions = 0;
    if (may_mention_objects) {
        mentions = (references.mentions_receiver() ? unsigned{flag_mentions} : 0U) |
                   (references.leave() ? unsigned{flag_references} : 0U);
    }
    const FrameHeader header{.size = static_cast<std::uint32_t>(reply.size()),
                             .kind = FrameKind::reply,
                             .flags = static_cast<std::uint8_t>(static_cast<unsigned>(status.executed) | mentions |
                                                                (status.has_context ? unsigned{flag_context} : 0U)),
                             .code = static_cast<std::uint16_t>(status.code),
                             .id = call.id};
    write_header(reply.prepend(frame_header_size).first<frame_header_size>(), header);
    Lock lock(mutex_);
    served_calls_.remove(call.id);  // before the peer can see the reply and send its next request
    if (state_ == State::closed) {
        return;
    }
    if (is_reader() && !ready_.empty() && is_running_inline_) {
        gather(std::move(reply), {});  // leaves with the replies to the other calls that came with this one
        return;
    }
    if (unsent_size() > reply_limit(world_.limits)) {
        end(lock, ErrorCode::limit_exceeded, "the peer does not take its replies");
        return;
    }
    send_frame(lock, reply, nullptr, {});
}

void StreamConnection::one_way_ended()
{
    Lock lock(mutex_);
    --one_ways_;
    if (is_paused_ && state_ != State::closed) {
        watch(lock);
    }
}

void StreamConnection::call_ended() noexcept
{
    if (served_.fetch_sub(1, std::memory_order_acq_rel) != 1) {
        return;
    }
    if (is_left_.load(std::memory_order_acquire)) {
        Lock lock(mutex_);
        end_if_left(lock);
    }
    if (world_.is_stopping.load(std::memory_order_acquire)) {
        const std::lock_guard lock(world_.drain_mutex);
        world_.drained.notify_all();
    }
}

StreamConnection::Watched StreamConnection::monitor_tick()
{
    Lock lock(mutex_);
    if (state_ == State::closed) {
        is_hot_.store(false, std::memory_order_relaxed);
        return Watched::not_at_all;
    }
    if (state_ == State::handshaking) {
        if (world_.clock.now() >= hello_deadline_) {
            end(lock, was_accepted_ ? ErrorCode::unauthenticated : ErrorCode::deadline_exceeded,
                "the peer did not say hello in time");
            return Watched::not_at_all;
        }
        return Watched::closely;
    }
    bool is_active = reads_ != seen_reads_;
    const bool is_calm = is_active && !is_running_inline_ && !is_blocked_;
    seen_reads_ = reads_;
    if (is_running_inline_) {
        is_active = true;
        if (inline_runs_ == seen_inline_runs_) {  // the servant takes long: others read on
            is_running_inline_ = false;
            pass_on_ready();
            reader_ = nullptr;
            leave_reading(lock);
            if (reader_ == nullptr && parked_.empty()) {
                hand_reading_to_epoll(lock);
            }
            flush(lock);
        }
        seen_inline_runs_ = inline_runs_;
    } else if (!is_active && reader_ == nullptr && parked_.empty()) {
        hand_reading_to_epoll(lock);
    }
    if (is_blocked_) {
        is_active = true;
        if (world_.clock.now() - blocked_since_ > world_.limits.write_stall) {
            end(lock, ErrorCode::connection_lost, "the peer took no bytes for too long");
            return Watched::not_at_all;
        }
    }
    quiet_ticks_ = is_active ? 0 : quiet_ticks_ + 1;
    if (quiet_ticks_ > ticks_until_quiet) {
        if (reader_ == &watched_) {
            decoder_.release_memory();
        }
        quiet_ticks_ = 0;
        is_hot_.store(false, std::memory_order_relaxed);
        return Watched::not_at_all;
    }
    return is_calm ? Watched::calmly : Watched::closely;
}

}  // namespace remoting
