// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/messaging/object_url.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace remoting {

using TcpEndpoint = boost::asio::ip::tcp::endpoint;

/// 127.0.0.0/8 and ::1, also as an IPv4 address mapped into IPv6.
bool is_loopback(const boost::asio::ip::address& address) noexcept;

/// "127.0.0.1:6100", "[::1]:6100"
std::string to_text(const TcpEndpoint& endpoint);

/// What a tcp:// URL says.
struct TcpAddress {
    std::string host;  ///< a name to be resolved, unless `endpoints` is filled
    std::uint16_t port = 0;
    bool insecure = false;  ///< reaching beyond this machine without encryption was asked for
    /// Of an address in digits and of localhost, which needs no resolver to be known.
    std::vector<TcpEndpoint> endpoints;
};

/// @throws RemotingError invalid_url
TcpAddress parse_tcp_url(const ObjectUrl& url);

/// Removes what lies beyond this machine unless the URL allows it. @throws RemotingError permission_denied when
/// nothing is left then.
std::vector<TcpEndpoint> permitted(const ObjectUrl& url, const TcpAddress& address, std::vector<TcpEndpoint> endpoints);

}  // namespace remoting
