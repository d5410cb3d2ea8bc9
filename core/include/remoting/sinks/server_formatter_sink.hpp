// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/custom_errors.hpp>
#include <remoting/dispatch/deferred_call.hpp>
#include <remoting/dispatch/dispatch_sink.hpp>
#include <remoting/errors/error_code.hpp>
#include <remoting/errors/log.hpp>
#include <remoting/messaging/method_call.hpp>
#include <remoting/serialization/buffer.hpp>
#include <remoting/sinks/byte_sink.hpp>

#include <functional>
#include <memory>
#include <utility>

namespace remoting {

/// Between bytes and calls on the server. The only place where exceptions become reply statuses. Thread-safe.
class ServerFormatterSink {
public:
    /// Where servants that answer later run when their registration does not say.
    using DefaultExecutor = std::function<std::shared_ptr<ServantExecutor>()>;

    /// References must outlive it.
    ServerFormatterSink(const DispatchSink& next, const ByteSinks& byte_sinks, CustomErrors custom_errors,
                        const Log& log, DefaultExecutor default_executor = {})
        : next_(next),
          byte_sinks_(byte_sinks),
          custom_errors_(custom_errors),
          log_(log),
          default_executor_(std::move(default_executor))
    {
    }

    /// Dispatches `call` and writes the reply's payload into `reply`, which is empty before. A servant that answers
    /// later gets what `defer` made of the call; without a `defer` such servants fail.
    ReplyStatus process(IncomingCall& call, Buffer& reply, const Defer* defer = nullptr) const noexcept;
    /// A reply payload for a failure the library itself met.
    static void write_error(Buffer& reply, std::string_view cause) noexcept;

private:
    friend class AsyncInvocation;

    ReplyStatus run(IncomingCall& call, Buffer& reply, DispatchSink::Outcome& outcome, const Defer* defer) const;
    ReplyStatus complete(const IncomingCall& call, Buffer& reply) const;
    ReplyStatus finish(const IncomingCall& call, Buffer& reply, bool has_started,
                       FunctionRef<void()> encode) const noexcept;
    ReplyStatus report(const IncomingCall& call, Buffer& reply, bool has_started) const;
    ReplyStatus write_failure(const IncomingCall& call, Buffer& reply, bool has_started) const;
    void tell_log(const IncomingCall& call, std::string_view what, std::string_view text) const noexcept;
    bool tells_details(const IncomingCall& call) const noexcept;
    bool is_over(const IncomingCall& call, ErrorCode code) const;

    const DispatchSink& next_;
    const ByteSinks& byte_sinks_;
    CustomErrors custom_errors_;
    const Log& log_;
    DefaultExecutor default_executor_;
};

}  // namespace remoting
