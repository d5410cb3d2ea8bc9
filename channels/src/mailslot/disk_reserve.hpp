// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "pipe/pipe_directory.hpp"
#include "socket/file_descriptor.hpp"

#include <remoting/messaging/object_url.hpp>

#include <sys/types.h>

namespace remoting {

/// Space on the disk of a durable slot, in a file "name.slot-reserve", that is given up so that messages can be removed
/// when the disk is full: SQLite needs room to remove something. Nothing is written while the reserve is missing.
///
/// Not thread-safe; several processes may use theirs at once.
class DiskReserve final {
public:
    /// Bytes. For the removal of a few messages, opening the database included.
    static constexpr off_t size = 512 * 1024;

    /// @throws RemotingError permission_denied, storage_full
    DiskReserve(const ObjectUrl& url, const PipeDirectory& directory);

    /// Puts it back if it is missing; half of it does if the disk has no more.
    /// @throws RemotingError storage_full
    void keep();
    void give_up() noexcept;

private:
    const ObjectUrl url_;
    FileDescriptor file_;
};

}  // namespace remoting
