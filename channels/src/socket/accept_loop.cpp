// SPDX-License-Identifier: BSL-1.0
#include "socket/accept_loop.hpp"

#include "socket/url_rules.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace remoting {

namespace asio = boost::asio;

namespace {

constexpr auto back_off = std::chrono::milliseconds(100);
constexpr auto log_interval = std::chrono::seconds(1);
constexpr int batch = 64;  // then others on the io_context get their turn

/// The connection failed before it was accepted; accept(2) says to go on.
bool concerns_one_connection(int error) noexcept
{
    switch (error) {
        case ECONNABORTED:
        case EINTR:
        case EPROTO:
        case EPERM:
        case ENETDOWN:
        case ENOPROTOOPT:
        case EHOSTDOWN:
        case ENONET:
        case EHOSTUNREACH:
        case EOPNOTSUPP:
        case ENETUNREACH:
            return true;
        default:
            return false;
    }
}

}  // namespace

class AcceptLoop::Acceptor final : public std::enable_shared_from_this<Acceptor> {
public:
    Acceptor(FileDescriptor listening, ChannelHost& host, std::string local_url, StreamMaker make_stream, AcceptLog log)
        : host_(host),
          local_url_(std::move(local_url)),
          make_stream_(std::move(make_stream)),
          log_(std::move(log)),
          listening_(host.io_context()),
          timer_(host.io_context()),
          last_log_(TimePoint::min())
    {
        listening_.assign(listening.get());
        listening.release();
        listening_.non_blocking(true);
    }

    void start()
    {
        const std::lock_guard lock(mutex_);
        wait_for_connection();
    }

    void stop() noexcept
    {
        std::unique_lock lock(mutex_);
        stopped_ = true;
        idle_.wait(lock, [this] { return running_ == std::thread::id() || running_ == std::this_thread::get_id(); });
        boost::system::error_code ignored;
        listening_.close(ignored);
        try {
            timer_.cancel();
        } catch (const std::exception&) {  // it fires once more and finds stopped_
        }
    }

    const std::string& local_url() const noexcept { return local_url_; }

private:
    enum class Next { wait, back_off, stop };

    // The mutex is held in both.
    void wait_for_connection()
    {
        listening_.async_wait(asio::posix::stream_descriptor::wait_read,
                              [self = shared_from_this()](const boost::system::error_code&) { self->run(); });
    }
    void wait_for_resources()
    {
        timer_.expires_after(back_off);
        timer_.async_wait([self = shared_from_this()](const boost::system::error_code&) { self->run(); });
    }

    void run() noexcept
    {
        {
            const std::lock_guard lock(mutex_);
            if (stopped_) {
                return;
            }
            running_ = std::this_thread::get_id();
        }
        const Next next = accept_some();
        const std::lock_guard lock(mutex_);
        running_ = {};
        idle_.notify_all();
        if (stopped_) {
            return;
        }
        try {
            next == Next::wait ? wait_for_connection() : wait_for_resources();
        } catch (const std::exception& error) {
            report("no longer accepting: " + std::string(error.what()));
        }
    }

    Next accept_some() noexcept
    {
        for (int i = 0; i < batch; ++i) {
            FileDescriptor socket(::accept4(listening_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!socket) {
                const int error = errno;
                if (error == EAGAIN || error == EWOULDBLOCK) {
                    return Next::wait;
                }
                if (concerns_one_connection(error)) {
                    continue;
                }
                report("cannot accept, trying again in 100 ms: " + error_text(error));
                return Next::back_off;
            }
            if (!hand_over(std::move(socket))) {
                return Next::back_off;
            }
            const std::lock_guard lock(mutex_);
            if (stopped_) {
                return Next::stop;
            }
        }
        return Next::wait;
    }

    bool hand_over(FileDescriptor socket) noexcept
    {
        try {
            if (auto stream = make_stream_(std::move(socket))) {
                host_.accept(std::move(stream), local_url_);
            }
            return true;
        } catch (const RemotingError& error) {
            report("refused a connection: " + error.cause());
            return true;
        } catch (const std::exception& error) {
            report("dropped a connection: " + std::string(error.what()));
            return false;
        }
    }

    /// Only the running handler comes here, so nothing else touches last_log_.
    void report(const std::string& problem) noexcept
    {
        const TimePoint now = host_.clock().now();
        if (last_log_ != TimePoint::min() && now - last_log_ < log_interval) {
            return;
        }
        last_log_ = now;
        try {
            const std::string line = local_url_ + ": " + problem;
            if (log_) {
                log_(line);
            } else {
                std::fprintf(stderr, "remoting: %s\n", line.c_str());
            }
        } catch (const std::exception&) {  // a log that fails must not end the loop
        }
    }

    ChannelHost& host_;
    const std::string local_url_;
    const StreamMaker make_stream_;
    const AcceptLog log_;

    std::mutex mutex_;
    std::condition_variable idle_;
    bool stopped_ = false;
    std::thread::id running_;  // whose accept_some() is under way
    asio::posix::stream_descriptor listening_;
    asio::steady_timer timer_;
    TimePoint last_log_;
};

AcceptLoop::AcceptLoop(FileDescriptor listening, ChannelHost& host, std::string local_url, StreamMaker make_stream,
                       AcceptLog log)
    : acceptor_(std::make_shared<Acceptor>(std::move(listening), host, std::move(local_url), std::move(make_stream),
                                           std::move(log)))
{
    acceptor_->start();
}

AcceptLoop::~AcceptLoop()
{
    acceptor_->stop();
}

const std::string& AcceptLoop::local_url() const noexcept
{
    return acceptor_->local_url();
}

}  // namespace remoting
