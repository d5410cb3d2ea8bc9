// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/messaging/call_context.hpp>
#include <remoting/proxies/async_operation.hpp>
#include <remoting/proxies/call_frame.hpp>
#include <remoting/proxies/proxy.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/asio/system_executor.hpp>

#include <atomic>
#include <exception>
#include <memory>
#include <optional>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>

// What generated .async.hpp headers build async_X from. A generated structure `Call` describes each method:
//     using Interface, Frame, Result;                 // Result: void, the method's result, or the struct of several
//     static constexpr std::size_t method;            // its index in the interface's descriptor
//     static Result take(Frame&);                     // the results
//     static void call(Interface&, Frame&);           // on a local object

namespace remoting {

/// Handlers without an executor of their own run here: the user's io_context, or a thread of the Client or Server.
boost::asio::any_io_executor default_executor(const ProxyTarget& target);
/// What has to go on running while a call is under way: the user's io_context; with threads of our own, nothing of the user's.
boost::asio::any_io_executor loop_executor(const ProxyTarget& target);

namespace detail {

template <class Result>
struct CompletionSignature {
    using type = void(std::exception_ptr, Result);
};
template <>
struct CompletionSignature<void> {
    using type = void(std::exception_ptr);
};

/// Whoever posts still holds the executor for a moment when what he posted has run, and the user may end the execution context
/// once his handler has. So the handler waits for him to be gone.
class Posting {
public:
    template <class Post>
    void run(Post post)
    {
        Posting* const outer = std::exchange(here(), this);
        post();
        if (std::exchange(here(), outer) == this) {  // else this is gone already
            has_left_.store(true, std::memory_order_release);
        }
    }
    /// Before anything of what was posted goes, or goes on.
    void await() noexcept
    {
        if (here() == this) {
            here() = nullptr;  // inside post()
            has_left_.store(true, std::memory_order_relaxed);
            return;
        }
        while (!has_left_.load(std::memory_order_acquire)) {
            std::this_thread::yield();
        }
    }

private:
    static Posting*& here() noexcept
    {
        thread_local Posting* posting = nullptr;
        return posting;
    }

    std::atomic<bool> has_left_{false};
};

/// A default-constructed result goes with an exception.
template <class Call>
void complete(auto& handler, std::exception_ptr exception, typename Call::Frame& frame)
{
    if constexpr (std::is_void_v<typename Call::Result>) {
        std::move(handler)(std::move(exception));
    } else if (exception != nullptr) {
        std::move(handler)(std::move(exception), typename Call::Result{});
    } else {
        std::move(handler)(nullptr, Call::take(frame));
    }
}

template <class Call, class Handler>
class CallOperation final : public AsyncOperation {
public:
    using Allocator = boost::asio::associated_allocator_t<Handler, boost::asio::recycling_allocator<void>>;
    using Executor = boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>;
    using Own = typename std::allocator_traits<Allocator>::template rebind_alloc<CallOperation>;

    static CallOperation* make(Handler handler, const boost::asio::any_io_executor& fallback, typename Call::Frame frame)
    {
        const auto allocator = boost::asio::get_associated_allocator(handler, boost::asio::recycling_allocator<void>());
        Own own(allocator);
        CallOperation* const memory = std::allocator_traits<Own>::allocate(own, 1);
        try {
            return new (memory) CallOperation(std::move(handler), fallback, std::move(frame));
        } catch (...) {
            std::allocator_traits<Own>::deallocate(own, memory, 1);
            throw;
        }
    }

    Values values() noexcept override { return frame_.addresses(); }

    void finish(std::unique_ptr<FinishedCall> call) noexcept override
    {
        call_ = std::move(call);
        post(Held(this));
    }
    /// Without a FinishedCall: the call is made on a local object then.
    void finish_locally(typename Call::Interface& object, const CallContext& added)
    {
        local_ = &object;
        const CallContext* const current = call_context();
        context_ = current != nullptr ? *current : CallContext();
        added_ = added;
        post(Held(this));
    }

    void destroy() noexcept override
    {
        if (is_posted_) {
            posting_.await();
        }
        Own own(boost::asio::get_associated_allocator(handler_, boost::asio::recycling_allocator<void>()));
        this->~CallOperation();
        std::allocator_traits<Own>::deallocate(own, this, 1);
    }

private:
    struct Destroy {
        void operator()(CallOperation* operation) const noexcept { operation->destroy(); }
    };
    using Held = std::unique_ptr<CallOperation, Destroy>;

    CallOperation(Handler handler, const boost::asio::any_io_executor& fallback, typename Call::Frame frame)
        : handler_(std::move(handler)),
          work_(boost::asio::get_associated_executor(handler_, fallback)),
          loop_(fallback),
          frame_(std::move(frame))
    {
    }
    ~CallOperation() = default;

    static void post(Held operation)
    {
        CallOperation& self = *operation;
        self.is_posted_ = true;
        self.posting_.run([&] {
            const Executor executor = self.work_.get_executor();
            const auto allocator =
                boost::asio::get_associated_allocator(self.handler_, boost::asio::recycling_allocator<void>());
            boost::asio::post(executor, boost::asio::bind_allocator(allocator, [held = std::move(operation)]() mutable {
                                  run(std::move(held));
                              }));
        });
    }

    static void run(Held operation)
    {
        operation->posting_.await();
        std::exception_ptr exception;
        // The handler sees the call's context, unless it belongs to another call.
        std::optional<CallContextScope> scope;
        const auto enter = [&](CallContext context) {
            if (call_context() == nullptr) {
                scope.emplace(std::move(context));
            }
        };
        try {
            if (operation->local_ != nullptr) {
                operation->context_.merge(operation->added_);
                enter(std::move(operation->context_));
                Call::call(*operation->local_, operation->frame_);
            } else {
                operation->call_->take();
            }
        } catch (...) {
            exception = std::current_exception();
        }
        if (operation->call_ != nullptr) {
            enter(operation->call_->take_context());
        }
        boost::asio::get_associated_cancellation_slot(operation->handler_).clear();
        operation->call_.reset();
        Own own(boost::asio::get_associated_allocator(operation->handler_, boost::asio::recycling_allocator<void>()));
        Handler handler = std::move(operation->handler_);
        auto work = std::move(operation->work_);
        typename Call::Frame frame = std::move(operation->frame_);
        // The memory may be wanted by what the handler starts. The loop, which may go as soon as the handler runs elsewhere, is
        // let go of, too.
        CallOperation* const memory = operation.release();
        memory->~CallOperation();
        std::allocator_traits<Own>::deallocate(own, memory, 1);
        complete<Call>(handler, std::move(exception), frame);
    }

    Posting posting_;
    bool is_posted_ = false;
    Handler handler_;
    boost::asio::executor_work_guard<Executor> work_;
    boost::asio::executor_work_guard<boost::asio::any_io_executor> loop_;  ///< what the call itself needs to be run
    typename Call::Frame frame_;
    std::unique_ptr<FinishedCall> call_;
    typename Call::Interface* local_ = nullptr;
    CallContext context_;  ///< of a local call, with what its options add
    CallContext added_;
};

struct NoExecutor {};

/// Asked for only where the handler has none of its own, since it may start a thread.
template <class Handler>
boost::asio::any_io_executor fallback_executor(const std::optional<ProxyTarget>& target)
{
    if constexpr (!std::is_same_v<boost::asio::associated_executor_t<Handler, NoExecutor>, NoExecutor>) {
        return target ? loop_executor(*target) : boost::asio::any_io_executor(boost::asio::system_executor());
    } else {
        return target ? default_executor(*target) : boost::asio::any_io_executor(boost::asio::system_executor());
    }
}

/// Begins a call when its token asks for it.
template <class Call>
struct Initiation {
    std::optional<ProxyTarget> target;  ///< empty: `local` is called
    typename Call::Interface* local;
    CallOptions options;

    template <class Handler>
    void operator()(Handler&& handler, typename Call::Frame frame) const
    {
        using Operation = CallOperation<Call, std::decay_t<Handler>>;
        auto slot = boost::asio::get_associated_cancellation_slot(handler);
        auto* const operation = Operation::make(std::forward<Handler>(handler),
                                                fallback_executor<std::decay_t<Handler>>(target), std::move(frame));
        if (!target) {
            operation->finish_locally(*local, options.context);
            return;
        }
        std::shared_ptr<CallControl> control;
        if (slot.is_connected()) {
            control = make_call_control();
            slot.assign([control](boost::asio::cancellation_type type) {
                if (type != boost::asio::cancellation_type::none) {
                    control->cancel();
                }
            });
        }
        start_call(*target, InterfaceTraits<typename Call::Interface>::descriptor(), Call::method, options,
                   AsyncOperationPtr(operation), std::move(control));
    }
};

}  // namespace detail

/// Makes the call `Call` on `object`, which is a proxy or, kept alive by the caller until the completion, a servant; then
/// the call runs on the handler's executor. The handler never runs inside this function.
template <class Call, class Token>
auto async_call(typename Call::Interface& object, const CallOptions& options, Token&& token, typename Call::Frame frame)
{
    Proxy* const proxy = object.remoting_proxy();
    detail::Initiation<Call> initiation{proxy != nullptr ? std::optional(proxy->remoting_target()) : std::nullopt, &object,
                                        options};
    return boost::asio::async_initiate<Token, typename detail::CompletionSignature<typename Call::Result>::type>(
        std::move(initiation), token, std::move(frame));
}

}  // namespace remoting
