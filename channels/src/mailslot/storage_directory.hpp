// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "pipe/pipe_directory.hpp"
#include "socket/file_descriptor.hpp"

#include <string>

namespace remoting {

/// The directory of databases, private to this user; see MailslotOptions::storage. Made with what leads to it, all of
/// it on the disk. @throws RemotingError invalid_url, permission_denied
PipeDirectory open_storage(const ObjectUrl& url, const std::string& configured);

/// Makes the file of a database, mode 0600, unless it is there, and checks it and what SQLite keeps beside it: files of
/// this user with one name each, not links, and no rollback journal. @returns device and number.
/// @throws RemotingError permission_denied, storage_corrupt for a journal, storage_full
std::string prepare_file(const ObjectUrl& url, const PipeDirectory& directory, const std::string& name);

/// A file of ours beside the database, to read and write; empty when it is new. The same is demanded of it.
/// @throws RemotingError permission_denied, storage_full
FileDescriptor open_own_file(const ObjectUrl& url, const PipeDirectory& directory, const std::string& name);

}  // namespace remoting
