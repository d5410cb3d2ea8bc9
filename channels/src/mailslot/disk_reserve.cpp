// SPDX-License-Identifier: BSL-1.0
#include "mailslot/disk_reserve.hpp"

#include "mailslot/storage_directory.hpp"
#include "socket/url_rules.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remoting {

DiskReserve::DiskReserve(const ObjectUrl& url, const PipeDirectory& directory)
    : url_(url),
      file_(open_own_file(url, directory, url.host + ".slot-reserve"))
{
}

void DiskReserve::keep()
{
    struct stat status {};
    if (::fstat(file_.get(), &status) == 0 && status.st_size >= size / 2) {
        return;
    }
    if (::posix_fallocate(file_.get(), 0, size) == 0) {
        return;
    }
    if (const int error = ::posix_fallocate(file_.get(), 0, size / 2); error != 0) {
        give_up();  // what it got of it
        throw_errno(url_, ErrorCode::storage_full, error, "there is no room for more messages than now");
    }
}

void DiskReserve::give_up() noexcept
{
    // When it fails the disk is as full as before, which is told.
    [[maybe_unused]] const int result = ::ftruncate(file_.get(), 0);
}

}  // namespace remoting
