// SPDX-License-Identifier: BSL-1.0
#include <remoting/channels/pipe_channel.hpp>

#include "pipe/peer_credentials.hpp"
#include "pipe/pipe_directory.hpp"
#include "pipe/pipe_name.hpp"
#include "socket/accept_loop.hpp"
#include "socket/socket_stream.hpp"
#include "socket/url_rules.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <exception>
#include <system_error>
#include <utility>

namespace remoting {

namespace {

constexpr auto full_queue_pause = std::chrono::milliseconds(5);

/// @throws RemotingError permission_denied, std::system_error
std::unique_ptr<ByteStream> make_pipe_stream(const ObjectUrl& url, FileDescriptor socket)
{
    PeerIdentity peer = peer_of(socket.get());
    if (const std::string why = refusal(peer, ::geteuid()); !why.empty()) {
        throw_about(url, ErrorCode::permission_denied, why);
    }
    return std::make_unique<SocketStream>(std::move(socket), std::move(peer));
}

class PipeListener final : public Listener {
public:
    PipeListener(const ObjectUrl& url, PipeDirectory directory, ChannelHost& host, AcceptLog log)
        : name_(url, std::move(directory), url.host),
          loop_(
              name_.bind_and_listen(url), host, url.endpoint(),
              [url](FileDescriptor socket) { return make_pipe_stream(url, std::move(socket)); }, std::move(log))
    {
    }
    const std::string& url() const noexcept override { return loop_.local_url(); }

private:
    PipeName name_;  // given up after the loop has ended
    AcceptLoop loop_;
};

/// How long a connect() may wait for room in the listener's queue. While it waits, the kernel lets it sleep.
timeval time_left(TimePoint now, TimePoint deadline) noexcept
{
    const auto left = std::chrono::ceil<std::chrono::microseconds>(
        std::clamp<Duration>(deadline - now, std::chrono::milliseconds(1), std::chrono::hours(1)));
    return {.tv_sec = static_cast<time_t>(left.count() / 1'000'000),
            .tv_usec = static_cast<suseconds_t>(left.count() % 1'000'000)};
}

[[noreturn]] void throw_not_connected(const ObjectUrl& url, int error)
{
    if (error == ENOENT || error == ECONNREFUSED) {
        throw_about(url, ErrorCode::connect_failed, "nobody listens on pipe '" + url.host + "'");
    }
    throw_errno(url, error == EACCES ? ErrorCode::permission_denied : ErrorCode::connect_failed, error,
                "cannot connect to pipe '" + url.host + "'");
}

FileDescriptor connect_socket(const ObjectUrl& url, const sockaddr_un& address, const Clock& clock, TimePoint deadline)
{
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) {
        throw_errno(url, ErrorCode::connect_failed, errno, "cannot create a socket");
    }
    for (;;) {
        const timeval limit = time_left(clock.now(), deadline);
        if (::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0) {
            throw_errno(url, ErrorCode::connect_failed, errno, "setsockopt(SO_SNDTIMEO)");
        }
        if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
            return socket;
        }
        if (const int error = errno; error != EAGAIN && error != EINTR) {
            throw_not_connected(url, error);
        }
        if (clock.now() >= deadline) {
            throw_about(url, ErrorCode::deadline_exceeded,
                        "the listener on pipe '" + url.host + "' did not accept before the deadline");
        }
    }
}

}  // namespace

PipeChannel::PipeChannel(PipeOptions options) : options_(std::move(options)) {}

std::unique_ptr<ByteStream> PipeChannel::stream_to(const ObjectUrl& url, const Clock& clock, TimePoint deadline) const
{
    require_known_options(url, {"directory"});
    const std::string& name = require_name(url);
    const auto directory = PipeDirectory::open(url, PipeDirectory::choose(url, options_.directory));
    try {
        return make_pipe_stream(url, connect_socket(url, directory.address_of(url, name), clock, deadline));
    } catch (const std::system_error& error) {
        throw_about(url, ErrorCode::connect_failed, error.what());
    }
}

std::shared_ptr<Connection> PipeChannel::connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline)
{
    return host.open(stream_to(url, host.clock(), deadline), url, deadline);
}

void PipeChannel::async_connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline, Connected done)
{
    std::unique_ptr<ByteStream> stream;
    try {
        stream = stream_to(url, host.clock(), host.clock().now());
    } catch (const RemotingError& error) {
        if (error.code() != ErrorCode::deadline_exceeded || host.clock().now() >= deadline) {
            done(std::current_exception(), nullptr);
            return;
        }
        // The listener's queue is full.
        const auto timer = std::make_shared<boost::asio::steady_timer>(host.io_context(), full_queue_pause);
        timer->async_wait([this, timer, url, &host, deadline, done = std::move(done)](auto) mutable {
            async_connect(url, host, deadline, std::move(done));
        });
        return;
    } catch (...) {
        done(std::current_exception(), nullptr);
        return;
    }
    host.async_open(std::move(stream), url, deadline, std::move(done));
}

std::unique_ptr<Listener> PipeChannel::listen(const ObjectUrl& url, ChannelHost& host)
{
    require_known_options(url, {"directory"});
    require_name(url);
    ObjectUrl bound = url;
    bound.object.clear();
    auto directory = PipeDirectory::create(url, PipeDirectory::choose(url, options_.directory));
    try {
        return std::make_unique<PipeListener>(bound, std::move(directory), host, options_.log);
    } catch (const std::system_error& error) {
        throw_about(url, ErrorCode::internal, error.what());
    }
}

}  // namespace remoting
