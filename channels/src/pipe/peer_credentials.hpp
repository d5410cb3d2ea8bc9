// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/access_list.hpp>
#include <remoting/channels/byte_stream.hpp>

#include <sys/types.h>

#include <string>

namespace remoting {

/// The peer of a connected Unix domain socket, as the kernel recorded it when the peer connected or listened. The
/// process id is in `address`, for people only: ids are reused.
/// @throws std::system_error
PeerIdentity peer_of(int socket);

/// Why `peer` may not be talked to; empty if it may. It must run as the effective user `expected`. That goes for root
/// too, which can take on that user's id; and a user that is not mapped into this user namespace shows as 65534 and is
/// nobody in particular.
std::string refusal(const PeerIdentity& peer, uid_t expected);

/// Why the peer connected to `socket` may not use what this process's user shares with those on the list; empty if it
/// may. @throws std::system_error
std::string refusal(int socket, const PeerIdentity& peer, const AccessList& access);

}  // namespace remoting
