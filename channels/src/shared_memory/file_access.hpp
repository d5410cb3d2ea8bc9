// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/access_list.hpp>
#include <remoting/channels/shared_memory.hpp>

namespace remoting {

/// Lets the file's owner read and write it and those on the list do what `others` says, with a POSIX access control
/// list where mode bits do not suffice. 0, or errno.
int set_access(int file, const AccessList& access, View others) noexcept;

}  // namespace remoting
