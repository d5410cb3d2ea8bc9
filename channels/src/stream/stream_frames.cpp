// SPDX-License-Identifier: BSL-1.0
#include "stream_connection.hpp"

#include <remoting/errors/exceptions.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

namespace remoting {

namespace {

constexpr std::uint32_t alias_limit = 1U << 20U;

}  // namespace

StreamConnection::Turnout StreamConnection::feed(const IoResult& result)
{
    const Turnout turnout = handle_bytes(result);
    if (turnout == Turnout::closed) {
        // What came before the end in the same read: nobody would get the answers.
        for (std::size_t i = 0; i < arrived_.size(); ++i) {
            call_ended();
        }
        arrived_.clear();
        for (const BegunFrame& begun : begun_) {
            if (begun.is_accepted) {
                call_ended();
            }
        }
        begun_.clear();
    }
    return turnout;
}

StreamConnection::Turnout StreamConnection::handle_bytes(const IoResult& result)
{
    if (result.status != IoResult::Status::done) {
        close(ErrorCode::connection_lost,
              result.error != 0 ? std::strerror(result.error) : "the peer closed the connection");
        return Turnout::closed;
    }
    last_heard_.store(world_.clock.now(), std::memory_order_relaxed);
    decoder_.commit(result.bytes);
    for (;;) {
        FrameHeader header;
        Payload payload;
        switch (decoder_.next(header, payload)) {
            case FrameDecoder::Status::need_more:
                return Turnout::alive;
            case FrameDecoder::Status::too_long:
                return violated(ErrorCode::limit_exceeded,
                                fmt::format("a message of {} bytes; at most {} are accepted here", header.size,
                                            world_.limits.message_size));
            case FrameDecoder::Status::malformed:
                return violated(ErrorCode::protocol_error,
                                "an unknown kind of frame that must not be skipped, or a piece of none");
            case FrameDecoder::Status::begun:
                if (handle_beginning(header, payload) == Turnout::closed) {
                    return Turnout::closed;
                }
                break;
            case FrameDecoder::Status::frame:
                if (handle_frame(header, std::move(payload)) == Turnout::closed) {
                    return Turnout::closed;
                }
                break;
        }
    }
}

StreamConnection::Turnout StreamConnection::handle_frame(const FrameHeader& header, Payload&& payload)
{
    if (peer_hello_.maximum_message == 0 && header.kind != FrameKind::close) {
        return header.kind == FrameKind::hello ? handle_hello(payload)
                                               : violated(ErrorCode::protocol_error, "the first frame is not a hello");
    }
    switch (header.kind) {
        case FrameKind::request:
            return handle_request(header, std::move(payload));
        case FrameKind::piece:
            return violated(ErrorCode::protocol_error, "a piece that belongs nowhere");
        case FrameKind::reply:
            return handle_reply(header, std::move(payload));
        case FrameKind::release:
            return handle_release(payload);
        case FrameKind::held:
            return handle_held(header, payload);
        case FrameKind::goodbye:
            handle_goodbye(header.id);
            return Turnout::alive;
        case FrameKind::ping: {
            Lock lock(mutex_);
            if (has_room()) {  // else the peer does not read them anyway
                send_small(lock, make_frame(FrameKind::pong, header.id));
            }
            return Turnout::alive;
        }
        case FrameKind::close:
            return handle_close(header, payload);
        case FrameKind::hello:
            return violated(ErrorCode::protocol_error, "a second hello");
        case FrameKind::cancel:
            handle_cancel(header.id, error_code_of(header.code) == ErrorCode::deadline_exceeded
                                         ? ErrorCode::deadline_exceeded
                                         : ErrorCode::cancelled);
            return Turnout::alive;
        case FrameKind::pong:
            handle_pong(header.id);
            return Turnout::alive;
    }
    return Turnout::alive;
}

StreamConnection::Turnout StreamConnection::handle_held(const FrameHeader& header, const Payload& payload)
{
    return session_->peer_holds(payload.bytes, (header.flags & flag_last_held) != 0)
               ? Turnout::alive
               : violated(ErrorCode::protocol_error, "a malformed list of what it holds");
}

void StreamConnection::forget_object(BoundObject& object)
{
    if (!object.interface_name.empty()) {
        names_cost_ -= bound_names_cost(object.uri.size() + object.interface_name.size());
    }
    object = {};
}

StreamConnection::Turnout StreamConnection::bind_names(const RequestHead& head)
{
    const std::size_t names = head.uri.size() + head.interface_name.size() + head.method_name.size();
    if (names > world_.limits.header_size) {
        return violated(ErrorCode::limit_exceeded, fmt::format("names of {} bytes; at most {} are accepted here", names,
                                                               world_.limits.header_size));
    }
    if (head.defines_object()) {
        if (head.object_alias == objects_.size() + 1 && objects_.size() < alias_limit) {
            objects_.emplace_back();
        }
        if (head.object_alias == 0 || head.object_alias > objects_.size()) {
            return violated(ErrorCode::protocol_error, "an object alias out of order");
        }
        forget_object(objects_[head.object_alias - 1]);
        objects_[head.object_alias - 1] = {std::string(head.uri), std::string(head.interface_name), {}};
        names_cost_ += bound_names_cost(head.uri.size() + head.interface_name.size());
    }
    if (head.defines_method()) {
        if (head.method_alias != methods_.size() + 1 || methods_.size() >= alias_limit) {
            return violated(ErrorCode::protocol_error, "a method alias out of order");
        }
        methods_.push_back({std::string(head.method_name), nullptr, nullptr});
        names_cost_ += bound_names_cost(head.method_name.size());
    }
    if (names_cost_ > bound_names_limit) {
        return violated(ErrorCode::limit_exceeded,
                        fmt::format("object and method names that cost more than {} bytes", bound_names_limit));
    }
    if (head.object_alias == 0 || head.object_alias > objects_.size() || head.method_alias == 0 ||
        head.method_alias > methods_.size() || objects_[head.object_alias - 1].interface_name.empty()) {
        return violated(ErrorCode::protocol_error, "an alias that was never defined");
    }
    return Turnout::alive;
}

StreamConnection::Turnout StreamConnection::handle_request(const FrameHeader& header, Payload&& payload)
{
    BegunFrame begun = begun_.empty() ? BegunFrame() : take_begun(header);
    if (begun.id != 0) {
        payload.bytes = payload.bytes.subspan(begun.head_size);
    } else if (begin_request(header, payload.bytes, begun) == Turnout::closed) {
        return Turnout::closed;
    }
    return finish_request(std::move(begun), std::move(payload));
}

/// From its head, which is taken off `body`: the request counts as accepted, in the order of its first bytes.
StreamConnection::Turnout StreamConnection::begin_request(const FrameHeader& header, std::span<const std::byte>& body,
                                                          BegunFrame& begun)
{
    const auto head = read_request_head(header.flags, body);
    if (!head) {
        return violated(ErrorCode::protocol_error, "a malformed request");
    }
    if (bind_names(*head) == Turnout::closed) {
        return Turnout::closed;
    }
    begun.has_references = head->has_references;
    begun.mentions_objects = head->mentions_receiver;
    IncomingCall& call = begun.call;
    const bool is_awaited_here = head->chain && is_awaited(*head->chain);
    bool is_refused = false;
    call.chain = head->chain ? *head->chain : CallChain{CallChain::root(peer_hello_.token, header.id), 0};
    {
        Lock lock(mutex_);
        if (header.id <= last_accepted_) {
            lock.unlock();
            return violated(ErrorCode::protocol_error, "call ids that do not rise");
        }
        const auto is_nested = [&] { return is_awaited_here || (head->chain && continues_started(*head->chain)); };
        if (said_goodbye_ && !is_nested()) {
            return Turnout::alive;  // the goodbye tells the peer that it was not accepted
        }
        const std::size_t limit = world_.limits.requests_in_flight;
        // One after the other goes as deep as it may, and side by side as many run as of any caller.
        const auto is_whole = [&] {
            return served_calls_.count_of(head->chain->id) >= limit + world_.limits.call_depth;
        };
        if (!head->one_way && served_calls_.size() >= limit && (!is_nested() || is_whole())) {
            if (!head->chain) {
                lock.unlock();
                return violated(ErrorCode::limit_exceeded,
                                fmt::format("more than {} requests in flight", world_.limits.requests_in_flight));
            }
            is_refused = true;  // the peer cannot know that nobody waits for its chain any more
        }
        last_accepted_ = header.id;
        if (head->one_way) {
            ++one_ways_;
        } else {
            served_calls_.add(header.id, call.chain);
        }
        served_.fetch_add(1, std::memory_order_acq_rel);
        begun.is_accepted = true;
    }
    call.id = header.id;
    call.one_way = head->one_way;
    call.has_context = head->has_context;
    if (head->deadline_ms != 0) {
        call.deadline = last_heard_.load(std::memory_order_relaxed) + std::chrono::milliseconds(head->deadline_ms);
    }
    if (call.chain.depth >= world_.limits.call_depth) {
        call.refusal = std::make_exception_ptr(
            RemotingError(ErrorCode::depth_exceeded, Executed::no,
                          fmt::format("more than {} calls are nested in each other", world_.limits.call_depth)));
    } else if (is_refused) {
        call.refusal = std::make_exception_ptr(RemotingError(
            ErrorCode::resource_exhausted, Executed::no,
            fmt::format("{} requests are in flight, and nobody waits for this call's chain, or {} of them "
                        "belong to it",
                        world_.limits.requests_in_flight,
                        world_.limits.requests_in_flight + world_.limits.call_depth)));
    } else {
        world_.dispatch.resolve(objects_[head->object_alias - 1], methods_[head->method_alias - 1], call, this);
    }
    return Turnout::alive;
}

StreamConnection::Turnout StreamConnection::finish_request(BegunFrame&& begun, Payload&& payload)
{
    if (!accept_references(begun.has_references, begun.mentions_objects, payload)) {
        if (begun.is_accepted) {
            call_ended();
        }
        return violated(ErrorCode::protocol_error, "a malformed list of references");
    }
    if (!begun.is_accepted) {
        return Turnout::alive;
    }
    begun.call.connection = shared_from_this();
    begun.call.arguments = std::move(payload);
    arrived_.push_back(std::move(begun.call));
    return Turnout::alive;
}

/// The first piece of a frame.
StreamConnection::Turnout StreamConnection::handle_beginning(const FrameHeader& header, const Payload& part)
{
    if (peer_hello_.maximum_message == 0) {
        return violated(ErrorCode::protocol_error, "the first frame is not a hello");
    }
    BegunFrame begun{.kind = header.kind,
                     .id = header.id,
                     .arrival = session_->payload_arrived({}, {}, (header.flags & flag_mentions) != 0)};
    auto body = part.bytes;
    if (header.kind == FrameKind::request && begin_request(header, body, begun) == Turnout::closed) {
        return Turnout::closed;
    }
    begun.head_size = part.bytes.size() - body.size();
    begun_.push_back(std::move(begun));
    return Turnout::alive;
}

/// What there was of a frame that is complete now; nothing mostly.
StreamConnection::BegunFrame StreamConnection::take_begun(const FrameHeader& header)
{
    BegunFrame begun;
    const auto found = std::ranges::find_if(
        begun_, [&](const BegunFrame& other) { return other.kind == header.kind && other.id == header.id; });
    if (found != begun_.end()) {
        begun = std::move(*found);
        begun_.erase(found);
    }
    return begun;
}

/// What the payload mentions is held with it, whether anybody decodes it or not. False when the list is malformed.
bool StreamConnection::accept_references(bool has_references, bool mentions_objects, Payload& payload)
{
    ReferenceList references;
    if (has_references) {
        const auto list = ReferenceList::take_from(payload.bytes);
        if (!list) {
            return false;
        }
        references = *list;
    }
    payload.references = session_->payload_arrived(payload.slab, references, mentions_objects);
    return true;
}

StreamConnection::Turnout StreamConnection::handle_reply(const FrameHeader& header, Payload&& payload)
{
    const BegunFrame begun = begun_.empty() ? BegunFrame() : take_begun(header);  // whose arrival lasts until now
    if (!accept_references((header.flags & flag_references) != 0, (header.flags & flag_mentions) != 0, payload)) {
        return violated(ErrorCode::protocol_error, "a malformed list of references");
    }
    Lock lock(mutex_);
    PendingCall* call = nullptr;
    const auto answer = pending_.close(header.id, call);
    if (answer == PendingCalls::Answer::unknown) {
        lock.unlock();
        return violated(ErrorCode::protocol_error, "a reply to a call that was not made");
    }
    if (answer == PendingCalls::Answer::found) {
        const unsigned executed = header.flags & executed_mask;
        IncomingReply reply{error_code_of(header.code),
                            executed <= 2 ? static_cast<Executed>(executed) : Executed::maybe, std::move(payload),
                            (header.flags & flag_context) != 0};
        if (call->is_started) {
            --started_;
            static_cast<StartedCall&>(*call).reply = std::move(reply);
            mutex_.put_aside(static_cast<StartedCall&>(*call));
        } else {
            static_cast<Waiter&>(*call).reply = std::move(reply);
            static_cast<Waiter&>(*call).notify(Waiter::done);
        }
    }
    admit_queued(lock);
    end_if_left(lock);
    return state_ == State::closed ? Turnout::closed : Turnout::alive;
}

StreamConnection::Turnout StreamConnection::handle_release(const Payload& payload)
{
    const auto body = read_release_body(payload.bytes);
    if (!body || body->alias > objects_.size()) {
        return violated(ErrorCode::protocol_error, "a malformed release");
    }
    if (body->alias != 0) {
        forget_object(objects_[body->alias - 1]);
    }
    if (body->count != 0) {
        session_->release(body->uri, body->count);
    }
    return Turnout::alive;
}

void StreamConnection::handle_goodbye(std::uint64_t last_accepted)
{
    Lock lock(mutex_);
    if (state_ != State::open) {
        return;
    }
    state_ = State::peer_leaving;
    is_usable_ = false;
    close_cause_ = "the peer is stopping";
    fail_queued(ErrorCode::shutting_down);
    pending_.end_above(last_accepted, [&](PendingCall& call) {
        const bool is_nested = call.is_started ? static_cast<StartedCall&>(call).request->chain != nullptr
                                               : static_cast<Waiter&>(call).is_nested();
        if (is_nested) {
            return false;  // the peer takes calls that its running ones need
        }
        started_ -= call.is_started ? 1U : 0U;
        fail(call, ErrorCode::shutting_down, Executed::no);
        return true;
    });
    is_left_ = true;
    end_if_left(lock);
}

void StreamConnection::fail(PendingCall& call, ErrorCode code, Executed executed)
{
    if (call.is_started) {
        static_cast<StartedCall&>(call).fail(code, executed, close_cause_);
        mutex_.put_aside(static_cast<StartedCall&>(call));
        return;
    }
    auto& waiter = static_cast<Waiter&>(call);
    waiter.has_failed = true;
    waiter.failure = code;
    waiter.failure_executed = executed;
    waiter.notify(Waiter::done);
}

void StreamConnection::fail_queued(ErrorCode code)
{
    for (const QueuedRequest& queued : std::exchange(queued_, {})) {
        fail(*queued.call, code, Executed::no);
    }
}

/// The peer does not wait for its call any more: the servant is told, and calls made for it that wait here give up.
void StreamConnection::handle_cancel(std::uint64_t id, ErrorCode why)
{
    std::shared_ptr<std::stop_source> stop;
    CallChain chain;
    {
        const Lock lock(mutex_);
        ServedCalls::Call* const call = served_calls_.find(id);
        if (call == nullptr || std::exchange(call->is_cancelled, true)) {
            return;
        }
        has_cancels_.store(true, std::memory_order_relaxed);
        stop = call->stop;
        chain = call->chain;
    }
    world_.chains.cancel(chain, why);
    if (stop != nullptr) {
        stop->request_stop();
    }
}

/// The peer said goodbye: whoever has nothing left to wait for closes.
void StreamConnection::end_if_left(Lock& lock)
{
    if (state_ == State::peer_leaving && pending_.size() == 0 && running_calls() == 0) {
        end(lock, ErrorCode::shutting_down, "the peer stopped");
    }
}

StreamConnection::Turnout StreamConnection::handle_close(const FrameHeader& header, const Payload& payload)
{
    const std::string_view text(reinterpret_cast<const char*>(payload.bytes.data()), payload.bytes.size());
    std::string cause = "the peer closed the connection: ";
    for (const char c : text.substr(0, 500)) {
        cause += c >= ' ' && c <= '~' ? c : '?';
    }
    const ErrorCode code = error_code_of(header.code);
    close(code == ErrorCode::ok || code == ErrorCode::user_exception ? ErrorCode::connection_lost : code, cause);
    return Turnout::closed;
}

/// The peer broke the protocol or a limit: it is told, then the connection ends.
StreamConnection::Turnout StreamConnection::violated(ErrorCode code, const std::string& cause)
{
    Lock lock(mutex_);
    const auto text = std::as_bytes(std::span(cause));
    std::vector<std::byte> frame(frame_header_size + text.size());
    write_header(std::span(frame).first<frame_header_size>(), {.size = static_cast<std::uint32_t>(text.size()),
                                                               .kind = FrameKind::close,
                                                               .code = static_cast<std::uint16_t>(code)});
    std::memcpy(frame.data() + frame_header_size, text.data(), text.size());
    send_small(lock, frame);
    end(lock, code, "the peer sent " + cause);
    return Turnout::closed;
}

}  // namespace remoting
