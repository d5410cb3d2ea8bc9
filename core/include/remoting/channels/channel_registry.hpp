// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/client_channel.hpp>
#include <remoting/channels/server_channel.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace remoting {

/// Scheme -> channel. Each Client and Server owns one; a URL's scheme picks the channel at run time.
/// Not thread-safe: fill it before the first listen() or call.
class ChannelRegistry {
public:
    /// Either may be null when the transport has no such side. Replaces what was there.
    void add(std::string scheme, std::shared_ptr<ClientChannel> client, std::shared_ptr<ServerChannel> server);

    /// @throws RemotingError invalid_url that names the known schemes
    ClientChannel& client(std::string_view scheme) const;
    ServerChannel& server(std::string_view scheme) const;

private:
    struct Channel {
        std::shared_ptr<ClientChannel> client;
        std::shared_ptr<ServerChannel> server;
    };
    [[noreturn]] void unknown(std::string_view scheme, std::string_view side) const;

    std::map<std::string, Channel, std::less<>> channels_;
};

}  // namespace remoting
