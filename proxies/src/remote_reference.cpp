// SPDX-License-Identifier: BSL-1.0
#include "remote_reference.hpp"

#include "object_session.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/current_call.hpp>
#include <remoting/messaging/sent_references.hpp>
#include <remoting/serialization/scoped_buffer.hpp>
#include <remoting/sinks/message_sink.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace remoting {

RemoteReference::RemoteReference(std::shared_ptr<World> world, ObjectUrl url, std::string uri)
    : world_(std::move(world)),
      url_(std::move(url)),
      uri_(std::move(uri)),
      address_(url_.endpoint()),
      is_received_(false),
      lane_(world_->next_lane())
{
}

RemoteReference::RemoteReference(std::shared_ptr<World> world, std::shared_ptr<Connection> connection,
                                 std::shared_ptr<SessionObjects> session, std::string uri)
    : world_(std::move(world)),
      uri_(std::move(uri)),
      address_(connection->address()),
      is_received_(true),
      session_(std::move(session)),
      connection_(std::move(connection))
{
}

RemoteReference::RemoteReference(std::shared_ptr<World> world, std::shared_ptr<Connection> home,
                                 std::shared_ptr<ObjectEntry> entry)
    : world_(std::move(world)),
      uri_(entry->uri()),
      address_(home->address()),
      is_received_(true),
      home_entry_(std::move(entry)),
      connection_(std::move(home))
{
}

RemoteReference::~RemoteReference()
{
    if (home_entry_ != nullptr) {
        world_->home().let_go(home_entry_);
    } else if (session_ != nullptr) {
        const auto [count, connection] = session_->forget(*this);
        if (connection != nullptr) {
            connection->release(uri_, count, alias_);
        }
    } else if (connection_ != nullptr) {
        connection_->release(uri_, 0, alias_);
    }
}

std::shared_ptr<RemoteReference> RemoteReference::beside(std::string uri) const
{
    if (home_entry_ != nullptr) {
        if (auto entry = world_->objects().find(uri)) {
            return std::make_shared<RemoteReference>(world_, connection_, std::move(entry));
        }
        throw RemotingError(ErrorCode::object_not_found, Executed::no, "this process is not a server");
    }
    if (is_received_) {
        return std::make_shared<RemoteReference>(world_, connection_, session_, std::move(uri));
    }
    ObjectUrl url = url_;
    url.object = uri;
    return std::make_shared<RemoteReference>(world_, std::move(url), std::move(uri));
}

bool RemoteReference::is_at(const Connection& connection) const
{
    if (!is_received_ && address_ == connection.address()) {
        return true;  // by name, whether it was called already or not
    }
    const std::lock_guard lock(mutex_);
    return connection_.get() == &connection;
}

std::shared_ptr<Connection> RemoteReference::ready_connection() const
{
    {
        const std::lock_guard lock(mutex_);
        if (home_entry_ != nullptr || (connection_ != nullptr && connection_->is_usable())) {
            return connection_;
        }
        if (session_ == nullptr) {
            // A peer that stops still takes the calls that running ones need.
            const bool may_go_on = current_call() != nullptr && connection_ != nullptr && !connection_->is_closed();
            return may_go_on ? connection_ : nullptr;
        }
    }
    auto now = session_->connection();
    const bool lasts = is_lasting();
    const std::lock_guard lock(mutex_);
    if (now != nullptr) {
        connection_ = std::move(now);
    }
    return connection_ == nullptr || (connection_->is_closed() && lasts) ? nullptr : connection_;
}

void RemoteReference::forget_connection() noexcept
{
    std::shared_ptr<Connection> gone;  // destroyed after the lock
    const std::lock_guard lock(mutex_);
    gone = std::move(connection_);
}

void RemoteReference::check_lasting() const
{
    if (session_ != nullptr && !is_lasting()) {
        throw RemotingError(ErrorCode::connection_lost, Executed::no, "the connection it was received over is closed");
    }
}

void RemoteReference::set_connection(const std::shared_ptr<Connection>& connection)
{
    const std::lock_guard lock(mutex_);
    if (waiting_ == 0) {
        connection_ = connection;
    }
}

std::shared_ptr<Connection> RemoteReference::own_connection(std::shared_ptr<Connection> fresh) const
{
    if (session_ == nullptr) {
        return fresh;
    }
    auto own = session_->connection();
    if (own == nullptr) {
        world_->sessions().try_another_lane(*session_, *fresh);
        throw RemotingError(ErrorCode::connection_lost, Executed::no,
                            "the connection it was received over is not back yet");
    }
    return own;
}

void RemoteReference::begin_wait()
{
    const std::lock_guard lock(mutex_);
    ++waiting_;
}

void RemoteReference::end_wait(const std::shared_ptr<Connection>& connection)
{
    const std::lock_guard lock(mutex_);
    if (--waiting_ == 0 && connection != nullptr) {
        connection_ = connection;
    }
}

std::shared_ptr<Connection> RemoteReference::connection(TimePoint deadline)
{
    if (auto ready = ready_connection()) {
        return ready;
    }
    check_lasting();
    bool is_leaving = false;
    {
        const std::lock_guard lock(mutex_);
        is_leaving = connection_ != nullptr && !connection_->is_closed();
    }
    try {
        auto fresh = own_connection(world_->connections().connect(url(), lane(), deadline));
        set_connection(fresh);
        return fresh;
    } catch (const RemotingError& error) {
        if (is_leaving && error.code() == ErrorCode::connect_failed) {
            throw RemotingError(ErrorCode::shutting_down, Executed::no, "the server is stopping");
        }
        throw;
    }
}

TimePoint RemoteReference::deadline_of(const MethodDescriptor& method, const CallOptions& call,
                                       const CallOptions& proxy) const
{
    Duration longest = world_->options().deadline;
    if (call.deadline) {
        longest = *call.deadline;
    } else if (proxy.deadline) {
        longest = *proxy.deadline;
    } else if (method.deadline_ms != 0) {
        longest = std::chrono::milliseconds(method.deadline_ms);
    } else if (method.takes_stream) {
        longest = infinite;
    }
    const TimePoint deadline = deadline_after(world_->clock().now(), longest);
    const CurrentCall* const outer = current_call();
    return outer != nullptr ? std::min(deadline, outer->deadline) : deadline;
}

RetryPlan RemoteReference::plan_of(const MethodDescriptor& method, const CallOptions& call,
                                   const CallOptions& proxy) const
{
    const bool idempotent = call.idempotent.value_or(proxy.idempotent.value_or(method.idempotent));
    return {world_->options().retry, world_->retry_budget(), *world_->options().random, idempotent};
}

CallContext RemoteReference::context_of(const CallOptions& call, const CallOptions& proxy)
{
    const CallContext* const current = call_context();
    CallContext context = current != nullptr ? *current : CallContext();
    context.merge(proxy.context);
    context.merge(call.context);
    return context;
}

void RemoteReference::call(const InterfaceDescriptor& interface, const MethodDescriptor& method, Values values,
                           const CallOptions& options)
{
    CallContext context = context_of({}, options);
    MethodCall call{interface, method, uri_, address_, values, deadline_of(method, {}, options), false, context};
    const MessageSinks& sinks = world_->options().message_sinks;
    const Overflow overflow = options.overflow.value_or(Overflow::wait);
    if (sinks.empty() || interface.is_internal()) {
        send(call, plan_of(method, {}, options), overflow);
        return;
    }
    run_sinks(sinks, call, [&] { send(call, plan_of(method, {}, options), overflow); });
}

void RemoteReference::send(const MethodCall& call, RetryPlan plan, Overflow overflow)
{
    const auto origin_of_call = [&] { return origin(call.interface, call.method); };
    bool may_have_run = false;
    for (;;) {
        std::shared_ptr<Connection> used;
        IncomingReply reply;
        try {
            attempt(call, overflow, used, reply);
        } catch (const RemotingError& error) {
            const auto pause =
                !is_lasting() ? std::nullopt
                              : plan.after(error.code(), error.executed(), used != nullptr, awaits_return());
            if (!pause || call.deadline - world_->clock().now() <= *pause || !world_->pause(*pause)) {
                const bool is_known = !may_have_run || error.executed() != Executed::no;
                raise(error.code(), is_known ? error.executed() : Executed::maybe, error.cause(), origin_of_call());
            }
            may_have_run = may_have_run || error.executed() != Executed::no;
            continue;
        }
        world_->retry_budget().succeeded();
        if (!call.method.one_way) {
            world_->formatter().decode(call.method, call.values, reply, &used->marshaller(), origin_of_call,
                                       [&](const CallContext& changes) { merge_changes(call.context, changes); });
        }
        return;
    }
}

void RemoteReference::attempt(const MethodCall& call, Overflow overflow, std::shared_ptr<Connection>& used,
                              IncomingReply& reply)
{
    used = connection(call.deadline);
    ScopedBuffer arguments;
    SentReferences references;
    {
        const SentReferences::Scope scope(references);
        world_->formatter().encode(call.method, call.values, call.context, &used->marshaller(), *arguments);
    }
    references.append_list(*arguments);
    CallChain chain;
    OutgoingCall request{call.interface, call.method, uri_, alias_, *arguments, call.deadline, references};
    request.has_context = !call.context.empty();
    request.overflow = overflow;
    if (const CurrentCall* const outer = current_call()) {
        chain = {outer->chain.id, static_cast<std::uint16_t>(outer->chain.depth + 1)};
        request.chain = &chain;
    }
    if (call.method.one_way) {
        used->send(request);
    } else {
        reply = used->call(request);
    }
}

void RemoteReference::merge_changes(CallContext& sent, const CallContext& changes)
{
    sent.merge(changes);
    if (CallContext* const current = call_context()) {
        current->merge(changes);
    }
}

ErrorOrigin RemoteReference::origin(const InterfaceDescriptor& interface, const MethodDescriptor& method) const
{
    return {std::string(interface.name) + "." + std::string(method.name),
            is_activation_uri(uri_) ? std::string() : uri_, address_};
}

void RemoteReference::raise(ErrorCode code, Executed executed, const std::string& cause, ErrorOrigin origin) const
{
    const bool is_unsent =
        executed == Executed::no && (code == ErrorCode::connection_lost || code == ErrorCode::shutting_down);
    if (is_unsent && session_ != nullptr && is_over()) {
        throw RemotingError(ErrorCode::object_not_found, Executed::no,
                            "its session has ended: " + cause, std::move(origin));
    }
    throw RemotingError(code, executed, cause, std::move(origin));
}

void RemoteReference::ping(Duration longest)
{
    const TimePoint deadline = deadline_after(world_->clock().now(), longest);
    connection(deadline)->ping(deadline);
}

}  // namespace remoting
