// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/channel_host.hpp>
#include <remoting/channels/channel_registry.hpp>
#include <remoting/channels/client_channel.hpp>
#include <remoting/channels/server_channel.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace remoting::test {

/// "test://name": a channel within the process whose streams a test can wrap. It uses nothing but public headers, as
/// somebody else's channel would. Set the wrappers before the first connection.
class WrappingChannel final : public ClientChannel, public ServerChannel {
public:
    using Wrap = std::function<std::unique_ptr<ByteStream>(std::unique_ptr<ByteStream>)>;

    std::shared_ptr<Connection> connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline) override;
    std::unique_ptr<Listener> listen(const ObjectUrl& url, ChannelHost& host) override;

    /// Makes the listener of that name accept a stream of which the other end is returned; the caller owns it.
    int dial(const std::string& name);

    Wrap wrap_client;
    Wrap wrap_server;

private:
    class NameListener;

    std::mutex mutex_;
    std::map<std::string, ChannelHost*> hosts_;
};

/// A registry that knows only "test", on `channel`.
ChannelRegistry registry_of(const std::shared_ptr<WrappingChannel>& channel);

}  // namespace remoting::test
