// SPDX-License-Identifier: BSL-1.0
#include "pipe/peer_credentials.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

namespace remoting {

namespace {

constexpr uid_t overflow_user = 65534;

/// The supplementary groups the peer had when it connected.
std::vector<gid_t> groups_of(int socket)
{
    std::vector<gid_t> groups(32);
    for (;;) {
        auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
        const int result = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size);
        if (result != 0 && errno != ERANGE) {
            throw std::system_error(errno, std::generic_category(), "getsockopt(SO_PEERGROUPS)");
        }
        groups.resize(size / sizeof(gid_t));
        if (result == 0) {
            return groups;
        }
    }
}

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

std::string refusal(const PeerIdentity& peer, uid_t expected)
{
    if (!peer.user_id || *peer.user_id == static_cast<uid_t>(-1)) {
        return "the kernel does not say which user the peer is";
    }
    const std::string user = std::to_string(*peer.user_id);
    if (*peer.user_id == overflow_user) {
        return "the peer is user " + user + ", which stands for any user unknown here";
    }
    if (*peer.user_id != expected) {
        return "the peer is user " + user +
               (expected == ::geteuid() ? ", this process is user " : ", expected was user ") +
               std::to_string(expected);
    }
    return {};
}

std::string refusal(int socket, const PeerIdentity& peer, const AccessList& access)
{
    if (access.everyone) {
        return {};
    }
    std::string why = refusal(peer, ::geteuid());
    if (why.empty() || access.is_owner_only() || !peer.user_id || *peer.user_id == overflow_user) {
        return why;
    }
    const auto listed = [&](gid_t group) { return std::ranges::find(access.groups, group) != access.groups.end(); };
    if (std::ranges::find(access.users, *peer.user_id) != access.users.end() ||
        (peer.group_id && listed(*peer.group_id)) ||
        (!access.groups.empty() && std::ranges::any_of(groups_of(socket), listed))) {
        return {};
    }
    return why + " and the access list has neither the peer's user nor one of its groups";
}

}  // namespace remoting
