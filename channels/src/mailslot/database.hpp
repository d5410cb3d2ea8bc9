// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "mailslot/wal_only_vfs.hpp"
#include "pipe/pipe_directory.hpp"

#include <remoting/channels/mailslot.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/messaging/object_url.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

struct sqlite3;
struct sqlite3_stmt;

namespace remoting {

class Database;

/// A prepared statement. Not thread-safe; goes before its database.
class Statement final {
public:
    Statement(Database& database, const char* sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    Statement& bind(int parameter, std::int64_t value);
    /// At most the largest that the database can hold.
    Statement& bind(int parameter, std::size_t value);
    /// Not copied: valid until reset().
    Statement& bind(int parameter, std::span<const std::byte> value);
    /// True when there is a row. @throws RemotingError
    bool step();
    /// step() for those without rows, then reset().
    void run();
    void reset() noexcept;

    std::int64_t integer(int column) const noexcept;
    std::string text(int column) const;
    /// Valid until the next step. Nothing when the column is of another type.
    std::optional<std::span<const std::byte>> blob(int column) const noexcept;

private:
    Database& database_;
    sqlite3_stmt* statement_ = nullptr;
};

/// One connection to the database of a durable slot; in WAL mode, because then a commit is one sync of one file,
/// readers and writers do not wait for each other, and what a process that is killed had not committed is simply not
/// there.
///
/// A commit survives a kill, and together with sync() a loss of power. That is what synchronous=FULL does, with the one
/// difference that SQLite would sync while it keeps all other writers out, and so one process after the other.
///
/// The file is looked at as hostile: it must be a file of this user with one name, is opened without following links,
/// and is refused unless its schema is ours to the letter, so that it has no triggers or views to run and no index that
/// refuses messages. No rollback journal is ever looked at.
///
/// A full disk does not lock its messages in: with make_room() before each commit a checkpoint, which empties the log,
/// needs no more of the disk.
class Database final {
public:
    struct Options {
        MailslotOptions limits = {};                       ///< those of a new database, until its owner sets them
        const char* vfs = nullptr;                         ///< SQLite's, for tests; null: the system's
        Duration longest_wait = std::chrono::seconds(10);  ///< for other connections, while it is opened
    };

    /// Makes the file, in MailslotOptions::storage, when it is missing. @throws RemotingError storage_corrupt,
    /// storage_full, permission_denied
    Database(const ObjectUrl& url, const Options& options);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    void execute(const char* sql);
    /// Returns when all that was committed is on the disk.
    /// @throws RemotingError storage_full, internal; executed: maybe
    void sync();
    /// To be called before a commit, with this connection having the right to write: reserves the room in the file of
    /// the database that its pages need once they leave the log. The last of a disk is left to the log, so that what
    /// needs no more pages than there are can always be written. @throws RemotingError storage_full
    void make_room();
    /// Whether there is nothing to reserve.
    bool has_room();
    /// Brings all of the log into the database, and cuts it off, unless another connection is reading. When it fails
    /// nothing is lost and the log stays as it is.
    void checkpoint() noexcept;
    /// How many rows the last statement changed.
    std::int64_t changes() const noexcept;
    /// How long a statement waits for other connections; then resource_exhausted.
    void wait_at_most(Duration longest) noexcept;
    /// Ends a transaction that failed; without one nothing happens.
    void roll_back() noexcept;
    /// Reads all pages. @throws RemotingError storage_corrupt
    void check();
    /// Device and number of the file: the same for all connections to it.
    const std::string& identity() const noexcept { return identity_; }
    const PipeDirectory& directory() const noexcept { return directory_; }
    const ObjectUrl& url() const noexcept { return url_; }

    [[noreturn]] void fail(const char* what) const;

private:
    friend class Statement;
    void open(const Options& options);
    void enter_wal_mode();
    void make_schema(const MailslotOptions& limits);
    std::string read_schema();
    std::int64_t bytes_of_pages();

    const ObjectUrl url_;
    const WalOnlyVfs vfs_;
    PipeDirectory directory_;
    std::string path_;
    std::string identity_;
    sqlite3* handle_ = nullptr;
    std::int64_t page_size_ = 0;
};

}  // namespace remoting
