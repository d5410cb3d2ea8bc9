// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/channel_host.hpp>

#include <memory>
#include <string>

namespace remoting {

/// One address that is being listened on.
class Listener {
public:
    /// Stops accepting, waits for an accept handler under way, and frees the address.
    virtual ~Listener() = default;
    /// What clients connect to; an ephemeral port is resolved.
    virtual const std::string& url() const noexcept = 0;
};

/// Listens on the URLs of one scheme and passes what it accepts to host.accept(...).
class ServerChannel {
public:
    virtual ~ServerChannel() = default;

    /// Bound and accepting when it returns.
    /// @throws RemotingError address_in_use, name_in_use, permission_denied, invalid_url
    virtual std::unique_ptr<Listener> listen(const ObjectUrl& url, ChannelHost& host) = 0;
};

}  // namespace remoting
