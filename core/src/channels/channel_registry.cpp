// SPDX-License-Identifier: BSL-1.0
#include <remoting/channels/channel_registry.hpp>

#include <remoting/errors/exceptions.hpp>

#include <utility>

namespace remoting {

void ChannelRegistry::add(std::string scheme, std::shared_ptr<ClientChannel> client,
                          std::shared_ptr<ServerChannel> server)
{
    channels_[std::move(scheme)] = {std::move(client), std::move(server)};
}

ClientChannel& ChannelRegistry::client(std::string_view scheme) const
{
    const auto found = channels_.find(scheme);
    if (found == channels_.end() || found->second.client == nullptr) {
        unknown(scheme, "connects to");
    }
    return *found->second.client;
}

ServerChannel& ChannelRegistry::server(std::string_view scheme) const
{
    const auto found = channels_.find(scheme);
    if (found == channels_.end() || found->second.server == nullptr) {
        unknown(scheme, "listens on");
    }
    return *found->second.server;
}

void ChannelRegistry::unknown(std::string_view scheme, std::string_view side) const
{
    std::string known;
    for (const auto& entry : channels_) {
        known += (known.empty() ? "" : ", ") + entry.first;
    }
    // The one channel of ours that is never there by itself, because it needs SQLite.
    const std::string_view remedy = scheme == "mailslot" ? "; link remoting::mailslot and add a MailslotChannel of "
                                                           "<remoting/channels/mailslot_channel.hpp> to the channels"
                                                         : "";
    throw RemotingError(ErrorCode::invalid_url, Executed::no,
                        "no channel " + std::string(side) + " '" + std::string(scheme) +
                            "://' here; there are: " + (known.empty() ? "none" : known) + std::string(remedy));
}

}  // namespace remoting
