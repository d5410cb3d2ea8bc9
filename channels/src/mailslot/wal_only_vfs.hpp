// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>

struct sqlite3_vfs;

namespace remoting {

/// A file system for SQLite in which there are no rollback journals. A slot's database is in WAL mode from its first
/// page on, so that a journal beside it is never ours; and SQLite would believe it, write what it says into the
/// database, and delete the file that it names. Goes after the connections that use it.
class WalOnlyVfs final {
public:
    /// @param base what SQLite calls the file system underneath; null: the system's. It outlives this.
    explicit WalOnlyVfs(const char* base);
    ~WalOnlyVfs();
    WalOnlyVfs(const WalOnlyVfs&) = delete;
    WalOnlyVfs& operator=(const WalOnlyVfs&) = delete;

    const char* name() const noexcept { return name_.c_str(); }

private:
    const std::string name_;
    std::unique_ptr<sqlite3_vfs> vfs_;
};

}  // namespace remoting
