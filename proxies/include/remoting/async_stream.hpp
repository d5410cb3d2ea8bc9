// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/errors/exceptions.hpp>
#include <remoting/stream.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/system_executor.hpp>

#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <tuple>
#include <type_traits>
#include <utility>

// Streams with Asio's completion tokens: async_next, async_write, and producers that are coroutines. Included by
// generated .async.hpp headers.

namespace remoting {

namespace detail {

/// Handlers without an executor of their own run here: the user's io_context, or a thread of the Client or Server that
/// the stream came over; the system's threads for a stream within this process.
boost::asio::any_io_executor default_executor(const std::shared_ptr<World>& home);

/// A wait for one end of a queue. It completes once: with what came, the idle timeout, or a cancellation, whichever is
/// first.
/// @tparam Step what is tried, and where it waits:
///     using Outcome;                                    // tuple of the handler's arguments behind the exception
///     bool attempt(Outcome&);  void wait(Notify);  bool forget();  bool is_taken();  Duration longest();  void
///     time_out();
template <class Step, class Handler>
class StreamWait final : public std::enable_shared_from_this<StreamWait<Step, Handler>> {
public:
    StreamWait(Step step, Handler handler, const boost::asio::any_io_executor& fallback)
        : step_(std::move(step)),
          handler_(std::move(handler)),
          work_(boost::asio::get_associated_executor(handler_, fallback)),
          timer_(work_.get_executor())
    {
    }

    void begin()
    {
        if (step_.is_taken()) {
            finish(std::make_exception_ptr(RemotingError(ErrorCode::invalid_argument, Executed::no,
                                                         "another operation waits for this end of the stream")));
            return;
        }
        auto slot = boost::asio::get_associated_cancellation_slot(handler_);
        if (slot.is_connected()) {
            slot.assign([weak = this->weak_from_this()](boost::asio::cancellation_type type) {
                const auto self = weak.lock();
                if (self != nullptr && type != boost::asio::cancellation_type::none && self->step_.forget()) {
                    self->finish(std::make_exception_ptr(
                        RemotingError(ErrorCode::cancelled, Executed::no, "waiting for the stream was cancelled")));
                }
            });
        }
        if (const Duration longest = step_.longest(); longest != infinite) {
            timer_.expires_after(longest);
            timer_.async_wait([self = this->shared_from_this()](const boost::system::error_code& error) {
                if (!error && self->step_.forget()) {
                    self->step_.time_out();
                    self->attempt();  // which meets what the stream ended with
                }
            });
        }
        attempt();
    }

private:
    void attempt()
    {
        std::exception_ptr failure;
        try {
            if (!step_.attempt(outcome_)) {
                step_.wait([self = this->shared_from_this()] { self->attempt(); });
                return;
            }
        } catch (...) {
            failure = std::current_exception();
        }
        finish(failure);
    }

    void finish(std::exception_ptr failure)
    {
        boost::asio::post(work_.get_executor(), [self = this->shared_from_this(), failure]() mutable {
            self->timer_.cancel();
            boost::asio::get_associated_cancellation_slot(self->handler_).clear();
            Handler handler = std::move(self->handler_);
            typename Step::Outcome outcome = std::move(self->outcome_);
            const auto work = std::move(self->work_);
            self.reset();
            std::apply([&](auto&&... values) { std::move(handler)(std::move(failure), std::move(values)...); },
                       std::move(outcome));
        });
    }

    Step step_;
    Handler handler_;
    boost::asio::executor_work_guard<boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>> work_;
    boost::asio::steady_timer timer_;
    typename Step::Outcome outcome_;
};

template <class T>
struct NextStep {
    using Outcome = std::tuple<std::optional<T>>;

    std::shared_ptr<StreamQueue<T>> queue;

    bool attempt(Outcome& outcome) { return queue->try_next(std::get<0>(outcome)); }
    void wait(StreamState::Notify notify) { queue->when_readable(1, std::move(notify)); }
    bool forget() { return queue->forget_reader(); }
    bool is_taken() const { return queue->has_reader(); }
    Duration longest() const { return queue->idle_timeout(); }
    void time_out() { queue->time_out(); }
};

template <class T>
struct WriteStep {
    using Outcome = std::tuple<>;

    std::shared_ptr<StreamQueue<T>> queue;
    T value;

    bool attempt(Outcome& /*outcome*/) { return queue->try_push(value); }
    void wait(StreamState::Notify notify) { queue->when_writable(std::move(notify)); }
    bool forget() { return queue->forget_writer(); }
    bool is_taken() const { return queue->has_writer(); }
    static Duration longest() { return infinite; }
    static void time_out() {}
};

struct BeginStreamWait {
    template <class Handler, class Step>
    void operator()(Handler&& handler, Step step) const
    {
        const auto fallback = default_executor(step.queue->home());
        std::make_shared<StreamWait<Step, std::decay_t<Handler>>>(std::move(step), std::forward<Handler>(handler),
                                                                  fallback)
            ->begin();
    }
};

/// A producer that is a coroutine.
template <class T, class F>
class CoroutineProducer final : public StreamProducer {
public:
    CoroutineProducer(std::weak_ptr<StreamQueue<T>> queue, boost::asio::any_io_executor executor, F produce)
        : queue_(std::move(queue)),
          executor_(std::move(executor)),
          produce_(std::move(produce))
    {
    }

    void start(const RunApart& /*run_apart*/) override
    {
        auto running = std::make_shared<Running>(StreamAccess::writer(queue_.lock()), std::move(produce_));
        running->on_stop.emplace(running->writer.stop_token(), [executor = executor_, weak = std::weak_ptr(running)] {
            boost::asio::post(executor, [weak] {
                if (const auto alive = weak.lock()) {
                    alive->signal.emit(boost::asio::cancellation_type::terminal);
                }
            });
        });
        boost::asio::co_spawn(
            executor_, [running] { return running->produce(running->writer); },
            boost::asio::bind_cancellation_slot(running->signal.slot(), [running](std::exception_ptr exception) {
                running->on_stop.reset();
                if (exception != nullptr) {
                    running->writer.fail(std::move(exception));
                } else {
                    running->writer.finish();
                }
            }));
    }

private:
    struct Running {
        Running(StreamWriter<T> to, F function) : writer(std::move(to)), produce(std::move(function)) {}

        StreamWriter<T> writer;
        F produce;
        boost::asio::cancellation_signal signal;
        std::optional<std::stop_callback<std::function<void()>>> on_stop;
    };

    const std::weak_ptr<StreamQueue<T>> queue_;
    const boost::asio::any_io_executor executor_;
    F produce_;
};

}  // namespace detail

template <class T>
template <class CompletionToken>
auto Stream<T>::async_next(CompletionToken&& token)
{
    queue().start_here();
    return boost::asio::async_initiate<CompletionToken, void(std::exception_ptr, std::optional<T>)>(
        detail::BeginStreamWait(), token, detail::NextStep<T>{queue_});
}

template <class T>
template <class CompletionToken>
auto StreamWriter<T>::async_write(T value, CompletionToken&& token)
{
    return boost::asio::async_initiate<CompletionToken, void(std::exception_ptr)>(
        detail::BeginStreamWait(), token, detail::WriteStep<T>{queue_, std::move(value)});
}

/// A stream whose values a coroutine writes: `produce(writer)` gives an awaitable and runs on `executor` once the first
/// value is asked for. Its end finishes the stream, what it throws fails it; it is cancelled when nobody reads any
/// more.
template <class T, class F>
requires std::invocable < F&, StreamWriter<T>
& > Stream<T> make_stream(boost::asio::any_io_executor executor, F produce)
{
    auto queue = std::make_shared<detail::StreamQueue<T>>();
    queue->set_producer(
        std::make_shared<detail::CoroutineProducer<T, F>>(queue, std::move(executor), std::move(produce)));
    return detail::StreamAccess::stream(std::move(queue));
}

}  // namespace remoting
