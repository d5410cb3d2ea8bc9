// SPDX-License-Identifier: BSL-1.0
#include <remoting/channels/pipe_channel.hpp>

#include "pipe/pipe_endpoint.hpp"
#include "socket/accept_loop.hpp"
#include "socket/socket_stream.hpp"
#include "socket/url_rules.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <system_error>
#include <utility>

namespace remoting {

namespace {

constexpr auto full_queue_pause = std::chrono::milliseconds(5);

std::unique_ptr<ByteStream> make_stream(PipeSocket pipe)
{
    return std::make_unique<SocketStream>(std::move(pipe.socket), std::move(pipe.peer));
}

/// @throws RemotingError invalid_url
void check_url(const ObjectUrl& url)
{
    require_known_options(url, {"directory", "owner"});
    require_name(url);
    DirectoryRules::of_client(url);
}

class PipeListener final : public Listener {
public:
    PipeListener(const ObjectUrl& url, const PipeOptions& options, ChannelHost& host)
        : endpoint_(url, {.directory = options.directory}, options.access),
          loop_(
              endpoint_.take_listening_socket(), host, endpoint_.url().endpoint(),
              [this](FileDescriptor socket) { return make_stream(endpoint_.admit(std::move(socket))); }, options.log)
    {
    }
    const std::string& url() const noexcept override { return loop_.local_url(); }

private:
    PipeEndpoint endpoint_;  // given up after the loop has ended
    AcceptLoop loop_;
};

}  // namespace

PipeChannel::PipeChannel(PipeOptions options) : options_(std::move(options)) {}

std::unique_ptr<ByteStream> PipeChannel::stream_to(const ObjectUrl& url, const Clock& clock, TimePoint deadline) const
{
    check_url(url);
    try {
        return make_stream(connect_pipe(url, {.directory = options_.directory}, clock, deadline));
    } catch (const std::system_error& error) {
        throw_about(url, ErrorCode::connect_failed, error.what());
    }
}

std::shared_ptr<Connection> PipeChannel::connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline)
{
    std::unique_ptr<ByteStream> stream;
    while (stream == nullptr) {
        const TimePoint until = std::min(deadline, deadline_after(host.clock().now(), ChannelHost::stop_tick));
        try {
            stream = stream_to(url, host.clock(), until);
        } catch (const RemotingError& error) {
            if (error.code() != ErrorCode::deadline_exceeded || until == deadline) {
                throw;
            }
        }
        if (host.is_stopping()) {
            throw_stopping(url);
        }
    }
    return host.open(std::move(stream), url, deadline);
}

std::string PipeChannel::object_of(const ObjectUrl& url, const InterfaceDescriptor& interface) const
{
    check_url(url);
    return ClientChannel::object_of(url, interface);
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
            if (host.is_stopping()) {
                done(std::make_exception_ptr(RemotingError(ErrorCode::shutting_down, Executed::no,
                                                           "this side is stopping", {{}, {}, url.endpoint()})),
                     nullptr);
                return;
            }
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
    try {
        return std::make_unique<PipeListener>(url, options_, host);
    } catch (const std::system_error& error) {
        throw_about(url, ErrorCode::internal, error.what());
    }
}

}  // namespace remoting
