// SPDX-License-Identifier: BSL-1.0
#include "pipe/pipe_endpoint.hpp"

#include "pipe/peer_credentials.hpp"
#include "socket/url_rules.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

namespace remoting {

namespace {

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
        throw_about(url, ErrorCode::connect_failed, "nobody listens on " + url.scheme + " '" + url.host + "'");
    }
    throw_errno(url, error == EACCES ? ErrorCode::permission_denied : ErrorCode::connect_failed, error,
                "cannot connect to " + url.scheme + " '" + url.host + "'");
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
                        "the listener on " + url.scheme + " '" + url.host + "' did not accept before the deadline");
        }
    }
}

}  // namespace

PipeSocket connect_pipe(const ObjectUrl& url, const PipePlace& place, const Clock& clock, TimePoint deadline)
{
    const std::string name = std::string(place.prefix) + require_name(url);
    const DirectoryRules rules = DirectoryRules::of_client(url);
    const auto directory = PipeDirectory::open(url, PipeDirectory::choose(url, place.directory, rules), rules);
    try {
        PipeSocket pipe{.socket = connect_socket(url, directory.address_of(url, name), clock, deadline), .peer = {}};
        pipe.peer = peer_of(pipe.socket.get());
        if (const std::string why = refusal(pipe.peer, rules.owner); !why.empty()) {
            throw_about(url, ErrorCode::permission_denied, why);
        }
        return pipe;
    } catch (const std::system_error& error) {
        throw_about(url, ErrorCode::connect_failed, error.what());
    }
}

namespace {

ObjectUrl url_for_clients(ObjectUrl url, const AccessList& access)
{
    url.object.clear();
    if (!access.is_owner_only()) {
        url.options["owner"] = std::to_string(::geteuid());
    }
    return url;
}

PipeDirectory directory_for(const ObjectUrl& url, const std::string& configured, const AccessList& access)
{
    require_name(url);
    const DirectoryRules rules = DirectoryRules::of_server(access);
    return PipeDirectory::create(url, PipeDirectory::choose(url, configured, rules), rules);
}

}  // namespace

PipeEndpoint::PipeEndpoint(const ObjectUrl& url, const PipePlace& place, AccessList access)
    : url_(url_for_clients(url, access)),
      access_(std::move(access)),
      name_(url, directory_for(url, place.directory, access_), std::string(place.prefix) + url.host),
      listening_(name_.bind_and_listen(url, access_.is_owner_only() ? 0600 : 0666))
{
}

PipeSocket PipeEndpoint::admit(FileDescriptor accepted) const
{
    PipeSocket pipe{.socket = std::move(accepted), .peer = {}};
    pipe.peer = peer_of(pipe.socket.get());
    if (const std::string why = refusal(pipe.socket.get(), pipe.peer, access_); !why.empty()) {
        throw_about(url_, ErrorCode::permission_denied, why);
    }
    return pipe;
}

}  // namespace remoting
