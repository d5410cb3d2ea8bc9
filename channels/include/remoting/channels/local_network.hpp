// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/byte_stream.hpp>
#include <remoting/channels/channel_host.hpp>
#include <remoting/channels/server_channel.hpp>

#include <memory>
#include <string>

namespace remoting {

/// The names under which peers in one process find each other. Clients and servers that were given the same network
/// reach each other with inproc:// URLs; those with different ones do not. Thread-safe. Listeners keep what they need
/// of it, so that it may go before them.
class LocalNetwork final {
public:
    LocalNetwork();
    ~LocalNetwork();
    LocalNetwork(const LocalNetwork&) = delete;
    LocalNetwork& operator=(const LocalNetwork&) = delete;

    /// `host` gets the streams of those who connect to the URL's host, on their threads. It outlives the listener.
    /// @throws RemotingError name_in_use
    std::unique_ptr<Listener> listen(const ObjectUrl& url, ChannelHost& host);
    /// Hands one end of a new stream to the listener and returns the other.
    /// @throws RemotingError connect_failed when nobody listens, resource_exhausted
    std::unique_ptr<ByteStream> connect(const ObjectUrl& url);

private:
    class Names;
    std::shared_ptr<Names> names_;
};

}  // namespace remoting
