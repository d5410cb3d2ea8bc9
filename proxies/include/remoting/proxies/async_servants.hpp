// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/asio.hpp>
#include <remoting/dispatch/async_servant.hpp>
#include <remoting/proxies/call_executor.hpp>
#include <remoting/proxies/call_frame.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

// Behind the generated bases of servants that answer later. A structure `Call` describes a method, as in async_call.hpp, and
//     static void put(Frame&, Result);                        // sets the results
//     template <class S> static auto start(S&, Frame&);       // calls the coroutine
//     template <class S> static void defer(S&, Frame&, Reply<Result>);

namespace remoting {

namespace detail {

/// A request and its values.
template <class Call>
struct ServedFrame {
    explicit ServedFrame(std::shared_ptr<AsyncServerCall> served) : call(std::move(served))
    {
        call->decode(frame.addresses());
    }

    std::shared_ptr<AsyncServerCall> call;
    typename Call::Frame frame;
};

/// The answer to a request, whatever its values are.
template <class Result>
class ReplyState {
public:
    using Put = std::conditional_t<std::is_void_v<Result>, std::tuple<>, Result>;
    virtual ~ReplyState() = default;
    virtual void succeed(Put result) = 0;
    virtual AsyncServerCall& call() noexcept = 0;
};

template <class Call>
class CallReplyState final : public ReplyState<typename Call::Result> {
public:
    explicit CallReplyState(std::shared_ptr<AsyncServerCall> call) : served(std::move(call)) {}
    void succeed(typename ReplyState<typename Call::Result>::Put result) override
    {
        if (is_answered_.exchange(true)) {
            return;  // its values are being read, or gone
        }
        if constexpr (!std::is_void_v<typename Call::Result>) {
            Call::put(served.frame, std::move(result));
        }
        served.call->succeed();
    }
    AsyncServerCall& call() noexcept override { return *served.call; }

    ServedFrame<Call> served;

private:
    std::atomic<bool> is_answered_{false};
};

}  // namespace detail

/// The handle by which a servant answers a call, now or later, from any thread: the first answer counts. Copies answer the
/// same call; when the last one goes without an answer, the caller gets an exception.
template <class Result>
class Reply {
public:
    explicit Reply(std::shared_ptr<detail::ReplyState<Result>> state) noexcept : state_(std::move(state)) {}

    template <class R = Result>
        requires(!std::is_void_v<R>)
    void succeed(std::type_identity_t<R> result) const
    {
        state_->succeed(std::move(result));
    }
    template <class R = Result>
        requires(std::is_void_v<R>)
    void succeed() const
    {
        state_->succeed({});
    }
    void fail(std::exception_ptr exception) const { state_->call().fail(std::move(exception)); }
    /// With a copy of `exception`: one that the IDL declares, or any other.
    template <class E>
        requires(!std::is_convertible_v<E, std::exception_ptr>)
    void fail(const E& exception) const
    {
        fail(std::make_exception_ptr(exception));
    }
    /// Stopped when the caller does not wait any more.
    std::stop_token stop_token() const { return state_->call().current().stop_token(); }
    TimePoint deadline() const noexcept { return state_->call().current().deadline; }
    /// The call's context, which goes back with the answer: to be used before it, by one thread at a time.
    CallContext& context() const noexcept { return *state_->call().current().context; }

private:
    std::shared_ptr<detail::ReplyState<Result>> state_;
};

namespace detail {

template <class Call, class Servant>
void start_deferred(const std::shared_ptr<AsyncServerCall>& call, void* servant)
{
    auto state = std::make_shared<CallReplyState<Call>>(call);
    Call::defer(*static_cast<Servant*>(servant), state->served.frame, Reply<typename Call::Result>(state));
}

/// A coroutine of a servant, and how it is cancelled.
template <class Call>
struct CoroutineState : ServedFrame<Call> {
    using ServedFrame<Call>::ServedFrame;

    boost::asio::cancellation_signal signal;
    std::optional<std::stop_callback<std::function<void()>>> on_cancel;
};

template <class Call, class Servant>
boost::asio::awaitable<void> run_coroutine(Servant& servant, typename Call::Frame& frame)
{
    if constexpr (std::is_void_v<typename Call::Result>) {
        co_await Call::start(servant, frame);
    } else {
        Call::put(frame, co_await Call::start(servant, frame));
    }
}

template <class Call>
void listen_for_cancel(const std::shared_ptr<CoroutineState<Call>>& state, const boost::asio::any_io_executor& executor)
{
    state->on_cancel.emplace(state->call->current().stop_token(), [executor, weak = std::weak_ptr(state)] {
        boost::asio::post(executor, [weak] {
            if (const auto alive = weak.lock()) {
                alive->signal.emit(boost::asio::cancellation_type::terminal);
            }
        });
    });
}

template <class Call, class Servant>
void start_coroutine(const std::shared_ptr<AsyncServerCall>& call, void* servant)
{
    auto state = std::make_shared<CoroutineState<Call>>(call);
    auto& typed = *static_cast<Servant*>(servant);
    const boost::asio::any_io_executor executor = CallExecutor(asio_executor_of(*call->executor()), call);
    boost::asio::co_spawn(
        executor,
        [&typed, state, executor] {
            // Here, since the signal has its handler now.
            listen_for_cancel(state, executor);
            return run_coroutine<Call>(typed, state->frame);
        },
        boost::asio::bind_cancellation_slot(state->signal.slot(), [state](std::exception_ptr exception) {
            state->on_cancel.reset();
            if (exception != nullptr) {
                state->call->fail(std::move(exception));
            } else {
                state->call->succeed();
            }
        }));
}

}  // namespace detail
}  // namespace remoting
