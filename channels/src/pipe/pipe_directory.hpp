// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "socket/file_descriptor.hpp"

#include <remoting/messaging/object_url.hpp>

#include <sys/un.h>

#include <string>

namespace remoting {

/// The private directory in which pipes live, held open: a directory, not a symbolic link, of this user, closed to
/// all others. Files are reached through the descriptor, so that renaming the path changes nothing.
class PipeDirectory final {
public:
    /// `configured` is what PipeOptions says; the URL's option goes before it, the defaults after.
    /// @throws RemotingError invalid_url, permission_denied
    static std::string choose(const ObjectUrl& url, const std::string& configured);

    /// Makes the directory if it is missing.
    /// @throws RemotingError permission_denied
    static PipeDirectory create(const ObjectUrl& url, const std::string& path);
    /// @throws RemotingError connect_failed when it is missing, permission_denied
    static PipeDirectory open(const ObjectUrl& url, const std::string& path);

    int descriptor() const noexcept { return directory_.get(); }
    const std::string& path() const noexcept { return path_; }
    /// The address of a socket in it. @throws RemotingError invalid_url when the path is too long for one
    sockaddr_un address_of(const ObjectUrl& url, const std::string& name) const;

private:
    PipeDirectory(FileDescriptor directory, std::string path);

    FileDescriptor directory_;
    std::string path_;
};

}  // namespace remoting
