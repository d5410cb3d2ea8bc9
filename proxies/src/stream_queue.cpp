// SPDX-License-Identifier: BSL-1.0
#include <remoting/proxies/stream_queue.hpp>

#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/current_call.hpp>

#include <algorithm>
#include <chrono>
#include <string>

namespace remoting::detail {

namespace {

/// So much of the window is given back at once while the consumer is busy.
constexpr std::size_t shares_of_window = 4;

std::exception_ptr error(ErrorCode code, const char* cause)
{
    return std::make_exception_ptr(RemotingError(code, Executed::yes, cause));
}

}  // namespace

StreamState::~StreamState()
{
    join();
    if (thread_.joinable()) {
        thread_.detach();  // this runs on it, as the last thing that it does
    }
}

void StreamState::end(std::exception_ptr for_reader, std::exception_ptr for_writer, bool drops, bool is_final) noexcept
{
    std::shared_ptr<void> values;
    std::shared_ptr<StreamProducer> producer;
    Notify reader;
    Notify writer;
    bool stops = false;
    {
        const std::lock_guard lock(mutex_);
        if (has_ended_ && !is_final) {
            return;
        }
        stops = !has_ended_ && drops;
        if (!has_ended_) {
            write_failure_ = std::move(for_writer);
        }
        if (drops) {
            values = drop_values();
            count_ = 0;
        }
        has_ended_ = true;
        failure_ = std::move(for_reader);
        producer = std::move(producer_);
        producer_ = nullptr;
        reader = std::exchange(reader_, {}).notify;
        writer = std::exchange(writer_, {});
        readable_.notify_all();
        writable_.notify_all();
    }
    if (stops) {
        stop_.request_stop();
    }
    if (reader) {
        reader();
    }
    if (writer) {
        writer();
    }
}

void StreamState::close(std::exception_ptr failure) noexcept
{
    end(std::move(failure), error(ErrorCode::invalid_argument, "the stream has been ended"), false, false);
}

void StreamState::cancel() noexcept
{
    end(error(ErrorCode::cancelled, "the stream was cancelled"),
        error(ErrorCode::cancelled, "nobody reads the stream any more"), true, true);
}

void StreamState::abandon(const std::exception_ptr& why) noexcept
{
    end(why, why, true, false);
}

void StreamState::time_out() noexcept
{
    abandon(error(ErrorCode::deadline_exceeded, "no value came within the stream's idle timeout"));
}

void StreamState::start(const RunApart& run_apart)
{
    std::shared_ptr<StreamProducer> producer;
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(has_started_, true)) {
            return;
        }
        producer = producer_;
    }
    if (producer != nullptr) {
        producer->start(run_apart);
    }
}

void StreamState::start_here()
{
    start([this](std::function<void()> work) { thread_ = std::thread(std::move(work)); });
}

void StreamState::join() noexcept
{
    if (thread_.joinable() && thread_.get_id() != std::this_thread::get_id()) {
        thread_.join();
    }
}

void StreamState::when_readable(std::size_t count, Notify notify)
{
    Lock lock(mutex_);
    while (count_ < count && gives_back(lock)) {
    }
    if (count_ >= std::min(count, room_) || has_ended_) {
        lock.unlock();
        notify();
        return;
    }
    reader_ = {count, std::move(notify)};
}

void StreamState::when_writable(Notify notify)
{
    {
        const std::lock_guard lock(mutex_);
        if (count_ >= room_ && !has_ended_) {
            writer_ = std::move(notify);
            return;
        }
    }
    notify();
}

bool StreamState::forget_reader() noexcept
{
    const std::lock_guard lock(mutex_);
    return std::exchange(reader_, {}).notify != nullptr;
}

bool StreamState::forget_writer() noexcept
{
    const std::lock_guard lock(mutex_);
    return std::exchange(writer_, {}) != nullptr;
}

bool StreamState::has_reader() const noexcept
{
    const std::lock_guard lock(mutex_);
    return reader_.notify != nullptr;
}

bool StreamState::has_writer() const noexcept
{
    const std::lock_guard lock(mutex_);
    return writer_ != nullptr;
}

Duration StreamState::idle_timeout() const noexcept
{
    const std::lock_guard lock(mutex_);
    return idle_timeout_;
}

void StreamState::set_idle_timeout(Duration longest) noexcept
{
    const std::lock_guard lock(mutex_);
    idle_timeout_ = longest;
}

std::size_t StreamState::room() const noexcept
{
    const std::lock_guard lock(mutex_);
    return room_;
}

/// The reader's notification if it has what it waits for, or all that the producer may put there before it waits
/// itself.
StreamState::Notify StreamState::take_reader()
{
    return count_ >= std::min(reader_.count, room_) ? std::exchange(reader_, {}).notify : Notify();
}

void StreamState::set_room(std::size_t values) noexcept
{
    Notify reader;
    Notify writer;
    {
        const std::lock_guard lock(mutex_);
        room_ = values;
        reader = take_reader();
        if (count_ < room_) {
            writer = std::exchange(writer_, {});
            writable_.notify_all();
        }
    }
    if (reader) {
        reader();
    }
    if (writer) {
        writer();
    }
}

bool StreamState::is_drained(std::exception_ptr& failure) const noexcept
{
    const std::lock_guard lock(mutex_);
    failure = failure_;
    return has_ended_ && count_ == 0;
}

bool StreamState::has_room() const
{
    if (has_ended_) {
        std::rethrow_exception(write_failure_);
    }
    return count_ < room_;
}

void StreamState::await_room(Lock& lock)
{
    writable_.wait(lock, [&] { return count_ < room_ || has_ended_; });
    static_cast<void>(has_room());
}

bool StreamState::await_value(Lock& lock)
{
    const TimePoint now = std::chrono::steady_clock::now();
    TimePoint until = deadline_after(now, idle_timeout_);
    std::stop_token given_up;
    if (const CurrentCall* const call = current_call(); call != nullptr && count_ == 0 && !has_ended_) {
        lock.unlock();
        given_up = call->stop_token();
        lock.lock();
        until = std::min(until, call->deadline);
    }
    const auto has_news = [&] { return count_ != 0 || has_ended_; };
    while (!has_news()) {
        if (gives_back(lock)) {
            continue;
        }
        if (until == TimePoint::max()) {
            readable_.wait(lock, given_up, has_news);
        } else {
            readable_.wait_until(lock, given_up, until, has_news);
        }
        if (!has_news()) {
            lock.unlock();
            if (given_up.stop_requested()) {
                abandon(error(ErrorCode::cancelled, "the call that reads the stream was given up"));
            } else {
                time_out();
            }
            lock.lock();
        }
    }
    if (count_ == 0 && failure_ != nullptr) {
        std::rethrow_exception(failure_);
    }
    return count_ != 0;
}

void StreamState::added(Lock& lock, std::size_t values)
{
    count_ += values;
    Notify reader = take_reader();
    readable_.notify_all();
    lock.unlock();
    if (reader) {
        reader();
    }
}

void StreamState::taken(Lock& lock, std::size_t values, std::size_t bytes)
{
    count_ -= values;
    unreturned_ += bytes;
    Notify writer;
    if (count_ < room_) {
        writer = std::exchange(writer_, {});
        writable_.notify_all();
    }
    if (unreturned_ >= window_ / shares_of_window) {
        gives_back(lock);
    }
    lock.unlock();
    if (writer) {
        writer();
    }
}

bool StreamState::admit(Lock& lock, std::size_t bytes)
{
    if (bytes != 0 && outstanding_ < window_) {
        outstanding_ += bytes;
        return true;
    }
    lock.unlock();
    abandon(error(ErrorCode::protocol_error, bytes == 0 ? "a batch of a stream that is empty"
                                                        : "the peer sent more of a stream than its credit allows"));
    return false;
}

/// Tells the producer what was consumed; true when there was something to tell.
bool StreamState::gives_back(Lock& lock)
{
    if (unreturned_ == 0 || producer_ == nullptr) {
        unreturned_ = 0;
        return false;
    }
    const std::size_t bytes = std::exchange(unreturned_, 0);
    outstanding_ -= bytes;
    const auto producer = producer_;
    lock.unlock();
    producer->credit(bytes);
    lock.lock();
    return true;
}

}  // namespace remoting::detail
