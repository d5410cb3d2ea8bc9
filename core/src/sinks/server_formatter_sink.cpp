// SPDX-License-Identifier: BSL-1.0
#include <remoting/sinks/server_formatter_sink.hpp>

#include <remoting/channels/connection.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/context_codec.hpp>
#include <remoting/messaging/current_call.hpp>
#include <remoting/serialization/archive.hpp>
#include <remoting/sinks/exception_codec.hpp>

#include "async_invocation.hpp"
#include "errors/say.hpp"

#include <fmt/format.h>

#include <memory>
#include <stdexcept>
#include <utility>

namespace remoting {

namespace {

void write(Buffer& reply, std::initializer_list<std::string> texts)
{
    reply.clear();
    OutputArchive archive(reply);
    for (const std::string& text : texts) {
        archive& printable(text);
    }
}

}  // namespace

ReplyStatus ServerFormatterSink::process(IncomingCall& call, Buffer& reply, const Defer* defer) const noexcept
{
    DispatchSink::Outcome outcome;
    try {
        try {
            return run(call, reply, outcome, defer);
        } catch (...) {
            return report(call, reply, outcome.has_started);
        }
    } catch (...) {
        reply.clear();
        return {ErrorCode::internal, outcome.has_started ? Executed::maybe : Executed::no};
    }
}

/// The reply of a call that was deferred: `encode` writes the results or throws what the servant did.
ReplyStatus ServerFormatterSink::finish(const IncomingCall& call, Buffer& reply, bool has_started,
                                        FunctionRef<void()> encode) const noexcept
{
    try {
        try {
            encode();
            return complete(call, reply);
        } catch (...) {
            return report(call, reply, has_started);
        }
    } catch (...) {
        reply.clear();
        return {ErrorCode::internal, has_started ? Executed::maybe : Executed::no};
    }
}

ReplyStatus ServerFormatterSink::run(IncomingCall& call, Buffer& reply, DispatchSink::Outcome& outcome,
                                     const Defer* defer) const
{
    if (call.refusal) {
        std::rethrow_exception(call.refusal);
    }
    Buffer arguments;
    for (auto sink = byte_sinks_.rbegin(); sink != byte_sinks_.rend(); ++sink) {
        Buffer decoded;
        try {
            (*sink)->incoming(call.arguments.bytes, decoded);
        } catch (const RemotingError& error) {
            throw RemotingError(error.code(), Executed::no, error.cause());
        } catch (const std::exception& error) {
            throw RemotingError(ErrorCode::invalid_payload, Executed::no, error.what());
        } catch (...) {
            throw RemotingError(ErrorCode::invalid_payload, Executed::no, "a byte sink failed");
        }
        arguments = std::move(decoded);
        call.arguments.bytes = {arguments.data(), arguments.size()};
    }
    if (call.has_context) {
        call.context = take_context(call.arguments.bytes, next_.limits());
    }
    const CurrentCallScope scope({call.chain, call.deadline, call.connection.get(), call.one_way ? 0 : call.id,
                                  &call.context, call.object->name()});
    next_.dispatch(call, reply, outcome);
    if (outcome.later.is_async()) {
        if (defer == nullptr) {
            throw std::logic_error("a servant that answers later, where nobody waits for that");
        }
        AsyncInvocation::start(*this, std::move(outcome.later), (*defer)(call));
        return {.is_deferred = true};
    }
    return complete(call, reply);
}

/// What goes behind and around the results.
ReplyStatus ServerFormatterSink::complete(const IncomingCall& call, Buffer& reply) const
{
    ReplyStatus status;
    if (!call.one_way) {
        status.has_context = append_changes(reply, call.context);
        for (const auto& sink : byte_sinks_) {
            sink->outgoing(reply);
        }
    }
    return status;
}

/// The reply for the exception being handled.
ReplyStatus ServerFormatterSink::report(const IncomingCall& call, Buffer& reply, bool has_started) const
{
    ReplyStatus status = write_failure(call, reply, has_started);
    status.has_context = append_changes(reply, call.context);
    return status;
}

ReplyStatus ServerFormatterSink::write_failure(const IncomingCall& call, Buffer& reply, bool has_started) const
{
    const Executed executed = has_started ? Executed::yes : Executed::no;
    reply.clear();
    try {
        throw;
    } catch (const UserException& exception) {
        if (call.method != nullptr && is_declared(call.method->throws, exception.remoting_descriptor())) {
            OutputArchive archive(reply, call.connection ? &call.connection->marshaller() : nullptr);
            encode_exception(archive, exception);
            return {ErrorCode::user_exception, Executed::yes};
        }
    } catch (const ActivationFailure& failure) {
        const Description cause = describe(failure.cause());
        tell_log(call, fmt::format("making a {} threw {}", failure.interface_name(), cause.type), cause.text);
        write(reply, {fmt::format("making a {} failed on the server{}", failure.interface_name(),
                                  !tells_details(call) ? " (its log has the details: custom_errors in its options)"
                                                       : fmt::format(": {}: {}", cause.type, cause.text))});
        return {ErrorCode::activation_failed, Executed::no};
    } catch (const RemotingError& error) {
        // Before the servant ran it is ours, about this call; afterwards it is of a call the servant made. A chain
        // that is too deep, too late or given up fails as a whole, and its first caller is told why.
        if (!has_started || error.code() == ErrorCode::limit_exceeded || error.code() == ErrorCode::depth_exceeded ||
            is_over(call, error.code())) {
            if (!has_started && error.code() == ErrorCode::invalid_payload) {
                tell_log(call, "refused, as it does not decode", error.cause());
            }
            write(reply, {error.cause()});
            return {error.code(), executed};
        }
    } catch (...) {
    }
    const Description details = describe(std::current_exception());
    tell_log(call, "the servant threw " + details.type, details.text);
    if (tells_details(call)) {
        write(reply, {details.type, details.text});
    } else {
        write(reply, {"", ""});
    }
    return {ErrorCode::internal, executed};
}

void ServerFormatterSink::tell_log(const IncomingCall& call, std::string_view what,
                                   std::string_view text) const noexcept
{
    if (!log_) {
        return;
    }
    try {
        std::string line = fmt::format(
            "{}.{} on '{}', called by {}: {}: {}", call.object ? call.object->interface().name : std::string_view(),
            call.method != nullptr ? call.method->name : std::string_view(),
            call.object ? call.object->name() : std::string(),
            call.connection ? call.connection->peer().address : std::string(), what, text.substr(0, 1000));
        say(log_, std::move(line));
    } catch (...) {
        // Out of memory: the call's own end matters more.
    }
}

/// Whether what ended a call of the servant's ends this one, too: its deadline, or that nobody waits for it any more.
bool ServerFormatterSink::is_over(const IncomingCall& call, ErrorCode code) const
{
    if (code == ErrorCode::deadline_exceeded) {
        return call.deadline != TimePoint::max() && next_.clock().now() >= call.deadline;
    }
    return code == ErrorCode::cancelled && call.connection != nullptr && !call.one_way &&
           call.connection->stop_token(call.id).stop_requested();
}

bool ServerFormatterSink::tells_details(const IncomingCall& call) const noexcept
{
    switch (custom_errors_) {
        case CustomErrors::off:
            return true;
        case CustomErrors::remote_only:
            return call.connection != nullptr && call.connection->peer().is_local;
        case CustomErrors::on:
            break;
    }
    return false;
}

void ServerFormatterSink::write_error(Buffer& reply, std::string_view cause) noexcept
{
    try {
        write(reply, {std::string(cause)});
    } catch (...) {
        reply.clear();
    }
}

}  // namespace remoting
