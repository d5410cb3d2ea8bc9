// SPDX-License-Identifier: BSL-1.0
#include <remoting/channels/tcp_channel.hpp>

#include "socket/accept_loop.hpp"
#include "socket/url_rules.hpp"
#include "tcp/tcp_address.hpp"
#include "tcp/tcp_connector.hpp"
#include "tcp/tcp_stream.hpp"

#include <boost/asio/io_context.hpp>

#include <sys/socket.h>

#include <cerrno>
#include <exception>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace remoting {

namespace {

class TcpListener final : public Listener {
public:
    TcpListener(FileDescriptor socket, ChannelHost& host, std::string url, AcceptLog log)
        : loop_(std::move(socket), host, std::move(url), make_tcp_stream, std::move(log))
    {
    }
    const std::string& url() const noexcept override { return loop_.local_url(); }

private:
    AcceptLoop loop_;
};

/// errno is set when the result is empty.
FileDescriptor bind_and_listen(const TcpEndpoint& endpoint)
{
    FileDescriptor socket(
        ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
    // A server that restarts takes its port back while connections of the last run are in TIME_WAIT.
    const int on = 1;
    if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        ::bind(socket.get(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 ||
        ::listen(socket.get(), SOMAXCONN) != 0) {
        const int error = errno;
        socket.reset();
        errno = error;
    }
    return socket;
}

std::uint16_t bound_port(const FileDescriptor& socket, const ObjectUrl& url)
{
    TcpEndpoint bound;
    auto size = static_cast<socklen_t>(bound.capacity());
    if (::getsockname(socket.get(), bound.data(), &size) != 0) {
        throw_errno(url, ErrorCode::internal, errno, "getsockname");
    }
    return bound.port();
}

[[noreturn]] void throw_not_listening(const ObjectUrl& url, const TcpEndpoint& endpoint, int error)
{
    const std::string what = "cannot listen on " + to_text(endpoint);
    switch (error) {
        case EADDRINUSE:
            throw_errno(url, ErrorCode::address_in_use, error, what);
        case EACCES:
        case EPERM:
            throw_errno(url, ErrorCode::permission_denied, error, what);
        case EADDRNOTAVAIL:
        case EAFNOSUPPORT:
            throw_errno(url, ErrorCode::invalid_url, error, what);
        default:
            throw_errno(url, ErrorCode::internal, error, what);
    }
}

}  // namespace

namespace {

TcpAddress address_to_connect_to(const ObjectUrl& url)
{
    TcpAddress address = parse_tcp_url(url);
    if (address.port == 0) {
        throw_about(url, ErrorCode::invalid_url, "port 0 is for listening only");
    }
    return address;
}

std::unique_ptr<ByteStream> stream_of(const ObjectUrl& url, FileDescriptor socket)
{
    std::unique_ptr<ByteStream> stream;
    try {
        stream = make_tcp_stream(std::move(socket));
    } catch (const std::system_error& error) {
        throw_about(url, ErrorCode::connect_failed, error.what());
    }
    if (stream == nullptr) {
        throw_about(url, ErrorCode::connect_failed, "the peer closed the connection at once");
    }
    return stream;
}

}  // namespace

std::shared_ptr<Connection> TcpChannel::connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline)
{
    const TcpAddress address = address_to_connect_to(url);
    auto endpoints = address.endpoints.empty() ? resolve(url, address, host, deadline) : address.endpoints;
    FileDescriptor socket = connect_to_any(url, permitted(url, address, std::move(endpoints)), host, deadline);
    return host.open(stream_of(url, std::move(socket)), url, deadline);
}

void TcpChannel::async_connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline, Connected done)
{
    try {
        async_connect_to_any(url, address_to_connect_to(url), host, deadline,
                             [url, &host, deadline, done](std::exception_ptr failure, FileDescriptor socket) {
                                 std::unique_ptr<ByteStream> stream;
                                 try {
                                     if (failure != nullptr) {
                                         std::rethrow_exception(failure);
                                     }
                                     stream = stream_of(url, std::move(socket));
                                 } catch (...) {
                                     done(std::current_exception(), nullptr);
                                     return;
                                 }
                                 host.async_open(std::move(stream), url, deadline, done);
                             });
    } catch (...) {
        done(std::current_exception(), nullptr);
    }
}

std::string TcpChannel::object_of(const ObjectUrl& url, const InterfaceDescriptor& interface) const
{
    const TcpAddress address = address_to_connect_to(url);
    permitted(url, address, address.endpoints);
    return ClientChannel::object_of(url, interface);
}

std::unique_ptr<Listener> TcpChannel::listen(const ObjectUrl& url, ChannelHost& host)
{
    const TcpAddress address = parse_tcp_url(url);
    auto endpoints = address.endpoints.empty() ? resolve_here(url, address, host.io_context()) : address.endpoints;
    endpoints = permitted(url, address, std::move(endpoints));
    FileDescriptor socket;
    int error = EADDRNOTAVAIL;
    for (const TcpEndpoint& endpoint : endpoints) {
        socket = bind_and_listen(endpoint);
        if (socket) {
            break;
        }
        error = errno;
        // Another address of the name will do if this one is not this machine's, but not if it is taken.
        if (error != EADDRNOTAVAIL && error != EAFNOSUPPORT) {
            throw_not_listening(url, endpoint, error);
        }
    }
    if (!socket) {
        throw_not_listening(url, endpoints.empty() ? TcpEndpoint() : endpoints.back(), error);
    }
    ObjectUrl bound = url;
    bound.object.clear();
    bound.port = std::to_string(bound_port(socket, url));
    try {
        return std::make_unique<TcpListener>(std::move(socket), host, bound.endpoint(), log_);
    } catch (const std::system_error& failure) {
        throw_about(url, ErrorCode::internal, failure.what());
    }
}

}  // namespace remoting
