// SPDX-License-Identifier: BSL-1.0
#include "mailslot/database.hpp"

#include "mailslot/slot_address.hpp"
#include "mailslot/storage_directory.hpp"
#include "socket/url_rules.hpp"

#include <sqlite3.h>
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
constexpr const char* message_table =
    "CREATE TABLE message(position INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, content BLOB NOT NULL)";
constexpr const char* delivered_table = "CREATE TABLE delivered(position INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE)";
constexpr const char* slot_table =
    "CREATE TABLE slot(one INTEGER PRIMARY KEY, messages INTEGER NOT NULL, bytes INTEGER NOT NULL, "
    "message_limit INTEGER NOT NULL, queue_messages INTEGER NOT NULL, queue_bytes INTEGER NOT NULL)";

std::string expected_schema()
{
    return std::string(delivered_table) + ";" + message_table + ";" + slot_table + ";";
}

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
    if (::sqlite3_open_v2(path_.c_str(), &handle_, flags, options.vfs) != SQLITE_OK) {
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
    wait_at_most(std::chrono::seconds(10));
    execute(
        "PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON; PRAGMA journal_mode = WAL;"
        "PRAGMA journal_size_limit = 16777216; PRAGMA synchronous = NORMAL");
}

std::string Database::read_schema()
{
    std::string found;
    Statement schema(*this,
                     "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' "
                     "ESCAPE '\\' ORDER BY type, name LIMIT 20");
    while (schema.step()) {
        found += schema.text(0) + ";";
    }
    return found;
}

void Database::make_schema(const MailslotOptions& limits)
{
    if (read_schema().empty()) {
        execute("BEGIN IMMEDIATE");
        if (read_schema().empty()) {  // nobody else was faster
            execute(("PRAGMA application_id = " + std::to_string(application_id)).c_str());
            execute((std::string(message_table) + ";" + delivered_table + ";" + slot_table +
                     "; INSERT INTO slot VALUES (1, 0, 0, 0, 0, 0)")
                        .c_str());
            set_limits(limits);
        }
        execute("COMMIT");
    }
    Statement id(*this, "PRAGMA application_id");
    if (read_schema() != expected_schema() || !id.step() || id.integer(0) != application_id) {
        throw_about(url_, ErrorCode::storage_corrupt, path_ + " is not the database of a mailslot");
    }
}

void Database::sync()
{
    sqlite3_file* log = nullptr;
    ::sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (log == nullptr || log->pMethods == nullptr || log->pMethods->xSync(log, SQLITE_SYNC_NORMAL) != SQLITE_OK) {
        const int error = ::sqlite3_system_errno(handle_);
        throw RemotingError(error == ENOSPC || error == EDQUOT ? ErrorCode::storage_full : ErrorCode::internal,
                            Executed::maybe, "cannot sync " + path_ + "-wal",
                            {.method = {}, .object = {}, .address = url_.endpoint()});
    }
}

void Database::set_limits(const MailslotOptions& limits)
{
    const auto number = [](std::size_t value) {
        return static_cast<std::int64_t>(
            std::min(value, static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max())));
    };
    Statement statement(*this,
                        "UPDATE slot SET message_limit = ?1, queue_messages = ?2, queue_bytes = ?3 WHERE one = 1");
    statement.bind(1, number(limits.message_limit))
        .bind(2, number(limits.queue_messages))
        .bind(3, number(limits.queue_bytes))
        .run();
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
