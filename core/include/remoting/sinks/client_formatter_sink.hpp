// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/connection.hpp>
#include <remoting/dispatch/function_ref.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/call_context.hpp>
#include <remoting/serialization/limits.hpp>
#include <remoting/sinks/byte_sink.hpp>

namespace remoting {

/// Between calls and bytes on the client. The only place where reply statuses become exceptions.
class ClientFormatterSink {
public:
    ClientFormatterSink(const ByteSinks& byte_sinks, const Limits& limits) noexcept
        : byte_sinks_(byte_sinks),
          limits_(limits)
    {
    }

    /// Fills the empty `arguments`, and puts the context behind them unless it is empty.
    /// @throws RemotingError executed: no; what a byte sink throws
    void encode(const MethodDescriptor& method, Values values, const CallContext& context,
                ReferenceMarshaller* marshaller, Buffer& arguments) const;
    /// Writes the results through `values`, or throws what the status says. If the servant has changed the call's
    /// context, `on_changes` gets what it has set, before anything else.
    /// @throws RemotingError, RemoteException, a UserException of the method
    void decode(const MethodDescriptor& method, Values values, const IncomingReply& reply,
                ReferenceMarshaller* marshaller, FunctionRef<ErrorOrigin()> origin,
                FunctionRef<void(const CallContext& changes)> on_changes) const;

private:
    const ByteSinks& byte_sinks_;
    const Limits& limits_;
};

}  // namespace remoting
