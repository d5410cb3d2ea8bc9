// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/function_ref.hpp>
#include <remoting/messaging/method_call.hpp>

#include <memory>
#include <vector>

namespace remoting {

/// An interceptor of typed calls: on the client around encoding and sending, on the server around the servant. It
/// can look at and change arguments before `next`, results after it, time the call, refuse it by throwing, or answer
/// it by filling the results and not calling `next`.
///
/// Threads: process() runs on the calling or dispatching thread, for many calls at once. What it throws becomes the
/// call's outcome, as if the servant (on the server) or the runtime (on the client) had thrown it.
class MessageSink {
public:
    virtual ~MessageSink() = default;
    virtual void process(MethodCall& call, FunctionRef<void()> next) = 0;
};

/// Sinks in the order written: the first is outermost. Immutable once calls run.
using MessageSinks = std::vector<std::shared_ptr<MessageSink>>;

/// Runs `call` through all sinks and ends in `last`.
void run_sinks(const MessageSinks& sinks, MethodCall& call, FunctionRef<void()> last);

}  // namespace remoting
