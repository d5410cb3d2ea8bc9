// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "socket/file_descriptor.hpp"

#include <remoting/channels/access_list.hpp>
#include <remoting/messaging/object_url.hpp>

#include <sys/types.h>
#include <sys/un.h>

#include <string>

namespace remoting {

/// Whose directory it is, and whether others may come in.
struct DirectoryRules {
    uid_t owner;
    /// Others may pass through (0711) but neither list nor change it; else nobody else has any permission (0700).
    bool is_shared;

    static DirectoryRules of_server(const AccessList& access);
    /// With the option "owner=USER" it is what that user shares, otherwise what belongs to this one alone.
    /// @throws RemotingError invalid_url
    static DirectoryRules of_client(const ObjectUrl& url);
};

/// The directory in which pipes live, held open: a directory, not a symbolic link, of the expected user, which others
/// can at most pass through. Files are reached through the descriptor, so that renaming the path changes nothing.
class PipeDirectory final {
public:
    /// `configured` is what PipeOptions says; the URL's option goes before it, the defaults after.
    /// @throws RemotingError invalid_url, permission_denied
    static std::string choose(const ObjectUrl& url, const std::string& configured, const DirectoryRules& rules);

    /// Makes the directory if it is missing.
    /// @throws RemotingError permission_denied
    static PipeDirectory create(const ObjectUrl& url, const std::string& path, const DirectoryRules& rules);
    /// @throws RemotingError connect_failed when it is missing, permission_denied
    static PipeDirectory open(const ObjectUrl& url, const std::string& path, const DirectoryRules& rules);

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
