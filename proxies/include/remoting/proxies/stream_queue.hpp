// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/lifetime/clock.hpp>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

// What both ends of a stream share. Included by <remoting/stream.hpp>; not for users.

namespace remoting {

class World;

namespace detail {

/// Runs work that may wait on a thread of its own.
using RunApart = std::function<void(std::function<void()>)>;

/// Where a queue's values come from when nobody holds a StreamWriter of it yet.
class StreamProducer {
public:
    virtual ~StreamProducer() = default;
    /// The consumer is there; called once.
    virtual void start(const RunApart& run_apart) = 0;
    /// `bytes` more of what arrived were consumed.
    virtual void credit(std::size_t bytes) { static_cast<void>(bytes); }
};

/// A queue between one producer and one consumer, whatever its values are: who waits, and how it ends. Thread-safe. No
/// lock is held while a notification, a stop callback or a destructor of a value runs.
class StreamState {
public:
    using Notify = std::function<void()>;

    /// Values that wait unless set_room() says otherwise.
    static constexpr std::size_t default_room = 16;

    StreamState() = default;
    virtual ~StreamState();
    StreamState(const StreamState&) = delete;
    StreamState& operator=(const StreamState&) = delete;

    // The producer's side.
    /// No more values come; the consumer gets those that are there, then `failure` unless it is null. The first end
    /// counts.
    void close(std::exception_ptr failure) noexcept;
    std::stop_token stop_token() const noexcept { return stop_.get_token(); }
    /// Calls `notify` once, now or later, on any thread, when there is room or nobody wants values any more.
    void when_writable(Notify notify);
    /// True when the notification will not come.
    bool forget_writer() noexcept;
    bool has_writer() const noexcept;

    // The consumer's side.
    /// Lets the producer begin, the first time.
    void start(const RunApart& run_apart);
    /// start() on this machine: a producer that waits has a thread of the queue's.
    void start_here();
    /// Nobody wants values any more; the producer is told.
    void cancel() noexcept;
    /// Ends both sides with `why`, unless the stream has ended.
    void abandon(const std::exception_ptr& why) noexcept;
    /// Waits for the thread that start_here() began, unless it is the calling one.
    void join() noexcept;
    /// Calls `notify` once, now or later, on any thread, when `count` values are there, or as many as
    /// there is room for, or no more come.
    void when_readable(std::size_t count, Notify notify);
    bool forget_reader() noexcept;
    bool has_reader() const noexcept;
    Duration idle_timeout() const noexcept;
    void set_idle_timeout(Duration longest) noexcept;
    /// Ends the stream as one whose producer was silent for too long.
    void time_out() noexcept;
    /// How many values wait for the consumer before the producer has to.
    std::size_t room() const noexcept;
    void set_room(std::size_t values) noexcept;
    /// All values were taken and no more come; `failure` is what it ended with, if anything.
    bool is_drained(std::exception_ptr& failure) const noexcept;
    /// Whose threads run handlers; null for a stream within this process.
    const std::shared_ptr<World>& home() const noexcept { return home_; }

protected:
    using Lock = std::unique_lock<std::mutex>;

    /// Waits for room. @throws what the producer is told
    void await_room(Lock& lock);
    /// Whether there is room. @throws what the producer is told
    bool has_room() const;
    /// Waits for a value; false when no more come. @throws what the stream ended with
    bool await_value(Lock& lock);
    /// After values were added; unlocks.
    void added(Lock& lock, std::size_t values);
    /// After values were taken that had arrived as so many bytes; unlocks.
    void taken(Lock& lock, std::size_t values, std::size_t bytes);
    /// Takes account of bytes that arrived; false, and the stream has ended, when the peer had no credit for them.
    bool admit(Lock& lock, std::size_t bytes);
    /// What is left of the values, for the caller to destroy.
    virtual std::shared_ptr<void> drop_values() = 0;
    void end(std::exception_ptr for_reader, std::exception_ptr for_writer, bool drops, bool is_final) noexcept;

    mutable std::mutex mutex_;
    std::size_t count_ = 0;  ///< values that are there
    bool has_ended_ = false;
    std::exception_ptr failure_;        ///< the consumer's, after the values
    std::exception_ptr write_failure_;  ///< the producer's
    std::shared_ptr<StreamProducer> producer_;
    std::shared_ptr<World> home_;
    std::size_t window_ = 0;  ///< bytes the producer may have under way or unread; 0: it is in this process

private:
    struct Reader {
        std::size_t count = 0;
        Notify notify;
    };

    bool gives_back(Lock& lock);
    Notify take_reader();

    std::condition_variable_any readable_;
    std::condition_variable writable_;
    std::size_t room_ = default_room;
    std::size_t outstanding_ = 0;  ///< bytes arrived and not given back
    std::size_t unreturned_ = 0;   ///< bytes consumed and not given back
    bool has_started_ = false;
    Duration idle_timeout_ = infinite;
    Reader reader_;
    Notify writer_;
    std::stop_source stop_;
    std::thread thread_;
};

template <class T>
class StreamQueue final : public StreamState {
public:
    StreamQueue() = default;
    /// What start() will start; before anybody else knows the queue.
    void set_producer(std::shared_ptr<StreamProducer> producer) { producer_ = std::move(producer); }
    /// Its values arrive from a peer, who may have `window` bytes under way.
    void set_source(std::shared_ptr<StreamProducer> producer, std::shared_ptr<World> home, std::size_t window)
    {
        producer_ = std::move(producer);
        home_ = std::move(home);
        window_ = window;
    }

    void push(T value)
    {
        Lock lock(mutex_);
        await_room(lock);
        append(std::move(value));
        added(lock, 1);
    }
    /// False, and `value` is as it was, when there is no room.
    bool try_push(T& value)
    {
        Lock lock(mutex_);
        if (!has_room()) {
            return false;
        }
        append(std::move(value));
        added(lock, 1);
        return true;
    }
    /// Values of `bytes` that came from the peer. Ends the stream when they are more than it may send.
    void arrive(std::vector<T> values, std::size_t bytes)
    {
        Lock lock(mutex_);
        if (has_ended_ || !admit(lock, values.empty() ? 0 : bytes)) {
            return;
        }
        const std::size_t count = values.size();
        batches_.push_back({std::move(values), 0, bytes});
        added(lock, count);
    }

    /// Waits. @throws what the stream ended with, after its values
    std::optional<T> next()
    {
        Lock lock(mutex_);
        return await_value(lock) ? std::optional<T>(pop(lock)) : std::nullopt;
    }
    /// False when there is nothing yet; nullopt in `value` is the end. @throws as next()
    bool try_next(std::optional<T>& value)
    {
        Lock lock(mutex_);
        if (count_ == 0 && !has_ended_) {
            return false;
        }
        value.reset();
        if (await_value(lock)) {
            value.emplace(pop(lock));
        }
        return true;
    }
    /// Some of the values, if there are `least` or no more come.
    std::vector<T> take(std::size_t least)
    {
        Lock lock(mutex_);
        std::vector<T> values;
        if (count_ == 0 || (count_ < least && !has_ended_)) {
            return values;
        }
        Batch batch = std::move(batches_.front());
        batches_.pop_front();
        values = std::move(batch.values);
        values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(batch.next));
        taken(lock, values.size(), batch.bytes);
        return values;
    }

private:
    static constexpr std::size_t batch_size = 256;

    struct Batch {
        std::vector<T> values;
        std::size_t next = 0;
        std::size_t bytes = 0;  ///< what is left of them cost on their way here
    };

    void append(T value)
    {
        if (batches_.empty() || batches_.back().values.size() >= batch_size) {
            batches_.emplace_back();
        }
        batches_.back().values.push_back(std::move(value));
    }
    T pop(Lock& lock)
    {
        Batch& batch = batches_.front();
        T value(std::move(batch.values[batch.next]));
        const std::size_t cost = batch.bytes / (batch.values.size() - batch.next);
        batch.bytes -= cost;
        if (++batch.next == batch.values.size()) {
            batches_.pop_front();
        }
        taken(lock, 1, cost);
        return value;
    }
    std::shared_ptr<void> drop_values() override
    {
        return std::make_shared<std::deque<Batch>>(std::exchange(batches_, {}));
    }

    std::deque<Batch> batches_;
};

}  // namespace detail
}  // namespace remoting
