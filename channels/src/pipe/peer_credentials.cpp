// SPDX-License-Identifier: BSL-1.0
#include "pipe/peer_credentials.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace remoting {

namespace {

constexpr uid_t overflow_user = 65534;

}  // namespace

PeerIdentity peer_of(int socket)
{
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
        throw std::system_error(errno, std::generic_category(), "getsockopt(SO_PEERCRED)");
    }
    PeerIdentity identity;
    identity.address = "pid " + std::to_string(credentials.pid);
    identity.is_local = true;
    identity.user_id = credentials.uid;
    identity.group_id = credentials.gid;
    return identity;
}

std::string refusal(const PeerIdentity& peer, uid_t own)
{
    if (!peer.user_id || *peer.user_id == static_cast<uid_t>(-1)) {
        return "the kernel does not say which user the peer is";
    }
    const std::string user = std::to_string(*peer.user_id);
    if (*peer.user_id == overflow_user) {
        return "the peer is user " + user + ", which stands for any user unknown here";
    }
    if (*peer.user_id != own) {
        return "the peer is user " + user + ", this process is user " + std::to_string(own);
    }
    return {};
}

}  // namespace remoting
