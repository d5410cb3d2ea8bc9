// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/client_channel.hpp>
#include <remoting/channels/mailslot.hpp>
#include <remoting/channels/server_channel.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace remoting {

/// "mailslot://./name/object", with the options "durable", "directory=/path" and "owner=UID": calls without an answer,
/// through a mailslot. Without an object the slot's name is the object's URI. "mailslot://./name-*" reaches every
/// volatile slot of this user on this machine whose name matches.
///
///     auto mailslots = std::make_shared<MailslotChannel>();
///     options.channels.add("mailslot", mailslots, mailslots);
///
/// Only interfaces whose methods are all [oneway] go through; get_object refuses others with invalid_argument. Object
/// references cannot be arguments. Thread-safe.
class MailslotChannel final : public ClientChannel, public ServerChannel {
public:
    explicit MailslotChannel(MailslotOptions options = {});

    std::shared_ptr<Connection> connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline) override;
    std::string object_of(const ObjectUrl& url, const InterfaceDescriptor& interface) const override;
    /// Owns the slot and serves its messages one after the other, on a thread of its own. The listener's end waits for
    /// the servant that is running.
    std::unique_ptr<Listener> listen(const ObjectUrl& url, ChannelHost& host) override;

    /// Of a slot that a server listens to through this channel, as Mailslot::info(): what waits there, what was
    /// dropped.
    /// @throws RemotingError object_not_found when none of this name is listened to, invalid_url
    MailslotInfo info(std::string_view name_or_url) const;

private:
    class Slots;
    class SlotListener;
    MailslotOptions options_;
    std::shared_ptr<Slots> slots_;
};

}  // namespace remoting
