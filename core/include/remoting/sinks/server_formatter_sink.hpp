// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/custom_errors.hpp>
#include <remoting/dispatch/dispatch_sink.hpp>
#include <remoting/errors/error_code.hpp>
#include <remoting/errors/log.hpp>
#include <remoting/messaging/method_call.hpp>
#include <remoting/serialization/buffer.hpp>
#include <remoting/sinks/byte_sink.hpp>

namespace remoting {

struct ReplyStatus {
    ErrorCode code = ErrorCode::ok;
    Executed executed = Executed::yes;
};

/// Between bytes and calls on the server. The only place where exceptions become reply statuses. Thread-safe.
class ServerFormatterSink {
public:
    /// References must outlive it.
    ServerFormatterSink(const DispatchSink& next, const ByteSinks& byte_sinks, CustomErrors custom_errors,
                        const Log& log) noexcept
        : next_(next), byte_sinks_(byte_sinks), custom_errors_(custom_errors), log_(log)
    {
    }

    /// Dispatches `call` and writes the reply's payload into `reply`, which is empty before.
    ReplyStatus process(IncomingCall& call, Buffer& reply) const noexcept;
    /// A reply payload for a failure the library itself met.
    static void write_error(Buffer& reply, std::string_view cause) noexcept;

private:
    ReplyStatus run(IncomingCall& call, Buffer& reply, DispatchSink::Outcome& outcome) const;
    ReplyStatus report(const IncomingCall& call, Buffer& reply, bool has_started) const;
    void tell_log(const IncomingCall& call, std::string_view what, std::string_view type,
                  std::string_view text) const noexcept;
    bool tells_details(const IncomingCall& call) const noexcept;

    const DispatchSink& next_;
    const ByteSinks& byte_sinks_;
    CustomErrors custom_errors_;
    const Log& log_;
};

}  // namespace remoting
