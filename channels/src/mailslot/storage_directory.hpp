// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "pipe/pipe_directory.hpp"

#include <string>

namespace remoting {

/// The directory of databases, private to this user; see MailslotOptions::storage. Made with what leads to it.
/// @throws RemotingError invalid_url, permission_denied
PipeDirectory open_storage(const ObjectUrl& url, const std::string& configured);

/// Makes the file of a database, mode 0600, unless it is there, and checks it and what SQLite keeps beside it: files of
/// this user with one name each, not links. @returns device and number. @throws RemotingError permission_denied
std::string prepare_file(const ObjectUrl& url, const PipeDirectory& directory, const std::string& name);

}  // namespace remoting
