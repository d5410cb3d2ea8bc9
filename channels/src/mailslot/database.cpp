// SPDX-License-Identifier: BSL-1.0
#include "mailslot/database.hpp"

#include "mailslot/slot_address.hpp"
#include "mailslot/storage_directory.hpp"
#include "socket/url_rules.hpp"

#include <sqlite3.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <memory>

namespace remoting {

namespace {

constexpr std::int64_t application_id = 0x524D5451;  // "RMTQ"
constexpr const char* tables =
    "CREATE TABLE message(position INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, content BLOB NOT NULL);"
    "CREATE TABLE delivered(position INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE);"
    "CREATE TABLE slot(one INTEGER PRIMARY KEY, messages INTEGER NOT NULL, bytes INTEGER NOT NULL, "
    "message_limit INTEGER NOT NULL, queue_messages INTEGER NOT NULL, queue_bytes INTEGER NOT NULL);";

/// All that is in the schema when it is ours, what SQLite adds to it included: an index of that it may call its own is
/// one that somebody else wrote there.
constexpr const char* expected_schema =
    "index sqlite_autoindex_delivered_1 delivered -\n"
    "index sqlite_autoindex_message_1 message -\n"
    "table delivered delivered "
    "CREATE TABLE delivered(position INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE)\n"
    "table message message CREATE TABLE message(position INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, "
    "content BLOB NOT NULL)\n"
    "table slot slot CREATE TABLE slot(one INTEGER PRIMARY KEY, messages INTEGER NOT NULL, bytes INTEGER NOT NULL, "
    "message_limit INTEGER NOT NULL, queue_messages INTEGER NOT NULL, queue_bytes INTEGER NOT NULL)\n"
    "table sqlite_sequence sqlite_sequence CREATE TABLE sqlite_sequence(name,seq)\n";

/// The file grows by so many bytes at a time, which are then on the disk.
constexpr int chunk = 64 * 1024;

/// Bytes of the disk.
constexpr int room_of_log = 256 * 1024;

/// Of this and only this size, whatever the file says: names and statements of a schema are short.
constexpr int longest_statement = 10'000;

ErrorCode code_of(int result, int system_error) noexcept
{
    switch (result & 0xFF) {
        case SQLITE_FULL:
            return ErrorCode::storage_full;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_FORMAT:
        case SQLITE_SCHEMA:
        case SQLITE_TOOBIG:
        case SQLITE_MISMATCH:
        case SQLITE_CONSTRAINT:
            return ErrorCode::storage_corrupt;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_NOMEM:
            return ErrorCode::resource_exhausted;
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_READONLY:
        case SQLITE_AUTH:
            return ErrorCode::permission_denied;
        case SQLITE_IOERR:
            return system_error == ENOSPC || system_error == EDQUOT ? ErrorCode::storage_full : ErrorCode::internal;
        default:
            return ErrorCode::internal;
    }
}

/// Only the last component is left for SQLite not to follow.
std::string real_path(const PipeDirectory& directory)
{
    const std::unique_ptr<char, void (*)(void*)> path(::realpath(directory.path().c_str(), nullptr), std::free);
    return path != nullptr ? path.get() : directory.path();
}

}  // namespace

Statement::Statement(Database& database, const char* sql) : database_(database)
{
    if (::sqlite3_prepare_v3(database.handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr) != SQLITE_OK) {
        database.fail("cannot prepare a statement");
    }
}

Statement::~Statement()
{
    ::sqlite3_finalize(statement_);
}

Statement& Statement::bind(int parameter, std::int64_t value)
{
    ::sqlite3_bind_int64(statement_, parameter, value);
    return *this;
}

Statement& Statement::bind(int parameter, std::size_t value)
{
    return bind(parameter, static_cast<std::int64_t>(
                               std::min(value, static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max()))));
}

Statement& Statement::bind(int parameter, std::span<const std::byte> value)
{
    static constexpr char nothing = 0;  // a null pointer would be NULL and not an empty value
    const void* const data = value.empty() ? static_cast<const void*>(&nothing) : value.data();
    if (::sqlite3_bind_blob64(statement_, parameter, data, value.size(), SQLITE_STATIC) != SQLITE_OK) {
        database_.fail("cannot store a value");
    }
    return *this;
}

bool Statement::step()
{
    const int result = ::sqlite3_step(statement_);
    if (result != SQLITE_ROW && result != SQLITE_DONE) {
        ::sqlite3_reset(statement_);
        database_.fail("the database");
    }
    return result == SQLITE_ROW;
}

void Statement::run()
{
    step();
    reset();
}

void Statement::reset() noexcept
{
    ::sqlite3_reset(statement_);
}

std::int64_t Statement::integer(int column) const noexcept
{
    return ::sqlite3_column_int64(statement_, column);
}

std::string Statement::text(int column) const
{
    const auto* const value = reinterpret_cast<const char*>(::sqlite3_column_text(statement_, column));
    return value != nullptr ? value : "";
}

std::optional<std::span<const std::byte>> Statement::blob(int column) const noexcept
{
    if (::sqlite3_column_type(statement_, column) != SQLITE_BLOB) {
        return std::nullopt;
    }
    const auto* const data = static_cast<const std::byte*>(::sqlite3_column_blob(statement_, column));
    return std::span(data, static_cast<std::size_t>(::sqlite3_column_bytes(statement_, column)));
}

Database::Database(const ObjectUrl& url, const Options& options)
    : url_(url),
      vfs_(options.vfs),
      directory_(open_storage(url, options.limits.storage)),
      path_(real_path(directory_) + "/" + url.host + ".slot"),
      identity_(prepare_file(url, directory_, url.host + ".slot"))
{
    try {
        open(options);
        make_schema(options.limits);
    } catch (...) {
        ::sqlite3_close(handle_);
        throw;
    }
}

Database::~Database()
{
    ::sqlite3_close(handle_);
}

void Database::open(const Options& options)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
    if (::sqlite3_open_v2(path_.c_str(), &handle_, flags, vfs_.name()) != SQLITE_OK) {
        fail("cannot open the database");
    }
    ::sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    ::sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    ::sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    ::sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    // A row is a message and a few bytes of others; the longest one that any owner may have allowed.
    ::sqlite3_limit(handle_, SQLITE_LIMIT_LENGTH, static_cast<int>(longest_message + 1000));
    ::sqlite3_limit(handle_, SQLITE_LIMIT_SQL_LENGTH, longest_statement);
    ::sqlite3_limit(handle_, SQLITE_LIMIT_ATTACHED, 0);
    wait_at_most(options.longest_wait);
    // What a removed message leaves is overwritten where that costs nothing: a full disk has no room for more.
    execute(
        "PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON; PRAGMA secure_delete = FAST");
    enter_wal_mode();
    int growth = chunk;  // not sooner: the first page must come before any others
    ::sqlite3_file_control(handle_, "main", SQLITE_FCNTL_CHUNK_SIZE, &growth);
    execute("PRAGMA journal_size_limit = 16777216; PRAGMA synchronous = NORMAL");
    Statement size(*this, "PRAGMA page_size");
    size.step();
    page_size_ = size.integer(0);
}

void Database::enter_wal_mode()
{
    const auto mode = [&] {
        Statement query(*this, "PRAGMA journal_mode");
        query.step();
        return query.text(0);
    };
    if (mode() == "wal") {
        return;
    }
    // It is new, and one page is all that is written before its log is there: that needs no journal on the disk.
    execute("PRAGMA journal_mode = MEMORY; PRAGMA journal_mode = WAL");
    if (mode() != "wal") {
        throw_about(url_, ErrorCode::storage_corrupt, path_ + " cannot have a write-ahead log");
    }
}

std::string Database::read_schema()
{
    std::string found;
    Statement schema(*this,
                     "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, '-') FROM sqlite_schema "
                     "ORDER BY type, name LIMIT 20");
    while (schema.step()) {
        found += schema.text(0) + "\n";
    }
    return found;
}

void Database::make_schema(const MailslotOptions& limits)
{
    if (read_schema().empty()) {
        execute("BEGIN IMMEDIATE");
        if (read_schema().empty()) {  // nobody else was faster
            execute(("PRAGMA application_id = " + std::to_string(application_id)).c_str());
            execute(tables);
            Statement(*this, "INSERT INTO slot VALUES (1, 0, 0, ?1, ?2, ?3)")
                .bind(1, limits.message_limit)
                .bind(2, limits.queue_messages)
                .bind(3, limits.queue_bytes)
                .run();
        }
        make_room();
        execute("COMMIT");
    }
    Statement id(*this, "PRAGMA application_id");
    if (read_schema() != expected_schema || !id.step() || id.integer(0) != application_id) {
        throw_about(url_, ErrorCode::storage_corrupt, path_ + " is not the database of a mailslot");
    }
}

bool Database::has_room()
{
    sqlite3_file* file = nullptr;
    sqlite3_int64 size = 0;
    ::sqlite3_file_control(handle_, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    return file != nullptr && file->pMethods != nullptr && file->pMethods->xFileSize(file, &size) == SQLITE_OK &&
           size >= bytes_of_pages();
}

std::int64_t Database::bytes_of_pages()
{
    Statement pages(*this, "PRAGMA page_count");
    pages.step();
    return pages.integer(0) * page_size_;
}

void Database::make_room()
{
    if (has_room()) {
        return;
    }
    struct statvfs disk {};
    const bool is_known = ::fstatvfs(directory_.descriptor(), &disk) == 0;
    if (is_known && disk.f_bavail * disk.f_frsize < static_cast<std::uint64_t>(room_of_log + chunk)) {
        throw_about(url_, ErrorCode::storage_full, path_ + " cannot grow: the last of the disk is for its log");
    }
    std::int64_t bytes = bytes_of_pages();
    const int result = ::sqlite3_file_control(handle_, "main", SQLITE_FCNTL_SIZE_HINT, &bytes);
    if (result != SQLITE_OK && result != SQLITE_NOTFOUND) {
        throw_about(url_, ErrorCode::storage_full, path_ + " cannot grow");
    }
}

void Database::checkpoint() noexcept
{
    wait_at_most(std::chrono::milliseconds(100));
    ::sqlite3_wal_checkpoint_v2(handle_, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}

void Database::sync()
{
    sqlite3_file* log = nullptr;
    ::sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (log == nullptr || log->pMethods == nullptr || log->pMethods->xSync(log, SQLITE_SYNC_NORMAL) != SQLITE_OK) {
        const int error = ::sqlite3_system_errno(handle_);
        throw RemotingError(error == ENOSPC || error == EDQUOT ? ErrorCode::storage_full : ErrorCode::internal,
                            Executed::maybe, "cannot sync " + path_ + "-wal",
                            {.method = {}, .object = {}, .address = endpoint_text(url_)});
    }
}

void Database::check()
{
    Statement check(*this, "PRAGMA quick_check(1)");
    if (!check.step() || check.text(0) != "ok") {
        throw_about(url_, ErrorCode::storage_corrupt, path_ + " is damaged");
    }
}

void Database::execute(const char* sql)
{
    if (::sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
        fail("the database");
    }
}

std::int64_t Database::changes() const noexcept
{
    return ::sqlite3_changes(handle_);
}

void Database::wait_at_most(Duration longest) noexcept
{
    const auto limited = std::clamp<Duration>(longest, Duration::zero(), std::chrono::hours(1));
    ::sqlite3_busy_timeout(handle_, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(limited).count()));
}

void Database::roll_back() noexcept
{
    if (::sqlite3_get_autocommit(handle_) == 0) {
        ::sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void Database::fail(const char* what) const
{
    const int result = ::sqlite3_extended_errcode(handle_);
    throw_about(url_, code_of(result, ::sqlite3_system_errno(handle_)),
                std::string(what) + " " + path_ + ": " + ::sqlite3_errmsg(handle_));
}

}  // namespace remoting
