// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "socket/file_descriptor.hpp"
#include "tcp/tcp_address.hpp"

#include <remoting/channels/channel_host.hpp>

#include <exception>
#include <functional>
#include <vector>

namespace remoting {

/// The addresses behind a host name, waiting until `deadline` at most for the host's io_context to resolve it. On
/// that io_context's own thread, or when it has stopped, the thread resolves for itself: then the system's resolver
/// decides how long it takes.
/// @throws RemotingError connect_failed, deadline_exceeded, shutting_down
std::vector<TcpEndpoint> resolve(const ObjectUrl& url, const TcpAddress& address, ChannelHost& host,
                                 TimePoint deadline);

/// The same on the calling thread, as long as the system's resolver takes. @throws RemotingError connect_failed
std::vector<TcpEndpoint> resolve_here(const ObjectUrl& url, const TcpAddress& address,
                                      boost::asio::io_context& context);

/// Tries the endpoints in order until one accepts; the calling thread waits, nobody else is needed.
/// @throws RemotingError connect_failed, deadline_exceeded, resource_exhausted, with the cause for each endpoint;
///         shutting_down
FileDescriptor connect_to_any(const ObjectUrl& url, const std::vector<TcpEndpoint>& endpoints, const ChannelHost& host,
                              TimePoint deadline);

/// Both of these without waiting; `done` is called once, on the host's io_context or at once.
void async_connect_to_any(const ObjectUrl& url, const TcpAddress& address, ChannelHost& host, TimePoint deadline,
                          std::function<void(std::exception_ptr, FileDescriptor)> done);

}  // namespace remoting
