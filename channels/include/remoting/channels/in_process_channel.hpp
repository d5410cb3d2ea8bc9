// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/client_channel.hpp>
#include <remoting/channels/local_network.hpp>
#include <remoting/channels/server_channel.hpp>

#include <memory>

namespace remoting {

/// "inproc://name": peers in one process that share a LocalNetwork. Calls are encoded and carried like any others,
/// over a pair of connected sockets; nothing outside the process can reach them. Names are those of pipe://.
/// Thread-safe.
class InProcessChannel final : public ClientChannel, public ServerChannel {
public:
    /// @param network not null
    explicit InProcessChannel(std::shared_ptr<LocalNetwork> network);

    std::shared_ptr<Connection> connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline) override;
    void async_connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline, Connected done) override;
    std::unique_ptr<Listener> listen(const ObjectUrl& url, ChannelHost& host) override;

private:
    std::shared_ptr<LocalNetwork> network_;
};

}  // namespace remoting
