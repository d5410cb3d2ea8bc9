// SPDX-License-Identifier: BSL-1.0
#include "async_invocation.hpp"

#include "dispatch/invocation.hpp"

#include <remoting/channels/connection.hpp>
#include <remoting/messaging/sent_references.hpp>
#include <remoting/serialization/archive.hpp>
#include <remoting/serialization/scoped_buffer.hpp>

#include <stdexcept>
#include <utility>

namespace remoting {

namespace {

ReferenceMarshaller* marshaller_of(const IncomingCall& call) noexcept
{
    return call.connection ? &call.connection->marshaller() : nullptr;
}

}  // namespace

void AsyncInvocation::start(const ServerFormatterSink& formatter, Servant servant,
                            std::unique_ptr<DeferredCall> deferred) noexcept
{
    const auto invocation = std::make_shared<AsyncInvocation>(formatter, std::move(servant), std::move(deferred));
    const IncomingCall& call = invocation->deferred_->call();
    const auto index = static_cast<std::size_t>(call.method - call.object->interface().methods.data());
    const CurrentCallScope scope(invocation->current_);
    try {
        invocation->servant_.functions[index](invocation, invocation->servant_.typed);
    } catch (...) {
        invocation->fail(std::current_exception());
    }
}

AsyncInvocation::AsyncInvocation(const ServerFormatterSink& formatter, Servant servant,
                                 std::unique_ptr<DeferredCall> deferred)
    : formatter_(formatter),
      servant_(std::move(servant)),
      deferred_(std::move(deferred))
{
    IncomingCall& call = deferred_->call();
    connection_ = call.connection;
    current_ = {call.chain,    call.deadline,      connection_.get(), call.one_way ? 0 : call.id,
                &call.context, call.object->name()};
}

AsyncInvocation::~AsyncInvocation()
{
    answer(std::make_exception_ptr(std::logic_error("the servant let go of the call without an answer")));
}

/// A serialized object's servants share one place where nothing runs at the same time; other calls have one each.
std::shared_ptr<ServantExecutor> AsyncInvocation::executor()
{
    ObjectEntry& object = *deferred_->call().object;
    const auto make = [&]() -> std::shared_ptr<ServantExecutor> {
        auto executor = object.executor();
        if (executor == nullptr && formatter_.default_executor_) {
            executor = formatter_.default_executor_();
        }
        return executor != nullptr ? executor->serialized() : nullptr;
    };
    return object.takes_turns() ? object.shared_executor(make) : make();
}

void AsyncInvocation::decode(Values values)
{
    IncomingCall& call = deferred_->call();
    InputArchive arguments(call.arguments.bytes, formatter_.next_.limits().decode, marshaller_of(call));
    decode_arguments(call, formatter_.next_.limits().decode, arguments, values);
    call.arguments = {};
    values_ = values;
    if (const MessageSinks& sinks = formatter_.next_.sinks(); !sinks.empty()) {
        seen_by_sinks_.emplace(MethodCall{call.object->interface(), *call.method, call.object->uri(),
                                          call.connection->peer().address, values, call.deadline, true, call.context});
        ends_.begin(sinks, *seen_by_sinks_);
        if (seen_by_sinks_->is_answered) {
            answer(nullptr);                                                 // here, as long as there are values
            throw std::logic_error("a message sink has answered the call");  // so that the servant is not entered
        }
    }
    has_started_ = true;
}

void AsyncInvocation::answer(std::exception_ptr outcome) noexcept
{
    if (is_answered_.exchange(true)) {
        return;
    }
    const CurrentCallScope scope(current_);
    SentReferences references;
    const SentReferences::Scope encoding(references);
    if (seen_by_sinks_) {
        outcome = ends_.finish(*seen_by_sinks_, std::move(outcome));
    }
    IncomingCall& call = deferred_->call();
    ScopedBuffer reply;
    if (outcome != nullptr && has_started_ && current_.stop_token().stop_requested()) {
        // What a cancelled servant throws is nobody's business, and no mistake to be logged.
        ServerFormatterSink::write_error(*reply, "the servant gave up, as nobody waited for it");
        servant_.object.reset();
        deferred_->reply({ErrorCode::cancelled, Executed::yes}, *reply, references);
        return;
    }
    const ReplyStatus status = formatter_.finish(call, *reply, has_started_, [&] {
        if (outcome != nullptr) {
            std::rethrow_exception(outcome);
        }
        if (!call.one_way) {
            OutputArchive results(*reply, marshaller_of(call));
            call.method->encode_results(results, values_);
        }
    });
    servant_.object.reset();
    deferred_->reply(status, *reply, references);
}

}  // namespace remoting
