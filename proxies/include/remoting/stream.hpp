// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/proxies/stream_queue.hpp>

#include <concepts>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace remoting {

class RemoteObject;

namespace detail {

struct StreamAccess;

template <class T>
class FunctionProducer;

}  // namespace detail

/// The producer's end of a stream. Let go of without finish() or fail(), it fails the stream. Writing is for one thread
/// at a time; the rest is thread-safe. Outlives its Client or Server harmlessly.
template <class T>
class StreamWriter {
public:
    StreamWriter(StreamWriter&&) noexcept = default;
    StreamWriter& operator=(StreamWriter&& other) noexcept
    {
        std::swap(queue_, other.queue_);
        return *this;
    }
    ~StreamWriter()
    {
        if (queue_ != nullptr) {
            queue_->close(
                std::make_exception_ptr(std::logic_error("the producer let go of the stream without an end")));
        }
    }

    /// Waits while the window is full. @throws RemotingError cancelled when nobody reads any more, invalid_argument
    /// after the end, or why values before this one could not be sent
    void write(T value) { queue_->push(std::move(value)); }
    /// The same with a completion token of Asio, for `void(std::exception_ptr)`; one at a time. Defined in
    /// <remoting/async_stream.hpp>.
    template <class CompletionToken>
    auto async_write(T value, CompletionToken&& token);

    /// The stream ends after what was written.
    void finish() noexcept { queue_->close(nullptr); }
    /// The consumer gets what was written, then this: as itself when the method declares it, else as what a servant
    /// throws.
    void fail(std::exception_ptr exception) noexcept { queue_->close(std::move(exception)); }
    template <class E>
    requires(!std::is_convertible_v<E, std::exception_ptr>) void fail(const E& exception) noexcept
    {
        fail(std::make_exception_ptr(exception));
    }
    /// Stopped when nobody reads any more. Callbacks must be quick: they run on threads that serve others.
    std::stop_token stop_token() const noexcept { return queue_->stop_token(); }

private:
    friend struct detail::StreamAccess;
    explicit StreamWriter(std::shared_ptr<detail::StreamQueue<T>> queue) noexcept : queue_(std::move(queue)) {}

    std::shared_ptr<detail::StreamQueue<T>> queue_;
};

/// The consumer's end of values that come one after the other: a `stream<T>` of the IDL, wherever its producer is. The
/// producer begins when the first value is asked for, and stops when this is destroyed. One reader at a time; cancel()
/// is thread-safe.
///
/// Errors in the middle come after the values before them: an exception that the method declares as itself, others as
/// RemoteException or RemotingError; connection_lost when the connection ends first, deadline_exceeded when nothing
/// came within the idle timeout. Each call after that throws the same.
template <class T>
class Stream {
public:
    using value_type = T;

    /// No stream: it can be neither read nor sent.
    Stream() noexcept = default;
    /// `produce(writer)` runs on a thread of its own once the first value is asked for. Its return finishes the stream,
    /// what it throws fails it.
    template <std::invocable<StreamWriter<T>&> F>
    explicit Stream(F produce);
    Stream(Stream&&) noexcept = default;
    Stream& operator=(Stream&& other) noexcept
    {
        std::swap(queue_, other.queue_);
        std::swap(sent_, other.sent_);
        return *this;
    }
    /// Cancels; waits for a producer's function in this process.
    ~Stream()
    {
        cancel();
        if (queue_ != nullptr) {
            queue_->join();
        }
    }

    /// Waits for a value; nullopt is the end. @throws see above
    std::optional<T> next()
    {
        queue().start_here();
        return queue().next();
    }
    /// The same with a completion token of Asio, for `void(std::exception_ptr, std::optional<T>)`; one at a time.
    /// Defined in <remoting/async_stream.hpp>.
    template <class CompletionToken>
    auto async_next(CompletionToken&& token);

    class Iterator;
    /// For one loop; each step waits as next() does.
    Iterator begin() { return Iterator(*this); }
    std::default_sentinel_t end() const noexcept { return {}; }

    /// Nobody wants more values: the producer is stopped, and reading throws RemotingError cancelled.
    void cancel() noexcept
    {
        if (queue_ != nullptr) {
            queue_->cancel();
        }
    }
    /// How long a value may be waited for, `infinite` for ever. Of a stream from elsewhere it is the deadline of the
    /// options of its Client or Server unless set here; of one from this process it is infinite.
    Stream& with_idle_timeout(Duration longest) &
    {
        queue().set_idle_timeout(longest);
        return *this;
    }
    Stream with_idle_timeout(Duration longest) && { return std::move(with_idle_timeout(longest)); }

private:
    friend struct detail::StreamAccess;
    explicit Stream(std::shared_ptr<detail::StreamQueue<T>> queue) noexcept : queue_(std::move(queue)) {}

    detail::StreamQueue<T>& queue() const
    {
        if (queue_ == nullptr) {
            throw std::logic_error("there is no stream here, or it was passed on");
        }
        return *queue_;
    }

    std::shared_ptr<detail::StreamQueue<T>> queue_;
    std::shared_ptr<RemoteObject> sent_;  ///< what stands for it at a peer
};

template <class T>
class Stream<T>::Iterator {
public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;

    explicit Iterator(Stream& stream) : stream_(&stream), value_(stream.next()) {}
    Iterator(Iterator&&) noexcept = default;
    Iterator& operator=(Iterator&&) noexcept = default;

    /// May be moved from.
    T& operator*() const noexcept { return *value_; }
    T* operator->() const noexcept { return &*value_; }
    Iterator& operator++()
    {
        value_ = stream_->next();
        return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& iterator, std::default_sentinel_t) noexcept
    {
        return !iterator.value_.has_value();
    }

private:
    Stream* stream_;
    mutable std::optional<T> value_;
};

template <class T>
struct StreamEnds {
    StreamWriter<T> writer;
    Stream<T> stream;
};

namespace detail {

/// For what makes and sends streams.
struct StreamAccess {
    template <class T>
    static std::shared_ptr<StreamQueue<T>>& queue(Stream<T>& stream) noexcept
    {
        return stream.queue_;
    }
    template <class T>
    static std::shared_ptr<StreamQueue<T>>& queue(StreamWriter<T>& writer) noexcept
    {
        return writer.queue_;
    }
    template <class T>
    static std::shared_ptr<RemoteObject>& sent(Stream<T>& stream) noexcept
    {
        return stream.sent_;
    }
    template <class T>
    static Stream<T> stream(std::shared_ptr<StreamQueue<T>> queue) noexcept
    {
        return Stream<T>(std::move(queue));
    }
    template <class T>
    static StreamWriter<T> writer(std::shared_ptr<StreamQueue<T>> queue) noexcept
    {
        return StreamWriter<T>(std::move(queue));
    }
};

template <class T>
class FunctionProducer final : public StreamProducer {
public:
    FunctionProducer(std::weak_ptr<StreamQueue<T>> queue, std::function<void(StreamWriter<T>&)> produce)
        : queue_(std::move(queue)),
          produce_(std::move(produce))
    {
    }

    void start(const RunApart& run_apart) override
    {
        run_apart([queue = queue_.lock(), produce = std::move(produce_)] {
            StreamWriter<T> writer = StreamAccess::writer(queue);
            std::exception_ptr failure;
            try {
                produce(writer);
            } catch (...) {
                failure = std::current_exception();
            }
            queue->close(std::move(failure));
        });
    }

private:
    const std::weak_ptr<StreamQueue<T>> queue_;
    std::function<void(StreamWriter<T>&)> produce_;
};

}  // namespace detail

template <class T>
template <std::invocable<StreamWriter<T>&> F>
Stream<T>::Stream(F produce) : queue_(std::make_shared<detail::StreamQueue<T>>())
{
    auto shared = std::make_shared<F>(std::move(produce));  // std::function copies
    queue_->set_producer(std::make_shared<detail::FunctionProducer<T>>(
        queue_, [shared](StreamWriter<T>& writer) { std::invoke(*shared, writer); }));
}

/// Both ends of a stream, the writer for whatever produces the values: `auto [writer, stream] = make_stream<Entry>();`
template <class T>
StreamEnds<T> make_stream()
{
    auto queue = std::make_shared<detail::StreamQueue<T>>();
    return {detail::StreamAccess::writer(queue), detail::StreamAccess::stream(queue)};
}

}  // namespace remoting
