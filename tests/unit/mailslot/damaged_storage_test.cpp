// SPDX-License-Identifier: BSL-1.0
#include "durable_fixture.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

namespace remoting::test {

namespace {

namespace fs = std::filesystem;

struct DamagedStorage : DurableSlot {};

TEST_F(DamagedStorage, IsRefusedWhenItIsNoDatabase)
{
    fs::create_directory(temporary / "state");
    fs::permissions(temporary / "state", fs::perms::owner_all);
    std::ofstream(file()) << std::string(10'000, 'x');
    ::chmod(file().c_str(), 0600);
    expect_refused(ErrorCode::storage_corrupt);
}

TEST_F(DamagedStorage, IsRefusedWhenItIsTheDatabaseOfSomethingElse)
{
    fs::create_directory(temporary / "state");
    fs::permissions(temporary / "state", fs::perms::owner_all);
    execute("CREATE TABLE other(x)");
    expect_refused(ErrorCode::storage_corrupt);
}

TEST_F(DamagedStorage, IsRefusedWhenItHasTriggersViewsOrTables)
{
    for (const char* sql : {"CREATE TRIGGER t AFTER INSERT ON message BEGIN DELETE FROM slot; END",
                            "CREATE VIEW v AS SELECT 1", "CREATE TABLE extra(x)", "CREATE INDEX i ON message(content)",
                            "DROP TABLE delivered", "PRAGMA application_id = 1"}) {
        write_some(1);
        execute(sql);
        expect_refused(ErrorCode::storage_corrupt);
        fs::remove_all(temporary / "state");
    }
}

TEST_F(DamagedStorage, DeliversTheGoodMessagesAroundOneThatIsNone)
{
    write_some(5);
    execute(
        "UPDATE message SET content = 'text' WHERE position = 1;"
        "UPDATE message SET id = x'01' WHERE position = 3");
    DurableStore store(address, options());
    EXPECT_EQ(store.state().waiting, 3U);
    EXPECT_EQ(next(store), "1");
    EXPECT_EQ(next(store), "3");
    EXPECT_EQ(next(store), "4");
    EXPECT_EQ(next(store), "(none)");
    EXPECT_TRUE(lines.say("2 rows that are no messages were removed")) << lines.text();
}

TEST_F(DamagedStorage, DeliversTheGoodMessagesAroundOneThatGoesBadMeanwhile)
{
    write_some(100);
    DurableStore store(address, options());
    EXPECT_EQ(next(store), "0");
    execute("UPDATE message SET content = 'text' WHERE position = 80");
    for (int i = 1; i < 100; ++i) {
        if (i != 79) {
            EXPECT_EQ(next(store), std::to_string(i));
        }
    }
    EXPECT_EQ(next(store), "(none)");
    EXPECT_EQ(store.state().waiting, 0U) << "it was removed with the next one";
    EXPECT_TRUE(lines.say("row 80 of the database is no message")) << lines.text();
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

}  // namespace

}  // namespace remoting::test
