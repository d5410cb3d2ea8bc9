// SPDX-License-Identifier: BSL-1.0
#include "faulty_vfs.hpp"

#include "errors.hpp"
#include "mailslot/durable_sender.hpp"
#include "mailslot/durable_store.hpp"
#include "temporary_directory.hpp"
#include "waiting.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace remoting::test {

namespace {

namespace fs = std::filesystem;

std::span<const std::byte> bytes(const std::string& text)
{
    return std::as_bytes(std::span(text));
}

struct DamagedStorage : testing::Test {
    TemporaryDirectory temporary{"/dev/shm"};  // a disk would make it slow and prove nothing more
    const SlotAddress address = SlotAddress::parse("mailslot://./letters?durable");
    const TimePoint soon = system_clock().now() + patience;

    MailslotOptions options(const std::string& folder = "state") const
    {
        MailslotOptions options;
        options.storage = temporary / folder;
        options.log = nullptr;
        return options;
    }
    static std::string next(SlotStore& store)
    {
        const auto message = store.take(system_clock().now());
        if (message) {
            store.done(*message);
        }
        return message ? std::string(message->content.as_string_view()) : "(none)";
    }
    std::string file() const { return temporary / "state/letters.slot"; }
    void write_some(int count) const
    {
        DurableSender sender(address, options());
        for (int i = 0; i < count; ++i) {
            sender.send(bytes(std::to_string(i)), {}, soon);
        }
    }
    /// Another program's idea of the database.
    void execute(const char* sql) const
    {
        sqlite3* handle = nullptr;
        ASSERT_EQ(::sqlite3_open(file().c_str(), &handle), SQLITE_OK);
        char* message = nullptr;
        EXPECT_EQ(::sqlite3_exec(handle, sql, nullptr, nullptr, &message), SQLITE_OK) << message;
        ::sqlite3_close(handle);
        ::chmod(file().c_str(), 0600);
    }
    void expect_corrupt() const
    {
        expect_error(ErrorCode::storage_corrupt, Executed::no, [&] { DurableStore(address, options()); });
        expect_error(ErrorCode::storage_corrupt, Executed::no, [&] { DurableSender(address, options()); });
    }
};

TEST_F(DamagedStorage, IsRefusedWhenItIsNoDatabase)
{
    fs::create_directory(temporary / "state");
    fs::permissions(temporary / "state", fs::perms::owner_all);
    std::ofstream(file()) << std::string(10'000, 'x');
    ::chmod(file().c_str(), 0600);
    expect_corrupt();
}

TEST_F(DamagedStorage, IsRefusedWhenItIsTheDatabaseOfSomethingElse)
{
    fs::create_directory(temporary / "state");
    fs::permissions(temporary / "state", fs::perms::owner_all);
    execute("CREATE TABLE other(x)");
    expect_corrupt();
}

TEST_F(DamagedStorage, IsRefusedWhenItHasTriggersViewsOrTables)
{
    for (const char* sql : {"CREATE TRIGGER t AFTER INSERT ON message BEGIN DELETE FROM slot; END",
                            "CREATE VIEW v AS SELECT 1", "CREATE TABLE extra(x)", "CREATE INDEX i ON message(content)",
                            "DROP TABLE delivered", "PRAGMA application_id = 1"}) {
        write_some(1);
        execute(sql);
        expect_corrupt();
        fs::remove_all(temporary / "state");
    }
}

TEST_F(DamagedStorage, IsRefusedWhenValuesAreOfOtherTypes)
{
    write_some(1);
    execute("UPDATE message SET content = 'text'");
    DurableStore store(address, options());
    expect_error(ErrorCode::storage_corrupt, Executed::no, [&] { next(store); });
}

TEST_F(DamagedStorage, DoesNotCrashWhateverByteIsChanged)
{
    write_some(50);
    execute("PRAGMA wal_checkpoint(TRUNCATE)");
    std::string content;
    {
        std::ifstream in(file(), std::ios::binary);
        content.assign(std::istreambuf_iterator<char>(in), {});
    }
    ASSERT_GT(content.size(), 4096U);
    std::mt19937 random(1);
    for (int i = 0; i < 300; ++i) {
        std::string damaged = content;
        const std::size_t range = i % 2 == 0 ? damaged.size() : 300;  // headers are more interesting
        for (int k = 0; k <= i % 4; ++k) {
            damaged[random() % range] = static_cast<char>(random());
        }
        fs::remove_all(temporary / "state");
        fs::create_directory(temporary / "state");
        fs::permissions(temporary / "state", fs::perms::owner_all);
        std::ofstream(file(), std::ios::binary) << damaged;
        ::chmod(file().c_str(), 0600);
        try {
            DurableStore store(address, options());
            DurableSender sender(address, options());
            sender.send(bytes("new"), {}, soon);
            for (int k = 0; k < 60 && next(store) != "(none)"; ++k) {
            }
        } catch (const RemotingError& error) {
            EXPECT_NE(error.cause(), "");
        }
    }
}

TEST_F(DamagedStorage, ThatIsFullLosesNothingThatWasAcknowledged)
{
    FaultyVfs disk;
    std::vector<std::string> acknowledged;
    DurableSender sender(address, options(), disk.name());
    disk.set_space(1'000'000);
    int refused = 0;
    for (int i = 0; refused < 20 && i < 10'000; ++i) {
        const std::string text = std::to_string(i) + std::string(500, ' ');
        try {
            sender.send(bytes(text), {}, soon);
            acknowledged.push_back(text);
        } catch (const RemotingError& error) {
            EXPECT_EQ(to_string(error.code()), to_string(ErrorCode::storage_full)) << error.what();
            EXPECT_EQ(error.executed(), Executed::no);
            ++refused;
        }
    }
    ASSERT_EQ(refused, 20);
    ASSERT_GT(acknowledged.size(), 20U);
    {
        // The owner cannot write down what it has delivered, and still delivers it once.
        DurableStore store(address, options(), disk.name());
        for (std::size_t i = 0; i < 10; ++i) {
            EXPECT_EQ(next(store), acknowledged[i]);
        }
        disk.set_space(std::numeric_limits<std::int64_t>::max());
        sender.send(bytes("room again"), {}, soon);
        acknowledged.emplace_back("room again");
        for (std::size_t i = 10; i < acknowledged.size(); ++i) {
            EXPECT_EQ(next(store), acknowledged[i]);
        }
        EXPECT_EQ(next(store), "(none)");
    }
    DurableStore again(address, options(), disk.name());
    EXPECT_EQ(next(again), "(none)");
}

TEST_F(DamagedStorage, AfterALossOfPowerHasAllThatWasAcknowledged)
{
    std::mt19937 random(7);
    for (int round = 0; round < 40; ++round) {
        const std::string here = "state" + std::to_string(round);
        const std::string after = "after" + std::to_string(round);
        FaultyVfs disk;
        std::set<std::string> owed;
        std::set<std::string> all;
        {
            DurableSender sender(address, options(here), disk.name());
            DurableStore store(address, options(here), disk.name());
            const std::int64_t before = disk.syncs();
            const int count = static_cast<int>(random() % 60) + 1;
            for (int i = 0; i < count; ++i) {
                const std::string text = std::to_string(i) + std::string(random() % 3000, '.');
                sender.send(bytes(text), {}, soon);
                owed.insert(text);
                all.insert(text);
                if (random() % 3 == 0) {
                    owed.erase(next(store));
                }
            }
            EXPECT_GE(disk.syncs() - before, count) << "each commit is synced";
            disk.lose_power(temporary / after, random);
        }
        DurableStore store(address, options(after));
        std::set<std::string> found;
        for (std::string text = next(store); text != "(none)"; text = next(store)) {
            EXPECT_TRUE(all.contains(text));
            EXPECT_TRUE(found.insert(text).second) << "delivered twice";
        }
        for (const std::string& text : owed) {
            EXPECT_TRUE(found.contains(text)) << "round " << round << " lost " << text.substr(0, 10);
        }
    }
}

}  // namespace

}  // namespace remoting::test
