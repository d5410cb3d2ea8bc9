// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/accept_log.hpp>
#include <remoting/channels/client_channel.hpp>
#include <remoting/channels/server_channel.hpp>

#include <memory>
#include <utility>

namespace remoting {

/// "tcp://host:port", with the option "insecure".
///
/// tcp:// is neither encrypted nor authenticated: both sides keep to loopback addresses, unless the URL says
/// "?insecure". "localhost" is a loopback address, whatever the resolver says.
/// Thread-safe; any number of clients and servers may share one.
class TcpChannel final : public ClientChannel, public ServerChannel {
public:
    TcpChannel() = default;
    explicit TcpChannel(AcceptLog log) : log_(std::move(log)) {}

    /// Tries every address of the host in turn. Addresses in digits and localhost need nobody to run the io_context;
    /// a host name does, except on the io_context's own thread, where resolving it may overrun the deadline.
    std::shared_ptr<Connection> connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline) override;
    void async_connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline, Connected done) override;
    /// Refuses what connect() would refuse without asking anybody.
    std::string object_of(const ObjectUrl& url, const InterfaceDescriptor& interface) const override;
    /// Port 0 takes a free one; the listener's url() names it. A host name that has several addresses is listened on
    /// at the first one that can be had. Resolving a host name waits as long as the system's resolver does.
    std::unique_ptr<Listener> listen(const ObjectUrl& url, ChannelHost& host) override;

private:
    AcceptLog log_;
};

}  // namespace remoting
