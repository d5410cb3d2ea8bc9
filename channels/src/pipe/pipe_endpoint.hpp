// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "pipe/pipe_directory.hpp"
#include "pipe/pipe_name.hpp"
#include "socket/file_descriptor.hpp"

#include <remoting/channels/access_list.hpp>
#include <remoting/channels/byte_stream.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/messaging/object_url.hpp>

#include <string>
#include <string_view>

namespace remoting {

// What everything that lies in a pipe directory has in common: the pipe channel, named pipes, mailslots. The name is
// the URL's host; the options "directory" and "owner" say where it is.

/// Where sockets are, and what their files are called.
struct PipePlace {
    std::string directory = {};    ///< see PipeDirectory::choose
    std::string_view prefix = {};  ///< of the file's name, so that different things may have the same name
};

/// A socket whose other end is who it may be.
struct PipeSocket {
    FileDescriptor socket;  ///< in blocking mode
    PeerIdentity peer;
};

/// Connects, waiting for room in the listener's queue until `deadline`, and checks that the listener is of the user
/// whose pipe it is.
/// @throws RemotingError invalid_url, connect_failed, permission_denied, deadline_exceeded
PipeSocket connect_pipe(const ObjectUrl& url, const PipePlace& place, const Clock& clock, TimePoint deadline);

/// A name that is listened on, and who may connect to it. The name is given up when this goes.
class PipeEndpoint final {
public:
    /// @throws RemotingError invalid_url, name_in_use, permission_denied
    PipeEndpoint(const ObjectUrl& url, const PipePlace& place, AccessList access);

    /// The non-blocking listening socket. Once.
    FileDescriptor take_listening_socket() noexcept { return std::move(listening_); }
    /// Asks the kernel who connected. @throws RemotingError permission_denied
    PipeSocket admit(FileDescriptor accepted) const;
    /// What clients connect to: the URL, with the owner if others may connect.
    const ObjectUrl& url() const noexcept { return url_; }

private:
    ObjectUrl url_;
    AccessList access_;
    PipeName name_;
    FileDescriptor listening_;
};

}  // namespace remoting
