// SPDX-License-Identifier: BSL-1.0
#include "remote_reference.hpp"

#include "object_session.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/current_call.hpp>
#include <remoting/messaging/sent_references.hpp>
#include <remoting/serialization/scoped_buffer.hpp>
#include <remoting/sinks/message_sink.hpp>

#include <algorithm>
#include <utility>

namespace remoting {

RemoteReference::RemoteReference(std::shared_ptr<World> world, ObjectUrl url, std::string uri)
    : world_(std::move(world)),
      url_(std::move(url)),
      uri_(std::move(uri)),
      address_(url_.endpoint()),
      is_received_(false)
{
}

RemoteReference::RemoteReference(std::shared_ptr<World> world, std::shared_ptr<Connection> connection,
                                 std::string uri)
    : world_(std::move(world)),
      uri_(std::move(uri)),
      address_(connection->address()),
      is_received_(true),
      connection_(std::move(connection))
{
}

RemoteReference::~RemoteReference()
{
    if (connection_ != nullptr) {
        const std::uint32_t count =
            is_received_ ? static_cast<ObjectSession&>(connection_->marshaller()).forget(*this) : 0;
        connection_->release(uri_, count, alias_);
    }
}

bool RemoteReference::is_at(const Connection& connection) const
{
    if (!is_received_ && address_ == connection.address()) {
        return true;  // by name, whether it was called already or not
    }
    const std::lock_guard lock(mutex_);
    return connection_.get() == &connection;
}

std::shared_ptr<Connection> RemoteReference::connection(TimePoint deadline)
{
    std::shared_ptr<Connection> leaving;
    {
        const std::lock_guard lock(mutex_);
        if (is_received_) {
            return connection_;
        }
        if (connection_ != nullptr && connection_->is_usable()) {
            return connection_;
        }
        leaving = connection_;
    }
    const bool is_leaving = leaving != nullptr && !leaving->is_closed();
    if (is_leaving && current_call() != nullptr) {
        return leaving;  // a peer that stops still takes the calls that running ones need
    }
    try {
        auto fresh = world_->connect(url_, deadline);
        const std::lock_guard lock(mutex_);
        connection_ = fresh;
        return fresh;
    } catch (const RemotingError& error) {
        if (is_leaving && error.code() == ErrorCode::connect_failed) {
            throw RemotingError(ErrorCode::shutting_down, Executed::no, "the server is stopping");
        }
        throw;
    }
}

void RemoteReference::call(const InterfaceDescriptor& interface, const MethodDescriptor& method, Values values,
                           Duration longest)
{
    TimePoint deadline = deadline_after(world_->clock().now(), longest);
    if (const CurrentCall* const outer = current_call()) {
        deadline = std::min(deadline, outer->deadline);
    }
    const MessageSinks& sinks = world_->options().message_sinks;
    if (sinks.empty()) {
        send(interface, method, values, deadline);
        return;
    }
    MethodCall call{interface, method, uri_, address_, values, deadline, false};
    run_sinks(sinks, call, [&] { send(interface, method, values, call.deadline); });
}

void RemoteReference::send(const InterfaceDescriptor& interface, const MethodDescriptor& method, Values values,
                           TimePoint deadline)
{
    if (!try_send(interface, method, values, deadline, false)) {
        try_send(interface, method, values, deadline, true);
    }
}

/// False when the call was certainly not executed and another connection may do; then it may be tried once more.
bool RemoteReference::try_send(const InterfaceDescriptor& interface, const MethodDescriptor& method, Values values,
                               TimePoint deadline, bool is_last_try)
{
    const auto origin = [&] {
        return ErrorOrigin{std::string(interface.name) + "." + std::string(method.name),
                           is_activation_uri(uri_) ? std::string() : uri_, address_};
    };
    std::shared_ptr<Connection> used;
    IncomingReply reply;
    SentReferences references;
    try {
        used = connection(deadline);
        ScopedBuffer arguments;
        world_->formatter().encode(method, values, &used->marshaller(), *arguments);
        CallChain chain;
        OutgoingCall call{interface, method, uri_, alias_, *arguments, deadline, references};
        if (const CurrentCall* const outer = current_call()) {
            chain = {outer->chain.id, static_cast<std::uint16_t>(outer->chain.depth + 1)};
            call.chain = &chain;
        }
        if (method.one_way) {
            used->send(call);
            return true;
        }
        reply = used->call(call);
    } catch (const RemotingError& error) {
        const bool is_unsent = error.executed() == Executed::no && (error.code() == ErrorCode::connection_lost ||
                                                                    error.code() == ErrorCode::shutting_down);
        if (is_unsent && !is_received_ && !is_last_try && used != nullptr) {
            return false;
        }
        if (is_unsent && is_received_) {
            throw RemotingError(ErrorCode::object_not_found, Executed::no,
                                "the connection it was received over has ended: " + error.cause(), origin());
        }
        throw RemotingError(error.code(), error.executed(), error.cause(), origin());
    }
    world_->formatter().decode(method, values, reply, &used->marshaller(), origin);
    return true;
}

}  // namespace remoting
