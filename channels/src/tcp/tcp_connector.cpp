// SPDX-License-Identifier: BSL-1.0
#include "tcp/tcp_connector.hpp"

#include "socket/url_rules.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace remoting {

namespace asio = boost::asio;
using Resolver = asio::ip::tcp::resolver;

namespace {

/// While other addresses are left, a silent one gets no more than this.
constexpr auto patience = std::chrono::seconds(5);

/// Outlives the caller that gave up waiting.
struct Lookup {
    explicit Lookup(asio::io_context& context) : resolver(context) {}

    Resolver resolver;
    std::mutex mutex;
    std::condition_variable finished;
    bool done = false;
    boost::system::error_code error;
    Resolver::results_type results;
};

[[noreturn]] void throw_unresolved(const ObjectUrl& url, const std::string& why)
{
    throw_about(url, ErrorCode::connect_failed, "the host name '" + url.host + "' has no address: " + why);
}

std::vector<TcpEndpoint> endpoints_of(const Resolver::results_type& results)
{
    std::vector<TcpEndpoint> endpoints;
    for (const auto& entry : results) {
        endpoints.push_back(entry.endpoint());
    }
    return endpoints;
}

/// Milliseconds for poll(2), rounded up so that it never returns early.
int poll_timeout(TimePoint now, TimePoint until) noexcept
{
    if (until <= now) {
        return 0;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(std::min(until - now, ChannelHost::stop_tick));
    return static_cast<int>(left.count());
}

/// 0, or an errno; ETIME when `until` came first, ECANCELED when the host stopped.
int wait_until_connected(int socket, const ChannelHost& host, TimePoint until) noexcept
{
    const Clock& clock = host.clock();
    for (;;) {
        if (host.is_stopping()) {
            return ECANCELED;
        }
        pollfd waiting{.fd = socket, .events = POLLOUT, .revents = 0};
        const int ready = ::poll(&waiting, 1, poll_timeout(clock.now(), until));
        if (ready < 0 && errno != EINTR) {
            return errno;
        }
        if (ready > 0) {
            int error = 0;
            socklen_t size = sizeof error;
            return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
        }
        if (clock.now() >= until) {
            return ETIME;
        }
    }
}

/// Connecting to an ephemeral port where nobody listens may, by chance, connect a socket to itself.
bool is_connected_to_itself(int socket) noexcept
{
    TcpEndpoint ours;
    TcpEndpoint theirs;
    auto our_size = static_cast<socklen_t>(ours.capacity());
    auto their_size = static_cast<socklen_t>(theirs.capacity());
    return ::getsockname(socket, ours.data(), &our_size) == 0 &&
           ::getpeername(socket, theirs.data(), &their_size) == 0 && ours == theirs;
}

int connect_socket(int socket, const TcpEndpoint& endpoint, const ChannelHost& host, TimePoint until) noexcept
{
    if (::connect(socket, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0) {
        if (errno != EINPROGRESS && errno != EINTR) {
            return errno;
        }
        if (const int error = wait_until_connected(socket, host, until); error != 0) {
            return error;
        }
    }
    return is_connected_to_itself(socket) ? ECONNREFUSED : 0;
}

}  // namespace

std::vector<TcpEndpoint> resolve(const ObjectUrl& url, const TcpAddress& address, ChannelHost& host, TimePoint deadline)
{
    auto& context = host.io_context();
    if (context.stopped() || context.get_executor().running_in_this_thread()) {
        return resolve_here(url, address, context);
    }
    const auto lookup = std::make_shared<Lookup>(context);
    lookup->resolver.async_resolve(
        address.host, std::to_string(address.port),
        [lookup](const boost::system::error_code& error, const Resolver::results_type& results) {
            const std::lock_guard lock(lookup->mutex);
            lookup->error = error;
            lookup->results = results;
            lookup->done = true;
            lookup->finished.notify_all();
        });
    std::unique_lock lock(lookup->mutex);
    while (!lookup->done) {
        const TimePoint now = host.clock().now();
        if (now >= deadline) {
            lookup->resolver.cancel();
            throw_about(url, ErrorCode::deadline_exceeded,
                        "the host name '" + url.host + "' was not resolved before the deadline");
        }
        if (host.is_stopping()) {
            lookup->resolver.cancel();
            throw_stopping(url);
        }
        lookup->finished.wait_for(lock, std::min(deadline - now, ChannelHost::stop_tick));
    }
    if (lookup->error) {
        throw_unresolved(url, lookup->error.message());
    }
    return endpoints_of(lookup->results);
}

std::vector<TcpEndpoint> resolve_here(const ObjectUrl& url, const TcpAddress& address, asio::io_context& context)
{
    boost::system::error_code error;
    Resolver resolver(context);
    const auto results = resolver.resolve(address.host, std::to_string(address.port), error);
    if (error) {
        throw_unresolved(url, error.message());
    }
    return endpoints_of(results);
}

FileDescriptor connect_to_any(const ObjectUrl& url, const std::vector<TcpEndpoint>& endpoints, const ChannelHost& host,
                              TimePoint deadline)
{
    const Clock& clock = host.clock();
    std::string causes;
    bool timed_out = false;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        const TcpEndpoint& endpoint = endpoints[i];
        FileDescriptor socket(
            ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
        int error = socket ? 0 : errno;
        if (!socket && error != EAFNOSUPPORT) {
            throw_errno(url, ErrorCode::connect_failed, error, "cannot create a socket");
        }
        if (error == 0) {
            const bool last = i + 1 == endpoints.size();
            const TimePoint until = last ? deadline : std::min(deadline, deadline_after(clock.now(), patience));
            error = connect_socket(socket.get(), endpoint, host, until);
            if (error == 0) {
                return socket;
            }
            if (error == ECANCELED) {
                throw_stopping(url);
            }
        }
        timed_out = timed_out || error == ETIME;
        causes += (causes.empty() ? "" : "; ") + to_text(endpoint) + ": " +
                  (error == ETIME ? "no answer" : error_text(error));
    }
    if (timed_out && clock.now() >= deadline) {
        throw_about(url, ErrorCode::deadline_exceeded, "not connected before the deadline (" + causes + ")");
    }
    throw_about(url, ErrorCode::connect_failed, causes.empty() ? "no address to connect to" : causes);
}

namespace {

/// An attempt to connect that no thread waits for. Keeps itself alive.
class Attempt final : public std::enable_shared_from_this<Attempt> {
public:
    using Done = std::function<void(std::exception_ptr, FileDescriptor)>;

    Attempt(const ObjectUrl& url, const TcpAddress& address, ChannelHost& host, TimePoint deadline, Done done)
        : url_(url),
          address_(address),
          host_(host),
          deadline_(deadline),
          done_(std::move(done)),
          strand_(asio::make_strand(host.io_context())),
          resolver_(strand_),
          socket_(strand_),
          timer_(strand_)
    {
    }

    void start()
    {
        asio::post(strand_, [self = shared_from_this()] { self->resolve(); });
    }

private:
    void resolve()
    {
        if (!address_.endpoints.empty()) {
            try_all(address_.endpoints);
            return;
        }
        limit(deadline_);
        resolver_.async_resolve(
            address_.host, std::to_string(address_.port),
            [self = shared_from_this()](const boost::system::error_code& error, const Resolver::results_type& results) {
                self->end_step();
                if (error) {
                    self->fail([&] {
                        if (self->is_late()) {
                            throw_about(self->url_, ErrorCode::deadline_exceeded,
                                        "the host name '" + self->url_.host +
                                            "' was not resolved before the deadline");
                        }
                        throw_unresolved(self->url_, error.message());
                    });
                } else {
                    self->try_all(endpoints_of(results));
                }
            });
    }

    void try_all(std::vector<TcpEndpoint> endpoints)
    {
        try {
            endpoints_ = permitted(url_, address_, std::move(endpoints));
        } catch (...) {
            finish(std::current_exception(), {});
            return;
        }
        try_next();
    }

    void try_next()
    {
        if (next_ == endpoints_.size() || host_.is_stopping() || (next_ != 0 && is_late())) {
            fail([&] {
                if (host_.is_stopping()) {
                    throw_stopping(url_);
                }
                if (is_late()) {
                    throw_about(url_, ErrorCode::deadline_exceeded,
                                "not connected before the deadline (" + causes_ + ")");
                }
                throw_about(url_, ErrorCode::connect_failed, causes_.empty() ? "no address to connect to" : causes_);
            });
            return;
        }
        const TcpEndpoint endpoint = endpoints_[next_++];
        const bool last = next_ == endpoints_.size();
        limit(last ? deadline_ : std::min(deadline_, deadline_after(host_.clock().now(), patience)));
        boost::system::error_code ignored;
        socket_.close(ignored);
        socket_.async_connect(endpoint, [self = shared_from_this(), endpoint](boost::system::error_code error) {
            self->end_step();
            if (!error && is_connected_to_itself(self->socket_.native_handle())) {
                error = asio::error::connection_refused;
            }
            if (!error) {
                self->finish(nullptr, FileDescriptor(self->socket_.release()));
                return;
            }
            const bool is_silent = error == asio::error::operation_aborted;
            self->causes_ += (self->causes_.empty() ? "" : "; ") + to_text(endpoint) + ": " +
                             (is_silent ? "no answer" : error_text(error.value()));
            self->try_next();
        });
    }

    /// Gives the step under way up at `until`, or when the host stops.
    void limit(TimePoint until)
    {
        ++step_;
        until_ = until;
        tick();
    }

    void tick()
    {
        timer_.expires_after(std::clamp(until_ - host_.clock().now(), Duration::zero(), ChannelHost::stop_tick));
        timer_.async_wait([self = shared_from_this(), step = step_](const boost::system::error_code& error) {
            if (error || step != self->step_) {
                return;  // a step that has ended, though the timer had expired already
            }
            if (!self->host_.is_stopping() && self->host_.clock().now() < self->until_) {
                self->tick();
                return;
            }
            boost::system::error_code ignored;
            self->resolver_.cancel();
            self->socket_.close(ignored);
        });
    }

    void end_step()
    {
        ++step_;
        timer_.cancel();
    }

    bool is_late() const { return host_.clock().now() >= deadline_; }

    template <class F>
    void fail(F raise)
    {
        try {
            raise();
        } catch (...) {
            finish(std::current_exception(), {});
        }
    }

    void finish(std::exception_ptr failure, FileDescriptor socket)
    {
        end_step();
        done_(failure, std::move(socket));
    }

    const ObjectUrl url_;
    const TcpAddress address_;
    ChannelHost& host_;
    const TimePoint deadline_;
    const Done done_;
    asio::strand<asio::io_context::executor_type> strand_;  // the user's io_context may have several threads
    Resolver resolver_;
    asio::ip::tcp::socket socket_;
    asio::steady_timer timer_;
    TimePoint until_;
    unsigned step_ = 0;
    std::vector<TcpEndpoint> endpoints_;
    std::size_t next_ = 0;
    std::string causes_;
};

}  // namespace

void async_connect_to_any(const ObjectUrl& url, const TcpAddress& address, ChannelHost& host, TimePoint deadline,
                          std::function<void(std::exception_ptr, FileDescriptor)> done)
{
    std::make_shared<Attempt>(url, address, host, deadline, std::move(done))->start();
}

}  // namespace remoting
