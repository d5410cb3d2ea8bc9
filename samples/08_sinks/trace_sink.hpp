// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/messaging/call_context.hpp>
#include <remoting/messaging/trace_parent.hpp>
#include <remoting/sinks/message_sink.hpp>

#include <chrono>
#include <cstdint>
#include <string>

/// A sink of our own: times each call of a trace, on both sides. Calls made for it learn whom they work for from
/// `traceparent`, which flows with them; what was measured flows back to the caller in the context, under keys of its
/// own.
class TraceSink final : public remoting::MessageSink {
public:
    void process(remoting::MethodCall& call, remoting::FunctionRef<void()> next) override;
    remoting::CallEnd begin(remoting::MethodCall& call) override;
};

/// The calls that were made for `root`, as a table indented by who called whom.
std::string to_table(const remoting::CallContext& context, const remoting::TraceParent& root);
