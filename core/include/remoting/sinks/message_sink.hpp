// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/function_ref.hpp>
#include <remoting/messaging/method_call.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <vector>

namespace remoting {

/// What is to be done when an asynchronous call is over. `outcome` is null when it succeeded, and the results are in
/// the call's values; it may be replaced. What it throws becomes the outcome.
using CallEnd = std::function<void(MethodCall& call, std::exception_ptr& outcome)>;

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

    /// The same for a call whose end nobody waits for, on the side of a proxy's async_X or of a servant that answers
    /// later: does what process() does before `next`, may refuse the call by throwing, or answer it by filling the
    /// results and setting `call.is_answered`, and returns what process() does after `next`, or nothing. That runs on
    /// the thread that has the outcome, for the innermost sink first.
    ///
    /// Unless it is overridden, such calls are refused with invalid_argument: no sink is passed over in silence.
    virtual CallEnd begin(MethodCall& call);
};

/// Sinks in the order written: the first is outermost. Immutable once calls run.
using MessageSinks = std::vector<std::shared_ptr<MessageSink>>;

/// Runs `call` through all sinks and ends in `last`.
void run_sinks(const MessageSinks& sinks, MethodCall& call, FunctionRef<void()> last);

/// An asynchronous call's way through the sinks. Not thread-safe.
class CallEnds {
public:
    /// Lets each sink begin, up to one that answers the call. When one throws, the ends of those before it have run,
    /// and the outcome is thrown, or the call counts as answered if they left none.
    void begin(const MessageSinks& sinks, MethodCall& call);
    /// Runs the ends; returns the outcome that is left.
    std::exception_ptr finish(MethodCall& call, std::exception_ptr outcome) noexcept;

private:
    std::vector<CallEnd> ends_;
};

}  // namespace remoting
