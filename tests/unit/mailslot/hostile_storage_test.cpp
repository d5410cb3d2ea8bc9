// SPDX-License-Identifier: BSL-1.0
#include "durable_fixture.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

namespace remoting::test {

namespace {

namespace fs = std::filesystem;

/// Files and rows that somebody wrote who knows SQLite and means ill.
struct HostileStorage : DurableSlot {
    /// With all of it in one file.
    void write_and_close(int count) const
    {
        write_some(count);
        execute("PRAGMA wal_checkpoint(TRUNCATE)");
        fs::remove(file("-wal"));
        fs::remove(file("-shm"));
    }
    void put(const std::string& suffix, const std::string& content) const
    {
        std::ofstream(file(suffix), std::ios::binary) << content;
        ::chmod(file(suffix).c_str(), 0600);
    }
};

std::string big_endian(std::uint32_t number)
{
    return {static_cast<char>(number >> 24U), static_cast<char>(number >> 16U), static_cast<char>(number >> 8U),
            static_cast<char>(number)};
}

/// What SQLite takes for the remains of a transaction over several databases, which it ends by deleting `victim`.
std::string journal_that_deletes(const std::string& victim, std::uint32_t pages)
{
    const std::string magic("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 8);
    std::uint32_t sum = 0;
    for (const char letter : victim) {
        sum += static_cast<std::uint8_t>(letter);
    }
    std::string journal =
        magic + big_endian(0) + big_endian(1) + big_endian(pages) + big_endian(512) + big_endian(4096);
    journal.resize(512);
    return journal + big_endian((1U << 30U) / 4096 + 1) + victim +
           big_endian(static_cast<std::uint32_t>(victim.size())) + big_endian(sum) + magic;
}

TEST_F(HostileStorage, CannotHaveAFileDeletedByAJournal)
{
    write_and_close(2);
    const std::string victim = temporary / "important";
    std::ofstream(victim) << "do not delete";
    put("-journal", journal_that_deletes(victim, static_cast<std::uint32_t>(fs::file_size(file()) / 4096)));
    expect_refused(ErrorCode::storage_corrupt);
    EXPECT_TRUE(fs::exists(victim));
    // Also when it is planted behind the back of the one who looked.
    {
        const WalOnlyVfs vfs(nullptr);
        sqlite3* handle = nullptr;
        EXPECT_EQ(::sqlite3_open_v2(file().c_str(), &handle, SQLITE_OPEN_READWRITE, vfs.name()), SQLITE_OK);
        EXPECT_EQ(::sqlite3_exec(handle, "SELECT * FROM message", nullptr, nullptr, nullptr), SQLITE_OK);
        ::sqlite3_close(handle);
    }
    EXPECT_TRUE(fs::exists(victim));
    EXPECT_TRUE(fs::exists(file("-journal")));
    fs::remove(file("-journal"));
    DurableStore store(address, options());
    EXPECT_EQ(next(store), "0");
}

TEST_F(HostileStorage, HasNoJournalOfWhateverKind)
{
    write_and_close(1);
    put("-other", "x");
    for (const auto plant : {+[](const char*path, const char*) { return ::mkfifo(path, 0600); },
                             +[](const char*path, const char*) { return ::mkdir(path, 0700); },
                             +[](const char*path, const char*other) { return ::link(other, path); },
                             +[](const char*path, const char*other) { return ::symlink(other, path); }}) {
        ASSERT_EQ(plant(file("-journal").c_str(), file("-other").c_str()), 0);
        expect_refused(ErrorCode::storage_corrupt);
        fs::remove(file("-journal"));
    }
}

TEST_F(HostileStorage, HasNoFilesBesideItThatAreNotOfThisUserAlone)
{
    write_and_close(1);
    put("-other", "x");
    for (const char* suffix : {"-wal", "-shm", "-reserve", "-done"}) {
        for (const auto plant : {+[](const char*path, const char*) { return ::mkfifo(path, 0600); },
                                 +[](const char*path, const char*) { return ::mkdir(path, 0700); },
                                 +[](const char*path, const char*other) { return ::link(other, path); },
                                 +[](const char*path, const char*other) { return ::symlink(other, path); }}) {
            fs::remove(file(suffix));
            ASSERT_EQ(plant(file(suffix).c_str(), file("-other").c_str()), 0);
            expect_error(ErrorCode::permission_denied, Executed::no, [&] { DurableStore(address, options()); });
        }
        fs::remove(file(suffix));
    }
    DurableStore store(address, options());
    EXPECT_EQ(next(store), "0");
}

TEST_F(HostileStorage, MayHaveAnythingInTheFilesBesideIt)
{
    write_and_close(2);
    for (const char* suffix : {"-wal", "-shm", "-reserve", "-done"}) {
        for (const std::string& content :
             {std::string("x"), std::string(100'000, '\0'), std::string(100'000, '\xff')}) {
            put(suffix, content);
            DurableStore store(address, options());
            EXPECT_EQ(store.state().waiting, 2U) << suffix;
        }
    }
    DurableStore store(address, options());
    EXPECT_EQ(next(store), "0");
    EXPECT_EQ(next(store), "1");
}

TEST_F(HostileStorage, MayHaveAnythingInItsLog)
{
    std::string log;
    {
        DurableSender sender(address, options());
        for (int i = 0; i < 5; ++i) {
            sender.send(bytes(std::to_string(i)), {}, soon);
        }
        std::ifstream in(file("-wal"), std::ios::binary);
        log.assign(std::istreambuf_iterator<char>(in), {});
    }
    ASSERT_GT(log.size(), 4096U);
    for (std::size_t i = 0; i < 200; ++i) {
        std::string damaged = log;
        damaged[i < 100 ? i : i * 7919 % log.size()] ^= static_cast<char>(1 + i % 255);
        put("-wal", damaged);
        try {
            DurableStore store(address, options());
            while (next(store) != "(none)") {
            }
            write("goes on");
            EXPECT_EQ(next(store), "goes on");
        } catch (const RemotingError& error) {
            EXPECT_EQ(to_string(error.code()), to_string(ErrorCode::storage_corrupt)) << error.what();
        }
        fs::remove_all(temporary / "state");
        write_and_close(1);
    }
}

TEST_F(HostileStorage, HasNoIndexThatHidesBehindANameOfSQLites)
{
    write_some(1);
    execute(
        "CREATE UNIQUE INDEX evil ON message((1)); PRAGMA writable_schema = 1;"
        "UPDATE sqlite_schema SET name = 'sqlite_evil', sql = replace(sql, 'evil', 'sqlite_evil') "
        "WHERE name = 'evil'");
    expect_refused(ErrorCode::storage_corrupt);
}

TEST_F(HostileStorage, GetsItsCountsAndLimitsFromItsOwner)
{
    for (const char* sql :
         {"UPDATE slot SET messages = 1000000000", "UPDATE slot SET bytes = -9223372036854775807 - 1",
          "UPDATE slot SET queue_messages = 'many'", "DELETE FROM slot", "UPDATE slot SET one = 2",
          "INSERT INTO slot SELECT 7, messages, bytes, message_limit, queue_messages, queue_bytes FROM slot"}) {
        write_some(2);
        execute(sql);
        DurableStore store(address, options());
        EXPECT_EQ(store.state().waiting, 2U) << sql;
        write("third");
        EXPECT_EQ(next(store), "0");
        EXPECT_EQ(next(store), "1");
        EXPECT_EQ(next(store), "third");
        EXPECT_EQ(next(store), "(none)");
    }
}

TEST_F(HostileStorage, TakesMessagesAgainAfterAnAbsurdPosition)
{
    for (const char* sql :
         {"INSERT INTO message VALUES (9223372036854775807, randomblob(16), x'61')",
          "UPDATE sqlite_sequence SET seq = 9223372036854775807", "UPDATE sqlite_sequence SET seq = 'text'",
          "DELETE FROM sqlite_sequence", "INSERT INTO message VALUES (-5, randomblob(16), x'61')",
          "INSERT INTO delivered VALUES (9223372036854775807, randomblob(16))"}) {
        write_some(2);
        execute(sql);
        DurableStore store(address, options());
        EXPECT_EQ(store.state().waiting, 2U) << sql;
        write("third");
        EXPECT_EQ(next(store), "0");
        EXPECT_EQ(next(store), "1");
        EXPECT_EQ(next(store), "third") << sql;
        EXPECT_EQ(next(store), "(none)");
    }
}

TEST_F(HostileStorage, TellsWritersThatItIsNotTheDiskThatIsFull)
{
    write_some(1);
    execute("INSERT INTO message VALUES (9223372036854775807, randomblob(16), x'61')");
    expect_error(ErrorCode::storage_corrupt, Executed::no, [&] { write("x"); });
    execute("DELETE FROM slot");
    expect_error(ErrorCode::storage_corrupt, Executed::no, [&] { write("x"); });
}

TEST_F(HostileStorage, RemovesMessagesWhoseIdsOrPositionsItSaysWereDelivered)
{
    write_some(2);
    execute("INSERT INTO delivered SELECT position, randomblob(16) FROM message");
    DurableStore store(address, options());
    EXPECT_EQ(next(store), "0");
    EXPECT_EQ(next(store), "1");
    EXPECT_EQ(next(store), "(none)");
    execute("SELECT 1/(count(*) = 0) FROM message");
}

}  // namespace

}  // namespace remoting::test
