// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/accept_log.hpp>
#include <remoting/channels/access_list.hpp>
#include <remoting/channels/client_channel.hpp>
#include <remoting/channels/server_channel.hpp>

#include <memory>
#include <string>

namespace remoting {

struct PipeOptions {
    /// Where the sockets are: an absolute path. Empty: $XDG_RUNTIME_DIR/remoting, else /run/user/UID/remoting, else
    /// /tmp/remoting-UID. Listening makes the last component if it is missing. It must be a directory of this user,
    /// no symbolic link, with no permission for anybody else.
    std::string directory;
    AcceptLog log = {};
    /// Who may connect beside this user. If anybody: the directory is /tmp/remoting-shared-UID unless it is chosen, its
    /// mode is 0711, and the listener's URL has the option "owner=UID", which clients need, this user's too.
    AccessList access = {};
};

/// "pipe://name", with the options "directory=/path" and "owner=UID": Unix domain sockets in a directory.
///
/// A name is 1 to 64 of A-Z a-z 0-9 . _ - with no dot in front. Both ends ask the kernel for the other's credentials.
/// Unless there is an access list, they talk to processes of their own effective user only; root is no exception.
/// Thread-safe; any number of clients and servers may share one.
class PipeChannel final : public ClientChannel, public ServerChannel {
public:
    PipeChannel() = default;
    explicit PipeChannel(PipeOptions options);

    std::shared_ptr<Connection> connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline) override;
    void async_connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline, Connected done) override;
    /// Refuses names and options that connect() would refuse.
    std::string object_of(const ObjectUrl& url, const InterfaceDescriptor& interface) const override;
    /// The name belongs to the listener until it, or the process, ends; what a killed process left is cleared away.
    std::unique_ptr<Listener> listen(const ObjectUrl& url, ChannelHost& host) override;

private:
    std::unique_ptr<ByteStream> stream_to(const ObjectUrl& url, const Clock& clock, TimePoint deadline) const;

    PipeOptions options_;
};

}  // namespace remoting
