// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace remoting {

/// Where handlers and coroutines run that have no executor of their own: the user's io_context, or else threads that are
/// started when they are first needed. Thread-safe.
class CallbackThreads {
public:
    CallbackThreads(boost::asio::io_context* io_context, unsigned threads) noexcept;
    ~CallbackThreads();
    CallbackThreads(const CallbackThreads&) = delete;
    CallbackThreads& operator=(const CallbackThreads&) = delete;

    boost::asio::any_io_executor executor();
    /// Runs `work` there, or never after stop(). Safe against stop(), which an executor that is kept is not.
    void post(std::function<void()> work);
    /// Ends the threads after what runs on them, except the calling one, and lets go of what waits there: coroutines
    /// that are suspended end where they are.
    void stop() noexcept;

private:
    struct Pool;

    Pool& pool();

    boost::asio::io_context* const external_;
    const unsigned count_;
    std::mutex mutex_;
    bool has_stopped_ = false;
    std::shared_ptr<Pool> pool_;
};

}  // namespace remoting
