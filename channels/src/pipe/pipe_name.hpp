// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "pipe/pipe_directory.hpp"
#include "socket/file_descriptor.hpp"

#include <remoting/messaging/object_url.hpp>

#include <sys/types.h>

#include <string>

namespace remoting {

/// The ownership of a name in a directory: a locked file ".name.lock" beside the socket. Whoever holds the lock may
/// clear away a socket that a dead process left. The kernel drops the lock with the process.
class PipeName final {
public:
    /// @throws RemotingError name_in_use, permission_denied
    PipeName(const ObjectUrl& url, PipeDirectory directory, std::string name);
    /// Removes the socket file, if it is still the one bound here, and the lock file.
    ~PipeName();
    PipeName(const PipeName&) = delete;
    PipeName& operator=(const PipeName&) = delete;

    /// A listening socket of that mode under the name. Once. @throws RemotingError
    FileDescriptor bind_and_listen(const ObjectUrl& url, mode_t mode);

private:
    void remove_stale_socket(const ObjectUrl& url, const sockaddr_un& address) const;

    PipeDirectory directory_;
    std::string name_;
    std::string lock_name_;
    FileDescriptor lock_;
    bool bound_ = false;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

}  // namespace remoting
