// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/channel_host.hpp>
#include <remoting/errors/exceptions.hpp>

#include <gtest/gtest.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace remoting::test {

inline constexpr auto patience = std::chrono::seconds(20);

inline TimePoint soon()
{
    return system_clock().now() + patience;
}

class ManualClock final : public Clock {
public:
    TimePoint now() const noexcept override { return now_.load(); }
    void advance(Duration duration) { now_ = now_.load() + duration; }

private:
    std::atomic<TimePoint> now_{TimePoint() + std::chrono::hours(1)};
};

enum class Runs { on_a_thread, when_told };

/// Keeps the streams that a channel hands over.
class FakeChannelHost final : public ChannelHost {
public:
    explicit FakeChannelHost(Runs runs = Runs::on_a_thread, const Clock& clock = system_clock())
        : clock_(clock),
          work_(context_.get_executor())
    {
        if (runs == Runs::on_a_thread) {
            thread_ = std::thread([this] { context_.run(); });
        }
    }
    ~FakeChannelHost()
    {
        context_.stop();
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    boost::asio::io_context& io_context() override { return context_; }
    std::shared_ptr<Connection> open(std::unique_ptr<ByteStream> stream, const ObjectUrl&, TimePoint) override
    {
        const std::lock_guard lock(mutex_);
        opened_ = std::move(stream);
        return nullptr;
    }
    void accept(std::unique_ptr<ByteStream> stream, const std::string& local_url) noexcept override
    {
        if (on_accept) {
            on_accept();
        }
        const std::lock_guard lock(mutex_);
        accepted_.emplace_back(std::move(stream));
        last_local_url_ = local_url;
        changed_.notify_all();
    }
    const Limits& limits() const noexcept override { return limits_; }
    const Clock& clock() const noexcept override { return clock_; }
    bool is_stopping() const noexcept override { return stops; }

    std::unique_ptr<ByteStream> take_opened()
    {
        const std::lock_guard lock(mutex_);
        return std::move(opened_);
    }
    /// Waits for one; null after a long time.
    std::unique_ptr<ByteStream> take_accepted()
    {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, patience, [this] { return !accepted_.empty(); })) {
            return nullptr;
        }
        auto stream = std::move(accepted_.front());
        accepted_.pop_front();
        return stream;
    }
    std::size_t accepted_count()
    {
        const std::lock_guard lock(mutex_);
        return accepted_.size();
    }
    std::string last_local_url()
    {
        const std::lock_guard lock(mutex_);
        return last_local_url_;
    }

    std::function<void()> on_accept;
    std::atomic<bool> stops{false};

private:
    const Clock& clock_;
    Limits limits_;
    boost::asio::io_context context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::thread thread_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::unique_ptr<ByteStream> opened_;
    std::deque<std::unique_ptr<ByteStream>> accepted_;
    std::string last_local_url_;
};

/// The RemotingError that `action` throws.
template <class Action>
RemotingError error_of(Action&& action)
{
    try {
        std::forward<Action>(action)();
    } catch (const RemotingError& error) {
        return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {ErrorCode::ok, Executed::no, "nothing was thrown"};
}

inline testing::AssertionResult mentions(const RemotingError& error, const std::string& text)
{
    const bool found = std::string(error.what()).find(text) != std::string::npos;
    return (found ? testing::AssertionSuccess() : testing::AssertionFailure()) << error.what();
}

}  // namespace remoting::test
