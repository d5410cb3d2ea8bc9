// SPDX-License-Identifier: BSL-1.0
#include "tcp/tcp_stream.hpp"

#include "socket/socket_stream.hpp"
#include "tcp/tcp_address.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace remoting {

std::unique_ptr<ByteStream> make_tcp_stream(FileDescriptor socket)
{
    TcpEndpoint peer;
    auto size = static_cast<socklen_t>(peer.capacity());
    if (::getpeername(socket.get(), peer.data(), &size) != 0) {
        return nullptr;
    }
    peer.resize(size);
    const int on = 1;
    if (::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
        throw std::system_error(errno, std::generic_category(), "setsockopt(TCP_NODELAY)");
    }
    PeerIdentity identity;
    identity.address = to_text(peer);
    identity.is_local = is_loopback(peer.address());
    return std::make_unique<SocketStream>(std::move(socket), std::move(identity));
}

}  // namespace remoting
