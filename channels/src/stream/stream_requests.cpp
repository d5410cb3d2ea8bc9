// SPDX-License-Identifier: BSL-1.0
#include "stream_connection.hpp"

#include <remoting/errors/exceptions.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace remoting {

namespace {

std::uint32_t remaining_ms(TimePoint deadline, TimePoint now) noexcept
{
    if (deadline == TimePoint::max()) {
        return 0;
    }
    const auto remaining = std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(remaining, 1, 0xFFFF'FFFF));
}

bool is_large(const OutgoingCall& call) noexcept
{
    return call.arguments.size() > whole_frame_limit - plain_request_head_size;
}

}  // namespace

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

/// Requests wait for one of the peer's places; those that continue a chain do not, or nesting would starve. One-way
/// calls take no place, but wait when the peer does not take their bytes, or for those before them.
bool StreamConnection::must_queue(const OutgoingCall& call, bool one_way) const noexcept
{
    if (!large_.empty() && (large_.holds(call.uri) || (is_large(call) && !large_.has_place()))) {
        return true;
    }
    if (one_way) {
        return !queued_.empty() || !has_room();
    }
    return call.chain == nullptr && (!queued_.empty() || pending_.size() >= peer_hello_.maximum_in_flight);
}

/// Long messages let others pass, so a few of them do not make a backlog.
bool StreamConnection::has_room() const noexcept
{
    return sending_.size() + outbox_.size() < backlog_limit && large_.size() <= 4 * world_.limits.message_size;
}

/// A one-way call that would have to wait: whether it is dropped instead. @throws RemotingError when it fails instead
bool StreamConnection::overflows(const OutgoingCall& call) const
{
    if (call.overflow == Overflow::fail) {
        throw RemotingError(ErrorCode::resource_exhausted, Executed::no,
                            fmt::format("the peer does not take its messages: {} bytes and {} calls wait",
                                        unsent_size(), queued_.size()));
    }
    return call.overflow == Overflow::drop;
}

void StreamConnection::admit_queued(Lock& lock)
{
    if (queued_.empty()) {
        return;
    }
    bool has_admitted = false;
    std::vector<std::string_view> held;  // objects that have one waiting already
    for (auto queued = queued_.begin(); queued != queued_.end() && state_ == State::open;) {
        if (large_.empty() && !has_place(*queued)) {
            break;
        }
        if (!large_.empty()) {
            const std::string_view object = queued->request->uri;
            if (!has_place(*queued) || large_.holds(object) || std::ranges::find(held, object) != held.end() ||
                (is_large(*queued->request) && !large_.has_place())) {
                held.push_back(object);
                ++queued;
                continue;
            }
        }
        has_admitted = true;
        const QueuedRequest next = *queued;
        queued = queued_.erase(queued);
        // Gathered even when nothing is before it: its caller may go away during a write.
        if (next.call->is_started) {
            begin_started(lock, static_cast<StartedCall&>(*next.call));
            continue;
        }
        auto& waiter = static_cast<Waiter&>(*next.call);
        waiter.is_unsent = false;
        gather(frame_of(*next.request, next.one_way ? nullptr : &waiter, world_.clock.now()), next.request->uri);
        if (next.one_way) {
            waiter.notify(Waiter::done);
        }
    }
    if (has_admitted) {
        flush(lock);
    }
}

bool StreamConnection::has_place(const QueuedRequest& queued) const noexcept
{
    return queued.one_way ? has_room()
                          : queued.request->chain != nullptr || pending_.size() < peer_hello_.maximum_in_flight;
}

void StreamConnection::look_for_outstanding(const Id128& chain, Outstanding& innermost) const
{
    const Lock lock(mutex_);
    pending_.for_each([&](const PendingCall& call) {
        const OutgoingCall* const request =
            call.is_started ? static_cast<const StartedCall&>(call).request : static_cast<const Waiter&>(call).request;
        if (request != nullptr && request->chain != nullptr && request->chain->id == chain &&
            request->chain->depth > innermost.depth) {
            innermost = {fmt::format("{}.{} on '{}' at {}", request->interface.name, request->method.name, request->uri,
                                     address_),
                         request->chain->depth};
        }
    });
}

bool StreamConnection::remove_queued(const PendingCall& call) noexcept
{
    return std::erase_if(queued_, [&](const QueuedRequest& queued) { return queued.call == &call; }) != 0;
}

/// Nobody waits for the answer any more; the peer may save itself the trouble.
void StreamConnection::abandon(Lock& lock, std::uint64_t id, ErrorCode why)
{
    if (pending_.find(id) != nullptr) {
        send_small(lock, give_up(id, why));
    }
}

/// Without a word to the peer yet: the frame that tells it.
std::array<std::byte, frame_header_size> StreamConnection::give_up(std::uint64_t id, ErrorCode why)
{
    started_ -= pending_.find(id)->is_started ? 1U : 0U;
    pending_.abandon(id);
    return make_frame(FrameKind::cancel, id, static_cast<std::uint16_t>(why));
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
    if (latest_method_.first != &call.method) {
        std::uint32_t& alias = method_aliases_[&call.method];
        if (alias == 0) {
            alias = ++last_method_alias_;
            head.method_name = call.method.name;
        }
        latest_method_ = {&call.method, alias};
    }
    head.method_alias = latest_method_.second;
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

/// The request with its head; opens `pending` unless it is null.
Buffer StreamConnection::frame_of(OutgoingCall& call, PendingCall* pending, TimePoint now)
{
    RequestHead head;
    head.mentions_receiver = call.references.mentions_receiver();
    head.has_references = call.references.leave();
    head.deadline_ms = remaining_ms(call.deadline, now);
    head.one_way = pending == nullptr;
    head.has_context = call.has_context;
    if (call.chain != nullptr) {
        head.chain = *call.chain;
    }
    fill_head(head, call);
    std::uint64_t id = 0;
    if (pending != nullptr) {
        pending_.open(*pending);
        id = pending->id;
    } else {
        id = pending_.next_id();
    }
    const std::size_t head_size = request_head_size(head);
    const std::size_t arguments_size = call.arguments.size();
    if (head_size <= call.arguments.head_room_left()) {
        write_request_head(call.arguments.prepend(head_size), id, head, arguments_size);
        return std::move(call.arguments);
    }
    Buffer whole;
    whole.reserve(head_size + arguments_size);
    write_request_head({whole.append(head_size), head_size}, id, head, arguments_size);
    whole.append(std::as_const(call.arguments).bytes());
    return whole;
}

void StreamConnection::send_request(Lock& lock, OutgoingCall& call, Waiter* waiter, TimePoint now)
{
    Buffer frame = frame_of(call, waiter, now);
    send_frame(lock, frame, waiter, call.uri);
    call.arguments = std::move(frame);  // its memory goes back to where it came from
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
