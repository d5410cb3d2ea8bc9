// SPDX-License-Identifier: BSL-1.0
#include <remoting/sinks/message_sink.hpp>

#include <span>

namespace remoting {

namespace {

void run_from(std::span<const std::shared_ptr<MessageSink>> sinks, MethodCall& call, FunctionRef<void()> last)
{
    if (sinks.empty()) {
        last();
        return;
    }
    const auto next = [&] { run_from(sinks.subspan(1), call, last); };
    sinks.front()->process(call, next);
}

}  // namespace

void run_sinks(const MessageSinks& sinks, MethodCall& call, FunctionRef<void()> last)
{
    run_from(sinks, call, last);
}

}  // namespace remoting
