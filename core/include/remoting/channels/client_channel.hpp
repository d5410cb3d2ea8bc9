// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/channel_host.hpp>
#include <remoting/dispatch/descriptors.hpp>

#include <memory>
#include <string>

namespace remoting {

/// Opens connections to the URLs of one scheme. Stateless or thread-safe: connect() is called from any thread.
class ClientChannel {
public:
    virtual ~ClientChannel() = default;

    /// Connects, waiting until `deadline` at most. A channel over a byte stream ends with host.open(...).
    /// @throws RemotingError connect_failed, invalid_url, permission_denied, deadline_exceeded, shutting_down (see
    ///         ChannelHost::is_stopping); all executed: no
    virtual std::shared_ptr<Connection> connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline) = 0;

    /// The same without waiting: `done` is called once, on any thread, perhaps before this returns. Unless a channel
    /// has a better way, connect() runs on a thread of its own meanwhile.
    virtual void async_connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline, Connected done);

    /// The URI of the object that a client asks for, before anything is sent: `url.object`. A channel that cannot carry
    /// all interfaces refuses others here. @throws RemotingError invalid_url when no object is named, invalid_argument
    virtual std::string object_of(const ObjectUrl& url, const InterfaceDescriptor& interface) const;
};

}  // namespace remoting
