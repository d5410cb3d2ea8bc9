// SPDX-License-Identifier: BSL-1.0
#include <remoting/sinks/client_formatter_sink.hpp>

#include "dispatch/payload_members.hpp"

#include <remoting/messaging/context_codec.hpp>
#include <remoting/serialization/archive.hpp>
#include <remoting/sinks/exception_codec.hpp>

namespace remoting {

namespace {

[[noreturn]] void raise(const MethodDescriptor& method, Values values, const IncomingReply& reply,
                        std::span<const std::byte> bytes, const DecodeLimits& limits, ReferenceMarshaller* marshaller,
                        FunctionRef<ErrorOrigin()> origin)
{
    InputArchive archive(bytes, limits, marshaller);
    if (reply.status == ErrorCode::user_exception) {
        if (method.raise != nullptr) {
            method.raise(archive, limits, values);
        }
        raise_exception(archive, limits, method.known_exceptions, origin(), method.types);
    }
    std::string first;
    std::string second;
    archive& first& second;
    if (reply.status == ErrorCode::internal) {
        throw RemoteException(std::move(first), std::move(second), origin(), reply.executed);
    }
    throw RemotingError(reply.status, reply.executed, std::move(first), origin());
}

/// @throws RemotingError whatever the user's sink throws
void undo(ByteSink& sink, std::span<const std::byte> received, Buffer& payload)
{
    try {
        sink.incoming(received, payload);
    } catch (const RemotingError&) {
        throw;
    } catch (const std::exception& error) {
        throw RemotingError(ErrorCode::invalid_payload, Executed::yes, error.what());
    } catch (...) {
        throw RemotingError(ErrorCode::invalid_payload, Executed::yes, "a byte sink failed");
    }
}

/// The same error with the call's origin and what the peer says about the servant.
[[noreturn]] void rethrow_as_reply_error(const RemotingError& error, Executed executed,
                                         FunctionRef<ErrorOrigin()> origin)
{
    throw RemotingError(error.code(), executed, "the reply does not decode: " + error.cause(), origin());
}

}  // namespace

void ClientFormatterSink::encode(const MethodDescriptor& method, Values values, const CallContext& context,
                                 ReferenceMarshaller* marshaller, Buffer& arguments) const
{
    OutputArchive archive(arguments, marshaller);
    method.encode_arguments(archive, values);
    append_context(arguments, context);
    for (const auto& sink : byte_sinks_) {
        sink->outgoing(arguments);
    }
}

void ClientFormatterSink::decode(const MethodDescriptor& method, Values values, const IncomingReply& reply,
                                 ReferenceMarshaller* marshaller, FunctionRef<ErrorOrigin()> origin,
                                 FunctionRef<void(const CallContext&)> on_changes) const
{
    std::span<const std::byte> bytes = reply.payload.bytes;
    const auto take_changes = [&] {
        if (reply.has_context) {
            on_changes(take_context(bytes, limits_));
        }
    };
    if (reply.status != ErrorCode::ok) {
        try {
            take_changes();
            raise(method, values, reply, bytes, limits_.decode, marshaller, origin);
        } catch (const RemotingError& error) {
            if (!error.method().empty()) {
                throw;
            }
            rethrow_as_reply_error(error, reply.executed, origin);
        }
    }
    try {
        Buffer decoded;
        for (auto sink = byte_sinks_.rbegin(); sink != byte_sinks_.rend(); ++sink) {
            Buffer next;
            undo(**sink, bytes, next);
            decoded = std::move(next);
            bytes = {decoded.data(), decoded.size()};
        }
        take_changes();
        InputArchive archive(bytes, limits_.decode, marshaller);
        try {
            method.decode_results(archive, values);
        } catch (const RemotingError& error) {
            throw with_member(error, method, ValuesOf::reply, bytes, limits_.decode, archive.position());
        }
        archive.finish();
    } catch (const RemotingError& error) {
        rethrow_as_reply_error(error, Executed::yes, origin);
    }
}

}  // namespace remoting
