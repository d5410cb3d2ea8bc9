// SPDX-License-Identifier: BSL-1.0
#include "mailslot/wal_only_vfs.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <string_view>

namespace remoting {

namespace {

sqlite3_vfs* base_of(sqlite3_vfs* vfs) noexcept
{
    return static_cast<sqlite3_vfs*>(vfs->pAppData);
}

bool is_log(const char* path) noexcept
{
    return std::string_view(path).ends_with("-wal");
}

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags)
{
    file->pMethods = nullptr;
    if ((flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) == 0) {
        return SQLITE_CANTOPEN;
    }
    return base_of(vfs)->xOpen(base_of(vfs), path, file, flags, out_flags);
}

int delete_file(sqlite3_vfs* vfs, const char* path, int sync)
{
    return is_log(path) ? base_of(vfs)->xDelete(base_of(vfs), path, sync) : SQLITE_IOERR_DELETE_NOENT;
}

int access_file(sqlite3_vfs* vfs, const char* path, int flags, int* result)
{
    *result = 0;
    return is_log(path) ? base_of(vfs)->xAccess(base_of(vfs), path, flags, result) : SQLITE_OK;
}

}  // namespace

WalOnlyVfs::WalOnlyVfs(const char* base)
    : name_("wal-only-" + std::to_string(reinterpret_cast<std::uintptr_t>(this))),
      vfs_(std::make_unique<sqlite3_vfs>(*::sqlite3_vfs_find(base)))
{
    vfs_->pAppData = ::sqlite3_vfs_find(base);
    vfs_->pNext = nullptr;
    vfs_->zName = name_.c_str();
    vfs_->xOpen = open_file;
    vfs_->xDelete = delete_file;
    vfs_->xAccess = access_file;
    ::sqlite3_vfs_register(vfs_.get(), 0);
}

WalOnlyVfs::~WalOnlyVfs()
{
    ::sqlite3_vfs_unregister(vfs_.get());
}

}  // namespace remoting
