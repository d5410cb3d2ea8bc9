// SPDX-License-Identifier: BSL-1.0
#include "remote_call.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/current_call.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/system_executor.hpp>

#include <algorithm>
#include <utility>

namespace remoting {

std::shared_ptr<CallControl> make_call_control()
{
    return std::make_shared<RemoteCallControl>();
}

void start_call(const ProxyTarget& target, const InterfaceDescriptor& interface, std::size_t method,
                const CallOptions& options, AsyncOperationPtr operation, std::shared_ptr<CallControl> control) noexcept
{
    auto* const call = new RemoteCall(target, interface, interface.methods[method], options, std::move(operation),
                                      std::static_pointer_cast<RemoteCallControl>(std::move(control)));
    call->begin(options, target.options());
}

boost::asio::any_io_executor default_executor(const ProxyTarget& target)
{
    return target.reference().world().callback_threads().executor();
}

boost::asio::any_io_executor loop_executor(const ProxyTarget& target)
{
    boost::asio::io_context* const context = target.reference().world().options().io_context;
    return context != nullptr ? boost::asio::any_io_executor(context->get_executor())
                              : boost::asio::any_io_executor(boost::asio::system_executor());
}

void RemoteCallControl::cancel() noexcept
{
    RemoteCall* ended = nullptr;
    const std::unique_lock lock(mutex);
    is_cancelled = true;
    if (call != nullptr && call->cancel()) {
        ended = std::exchange(call, nullptr);
    }
    if (ended != nullptr) {
        ended->finish();
    }
}

RemoteCall::RemoteCall(const ProxyTarget& target, const InterfaceDescriptor& interface, const MethodDescriptor& method,
                       const CallOptions& options, AsyncOperationPtr operation,
                       std::shared_ptr<RemoteCallControl> control)
    : reference_(target.share()),
      interface_(interface),
      method_(method),
      operation_(std::move(operation)),
      control_(std::move(control)),
      values_(operation_->values()),
      deadline_(reference_->deadline_of(method, options, target.options())),
      plan_(reference_->plan_of(method, options, target.options())),
      overflow_(options.overflow.value_or(target.options().overflow.value_or(Overflow::wait)))
{
    if (const CurrentCall* const outer = current_call()) {
        chain_ = CallChain{outer->chain.id, static_cast<std::uint16_t>(outer->chain.depth + 1)};
    }
    one_way = method.one_way;
    if (control_ != nullptr) {
        control_->call = this;
    }
}

RemoteCall::Guard RemoteCall::guard() const
{
    return control_ != nullptr ? Guard(control_->mutex) : Guard();
}

void RemoteCall::begin(const CallOptions& call, const CallOptions& proxy) noexcept
{
    const auto control = control_;  // the mutex outlives this
    const Guard guarded = guard();
    try {
        context_ = RemoteReference::context_of(call, proxy);
        const MessageSinks& sinks = reference_->world().options().message_sinks;
        if (!sinks.empty() && !interface_.is_internal()) {
            seen_by_sinks_.emplace(MethodCall{interface_, method_, reference_->uri(), reference_->address(), values_,
                                              deadline_, false, context_});
            ends_.begin(sinks, *seen_by_sinks_);
            deadline_ = seen_by_sinks_->deadline;
            if (seen_by_sinks_->is_answered) {
                finish();
                return;
            }
        }
    } catch (...) {
        failure_ = std::current_exception();
        seen_by_sinks_.reset();
        finish();
        return;
    }
    attempt();
}

void RemoteCall::attempt()
{
    if (control_ != nullptr && control_->is_cancelled) {
        fail(ErrorCode::cancelled, may_have_run_ ? Executed::maybe : Executed::no, "the call was cancelled");
        finish();
        return;
    }
    try {
        if (auto connection = reference_->ready_connection()) {
            send(connection);
        } else {
            await_connection();
        }
    } catch (const RemotingError& error) {
        attempt_failed(error.code(), error.executed(), error.cause(), false);
    } catch (...) {
        failure_ = std::current_exception();
        finish();
    }
}

void RemoteCall::await_connection()
{
    const auto reference = reference_;  // this may be gone at any time once it waits
    reference->check_lasting();
    reference->begin_wait();
    is_connecting_ = true;
    // The call is told on whatever thread has the connection; this may be gone before async_connect returns.
    reference->world().connections().async_connect(
        reference->url(), reference->lane(), deadline_,
        [this](const std::exception_ptr& exception, const std::shared_ptr<Connection>& connection) {
            const auto control = control_;
            const auto waited = reference_;
            const Guard guarded = guard();
            ticket_ = 0;
            is_connecting_ = false;
            std::shared_ptr<Connection> own;
            try {
                if (exception != nullptr) {
                    std::rethrow_exception(exception);
                }
                own = waited->own_connection(connection);
                send(own);
            } catch (...) {
                not_connected(std::current_exception());
            }
            waited->end_wait(own);
        },
        ticket_);
}

void RemoteCall::not_connected(const std::exception_ptr& exception)
{
    try {
        std::rethrow_exception(exception);
    } catch (const RemotingError& error) {
        attempt_failed(error.code(), error.executed(), error.cause(), false);
    } catch (...) {
        failure_ = exception;
        finish();
    }
}

void RemoteCall::send(const std::shared_ptr<Connection>& connection)
{
    if (control_ != nullptr && control_->is_cancelled) {
        fail(ErrorCode::cancelled, may_have_run_ ? Executed::maybe : Executed::no, "the call was cancelled");
        finish();
        return;
    }
    sent_.clear();
    connection_ = connection;
    id = 0;
    try {
        arguments_.clear();
        {
            const SentReferences::Scope scope(sent_);
            reference_->world().formatter().encode(method_, values_, context_, &connection->marshaller(), arguments_);
        }
        sent_.append_list(arguments_);
        outgoing_.emplace(OutgoingCall{interface_, method_, reference_->uri(), reference_->alias(), arguments_,
                                       deadline_, sent_, chain_ ? &*chain_ : nullptr, !context_.empty(), overflow_});
        request = &*outgoing_;
        if (reference_->world().clock().now() >= deadline_) {
            throw RemotingError(ErrorCode::deadline_exceeded, Executed::no, "the deadline passed before it was sent");
        }
        connection->start(*this);
        return;  // without a look at this, which may be gone
    } catch (const RemotingError& error) {
        attempt_failed(error.code(), error.executed(), error.cause(), true);
    } catch (...) {
        failure_ = std::current_exception();
        finish();
    }
}

void RemoteCall::ended() noexcept
{
    const auto control = control_;
    const Guard guarded = guard();
    sent_.clear();
    if (!has_failed) {
        reference_->world().retry_budget().succeeded();
        finish();
        return;
    }
    has_failed = false;
    const std::string why = std::move(cause);
    attempt_failed(failure, executed, why, true);
}

void RemoteCall::attempt_failed(ErrorCode code, Executed how_far, const std::string& why, bool was_connected)
{
    may_have_run_ = may_have_run_ || how_far != Executed::no;
    fail(code, may_have_run_ && how_far == Executed::no ? Executed::maybe : how_far, why);
    const auto pause_before_next = !reference_->is_lasting()
                                       ? std::nullopt
                                       : plan_.after(code, how_far, was_connected, reference_->awaits_return());
    World& world = reference_->world();
    if (!pause_before_next || deadline_ - world.clock().now() <= *pause_before_next) {
        finish();
        return;
    }
    has_failed = false;
    if (*pause_before_next == Duration::zero()) {
        attempt();
    } else {
        pause(*pause_before_next);
    }
}

void RemoteCall::pause(Duration how_long)
{
    reference_->world().async_pause(
        how_long,
        [this](const std::exception_ptr& exception, const std::shared_ptr<Connection>&) {
            const auto control = control_;
            const Guard guarded = guard();
            ticket_ = 0;
            if (exception != nullptr) {
                has_failed = true;  // what it was before the pause is what the caller is told
                finish();
            } else {
                attempt();
            }
        },
        ticket_);
}

/// True when the call is over now, and finish() is the caller's to call.
bool RemoteCall::cancel() noexcept
{
    if (ticket_ != 0) {
        if (!reference_->world().waits().take(std::exchange(ticket_, 0))) {
            return false;
        }
        if (is_connecting_) {
            is_connecting_ = false;
            reference_->end_wait(nullptr);
        }
        fail(ErrorCode::cancelled, may_have_run_ ? Executed::maybe : Executed::no, "the call was cancelled");
        return true;
    }
    return connection_ != nullptr && connection_->cancel(*this, ErrorCode::cancelled, "the call was cancelled");
}

void RemoteCall::finish() noexcept
{
    if (control_ != nullptr) {
        control_->call = nullptr;
    }
    AsyncOperation* const operation = operation_.release();
    operation->finish(std::unique_ptr<FinishedCall>(this));
}

void RemoteCall::take()
{
    std::exception_ptr outcome;
    try {
        decode();
    } catch (...) {
        outcome = std::current_exception();
    }
    if (seen_by_sinks_) {
        outcome = ends_.finish(*seen_by_sinks_, std::move(outcome));
    }
    if (outcome != nullptr) {
        std::rethrow_exception(outcome);
    }
}

void RemoteCall::decode()
{
    if (failure_ != nullptr) {
        std::rethrow_exception(failure_);
    }
    const auto origin = [&] { return reference_->origin(interface_, method_); };
    if (has_failed) {
        reference_->raise(failure, executed, cause, origin());
    }
    if (!one_way && !(seen_by_sinks_ && seen_by_sinks_->is_answered)) {
        reference_->world().formatter().decode(
            method_, values_, reply, &connection_->marshaller(), origin,
            [&](const CallContext& changes) { RemoteReference::merge_changes(context_, changes); });
    }
}

}  // namespace remoting
