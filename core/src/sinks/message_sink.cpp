// SPDX-License-Identifier: BSL-1.0
#include <remoting/sinks/message_sink.hpp>

#include <remoting/errors/exceptions.hpp>

#include <span>
#include <utility>

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

CallEnd MessageSink::begin(MethodCall& /*call*/)
{
    throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                        "a message sink does not support asynchronous calls: it does not override begin()");
}

void CallEnds::begin(const MessageSinks& sinks, MethodCall& call)
{
    ends_.reserve(sinks.size());
    for (const auto& sink : sinks) {
        try {
            if (CallEnd end = sink->begin(call)) {
                ends_.push_back(std::move(end));
            }
        } catch (...) {
            if (const auto outcome = finish(call, std::current_exception())) {
                std::rethrow_exception(outcome);
            }
            call.is_answered = true;
        }
        if (call.is_answered) {
            return;
        }
    }
}

std::exception_ptr CallEnds::finish(MethodCall& call, std::exception_ptr outcome) noexcept
{
    while (!ends_.empty()) {
        const CallEnd end = std::move(ends_.back());
        ends_.pop_back();
        try {
            end(call, outcome);
        } catch (...) {
            outcome = std::current_exception();
        }
    }
    return outcome;
}

void run_sinks(const MessageSinks& sinks, MethodCall& call, FunctionRef<void()> last)
{
    run_from(sinks, call, last);
}

}  // namespace remoting
