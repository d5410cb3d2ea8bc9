// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/server_call.hpp>
#include <remoting/messaging/method_call.hpp>
#include <remoting/serialization/buffer.hpp>
#include <remoting/serialization/limits.hpp>
#include <remoting/sinks/message_sink.hpp>

namespace remoting {

/// @throws RemotingError that names the argument which does not decode
void decode_arguments(const IncomingCall& call, const DecodeLimits& limits, InputArchive& arguments, Values values);

/// The ServerCall of one request.
class Invocation final : public ServerCall {
public:
    Invocation(IncomingCall& call, const MessageSinks& sinks, const Limits& limits, Buffer& reply) noexcept
        : call_(call), sinks_(sinks), limits_(limits), reply_(reply)
    {
    }

    void run(Values values, FunctionRef<void()> servant) override;
    /// Whether the servant was entered.
    bool has_started() const noexcept { return has_started_; }

private:
    IncomingCall& call_;
    const MessageSinks& sinks_;
    const Limits& limits_;
    Buffer& reply_;
    bool has_started_ = false;
};

}  // namespace remoting
