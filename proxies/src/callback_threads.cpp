// SPDX-License-Identifier: BSL-1.0
#include "callback_threads.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>

#include <pthread.h>

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

namespace remoting {

namespace asio = boost::asio;

struct CallbackThreads::Pool {
    explicit Pool(unsigned count) : context(static_cast<int>(count)) {}

    asio::io_context context;
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    std::vector<std::thread> threads;
};

CallbackThreads::CallbackThreads(asio::io_context* io_context, unsigned threads) noexcept
    : external_(io_context), count_(threads)
{
}

CallbackThreads::~CallbackThreads()
{
    stop();
}

asio::any_io_executor CallbackThreads::executor()
{
    if (external_ != nullptr) {
        return external_->get_executor();
    }
    const std::lock_guard lock(mutex_);
    if (has_stopped_) {
        return asio::system_executor();  // the last words of calls that ended with their Client
    }
    return pool().context.get_executor();
}

void CallbackThreads::post(std::function<void()> work)
{
    if (external_ != nullptr) {
        asio::post(*external_, std::move(work));
        return;
    }
    const std::lock_guard lock(mutex_);
    if (!has_stopped_) {
        asio::post(pool().context, std::move(work));
    }
}

CallbackThreads::Pool& CallbackThreads::pool()
{
    if (pool_ == nullptr) {
        pool_ = std::make_shared<Pool>(count_);
        for (unsigned i = 0; i < count_; ++i) {
            pool_->threads.emplace_back([pool = pool_] {
                ::pthread_setname_np(::pthread_self(), "remoting-call");
                pool->context.run();
            });
        }
    }
    return *pool_;
}

void CallbackThreads::stop() noexcept
{
    std::shared_ptr<Pool> pool;
    {
        const std::lock_guard lock(mutex_);
        has_stopped_ = true;
        pool = std::exchange(pool_, nullptr);
    }
    if (pool == nullptr) {
        return;
    }
    const auto self = std::this_thread::get_id();
    const bool is_inside = std::ranges::any_of(
        pool->threads, [&](const std::thread& thread) { return thread.get_id() == self; });
    if (!is_inside) {
        // The last handlers were posted before this one.
        std::promise<void> reached;
        asio::post(pool->context, [&] { reached.set_value(); });
        reached.get_future().wait();
    }
    pool->context.stop();
    for (std::thread& thread : pool->threads) {
        if (thread.get_id() == self) {
            thread.detach();
        } else {
            thread.join();
        }
    }
}

}  // namespace remoting
