// SPDX-License-Identifier: BSL-1.0
#include "board.hpp"
#include "errors.hpp"
#include "temporary_directory.hpp"

#include <remoting/channels/mailslot_channel.hpp>
#include <remoting/client.hpp>
#include <remoting/server.hpp>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace remoting::test {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

std::string text(const std::optional<MailslotMessage>& message)
{
    return message ? std::string(message->content.as_string_view()) : "(none)";
}

struct DurableMailslots : testing::Test {
    static constexpr const char* name = "mailslot://./letters?durable";
    TemporaryDirectory temporary{"/dev/shm"};  // a disk would make it slow and prove nothing more
    Lines lines;

    MailslotOptions options()
    {
        MailslotOptions options;
        options.storage = temporary / "state";
        options.log = lines.log();
        return options;
    }
    void write(const std::string& content) { MailslotWriter(name, patience, options()).write(content, patience); }
    std::string file(const std::string& suffix = {}) const { return temporary / "state/letters.slot" + suffix; }
    /// Another program's.
    void execute(const char* sql) const
    {
        sqlite3* handle = nullptr;
        ASSERT_EQ(::sqlite3_open(file().c_str(), &handle), SQLITE_OK);
        EXPECT_EQ(::sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK) << ::sqlite3_errmsg(handle);
        ::sqlite3_close(handle);
    }
    ErrorCode open_error()
    {
        const auto error = thrown<RemotingError>([&] { Mailslot(name, options()); });
        const auto same = thrown<RemotingError>([&] { MailslotWriter(name, patience, options()); });
        EXPECT_EQ(error->code(), same->code());
        return error->code();
    }
};

TEST_F(DurableMailslots, KeepWhatIsWrittenWhileNoOwnerRuns)
{
    write("first");
    write("");
    write("third");
    Mailslot slot(name, options());
    EXPECT_EQ(slot.url(), name);
    EXPECT_EQ(slot.info().waiting, 3U);
    EXPECT_EQ(slot.info().next_size, 5U);
    EXPECT_EQ(text(slot.read(patience)), "first");
    EXPECT_EQ(text(slot.read(patience)), "");
    EXPECT_EQ(text(slot.read(patience)), "third");
    EXPECT_EQ(text(slot.read(0s)), "(none)");
    EXPECT_EQ(slot.info().waiting, 0U);
}

TEST_F(DurableMailslots, DeliverAgainWhatAnOwnerDidNotComeBackFrom)
{
    write("a");
    write("b");
    {
        Mailslot slot(name, options());
        EXPECT_EQ(text(slot.read(patience)), "a");
        EXPECT_EQ(slot.info().waiting, 2U) << "it has not come back yet";
        EXPECT_EQ(text(slot.read(patience)), "b");
    }
    EXPECT_EQ(text(Mailslot(name, options()).read(0s)), "(none)") << "it ended, and so came back";
}

TEST_F(DurableMailslots, WakeTheirOwner)
{
    Mailslot slot(name, options());
    auto message = std::async(std::launch::async, [&] { return text(slot.read(infinite)); });
    write("wake up");
    EXPECT_EQ(message.get(), "wake up");
    auto end = std::async(std::launch::async, [&] { return text(slot.read(infinite)); });
    slot.close();
    EXPECT_EQ(end.get(), "(none)");
}

TEST_F(DurableMailslots, CarryCallsToAServerThatComesLater)
{
    const auto mailslots = std::make_shared<MailslotChannel>(options());
    ClientOptions client_options;
    client_options.channels.add("mailslot", mailslots, mailslots);
    Client client(client_options);
    const auto board = client.get_object<notes::Board>("mailslot://./letters/board?durable");
    board->Leave("early");
    const auto servant = std::make_shared<BoardServant>();
    ServerOptions server_options;
    server_options.channels.add("mailslot", mailslots, mailslots);
    Server server(server_options);
    server.publish<notes::Board>("board", servant);
    EXPECT_EQ(server.listen(name), name);
    ASSERT_TRUE(servant->wait_for(1));
    board->Leave("late");
    ASSERT_TRUE(servant->wait_for(2));
    EXPECT_EQ(servant->texts(), (std::vector<std::string>{"early", "late"}));
}

TEST_F(DurableMailslots, DeliverAMessageOnceHoweverOftenItIsWritten)
{
    const Id128 id{1, 2};
    MailslotWriter writer(name, patience, options());
    const Bytes content(std::string_view("once"));
    writer.write(content, patience, id);
    writer.write(content, patience, id);
    {
        Mailslot slot(name, options());
        EXPECT_EQ(slot.info().waiting, 1U);
        EXPECT_EQ(text(slot.read(patience)), "once");
    }
    writer.write(content, patience, id);
    Mailslot slot(name, options());
    EXPECT_EQ(text(slot.read(0s)), "(none)") << "it was delivered already";
    writer.write(content, patience, Id128{1, 3});
    EXPECT_EQ(text(slot.read(patience)), "once") << "another message that says the same";
}

TEST_F(DurableMailslots, ForgetIdsBeyondTheirWindow)
{
    MailslotOptions settings = options();
    settings.remembered_ids = 2;
    Mailslot slot(name, settings);
    MailslotWriter writer(name, patience, options());
    const auto write_again = [&](std::uint64_t number) { writer.write(Bytes(1), patience, Id128{9, number}); };
    for (std::uint64_t i = 0; i < 5; ++i) {
        write_again(i);
        ASSERT_TRUE(slot.read(patience));
    }
    EXPECT_FALSE(slot.read(0s));
    write_again(4);
    write_again(3);
    EXPECT_FALSE(slot.read(0s)) << "these are remembered";
    write_again(0);
    EXPECT_TRUE(slot.read(0s)) << "this is not";
}

TEST_F(DurableMailslots, RefuseWhatIsBeyondTheQuotaOfTheirOwner)
{
    MailslotOptions settings = options();
    settings.queue_messages = 3;
    settings.message_limit = 100;
    settings.queue_bytes = 150;
    Mailslot slot(name, settings);
    MailslotWriter writer(name, patience, options());
    expect_error(ErrorCode::limit_exceeded, Executed::no, [&] { writer.write(std::string(101, 'x'), patience); });
    writer.write(std::string(99, 'x'), patience);
    expect_error(ErrorCode::resource_exhausted, Executed::no, [&] { writer.write(std::string(50, 'x'), patience); });
    writer.write("b", patience);
    writer.write("c", patience);
    expect_error(ErrorCode::resource_exhausted, Executed::no, [&] { writer.write("d", patience); });
    EXPECT_EQ(text(slot.read(patience)).size(), 99U);
    EXPECT_EQ(text(slot.read(patience)), "b");
    writer.write("e", patience);
    EXPECT_EQ(text(slot.read(patience)), "c");
    EXPECT_EQ(text(slot.read(patience)), "e");
}

TEST_F(DurableMailslots, GiveWhatWasWrittenUnderAHigherLimitThanTheirOwnersNow)
{
    MailslotOptions high = options();
    high.message_limit = 1'000'000;
    MailslotWriter(name, patience, high).write(std::string(500'000, 'x'), patience);
    Mailslot slot(name, options());
    EXPECT_EQ(text(slot.read(patience)).size(), 500'000U);
    MailslotWriter writer(name, patience, high);
    expect_error(ErrorCode::limit_exceeded, Executed::no, [&] { writer.write(std::string(500'000, 'x'), patience); });
}

TEST_F(DurableMailslots, CanBePurged)
{
    for (int i = 0; i < 100; ++i) {
        write("x");
    }
    Mailslot slot(name, options());
    EXPECT_TRUE(slot.read(patience));
    EXPECT_EQ(slot.purge(), 99U);
    EXPECT_EQ(slot.info().waiting, 0U);
    EXPECT_FALSE(slot.read(0s));
    write("new");
    EXPECT_EQ(text(slot.read(patience)), "new");
}

TEST_F(DurableMailslots, TakeMessagesFromManyThreadsInSharedCommits)
{
    constexpr int threads_count = 16;
    constexpr int each = 50;
    {
        MailslotWriter shared(name, patience, options());
        std::vector<std::thread> threads;
        for (int i = 0; i < threads_count; ++i) {
            threads.emplace_back([&, i] {
                MailslotWriter own(name, patience, options());
                for (int k = 0; k < each; ++k) {
                    (i % 4 == 0 ? own : shared).write(std::to_string(i) + " " + std::to_string(k), patience);
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
    }
    Mailslot slot(name, options());
    EXPECT_EQ(slot.info().waiting, static_cast<std::size_t>(threads_count * each));
    std::vector<int> next(threads_count, 0);
    while (const auto message = slot.read(0s)) {
        const std::string content(message->content.as_string_view());
        const auto blank = content.find(' ');
        EXPECT_EQ(std::stoi(content.substr(blank)), next.at(static_cast<std::size_t>(std::stoi(content)))++);
    }
    EXPECT_EQ(next, std::vector<int>(threads_count, each));
}

TEST_F(DurableMailslots, HaveOneOwner)
{
    const Mailslot slot(name, options());
    expect_error(ErrorCode::name_in_use, Executed::no, [&] { Mailslot(name, options()); });
    EXPECT_NO_THROW(MailslotWriter(name, patience, options()));
}

TEST_F(DurableMailslots, ArePrivateFiles)
{
    const mode_t before = ::umask(0);
    write("x");
    const Mailslot slot(name, options());
    ::umask(before);
    for (const char* path : {"state", "state/letters.slot", "state/letters.slot-wal", "state/letters.slot-shm"}) {
        struct stat status {};
        ASSERT_EQ(::stat((temporary / path).c_str(), &status), 0) << path;
        EXPECT_EQ(status.st_mode & 0077U, 0U) << path;
    }
}

TEST_F(DurableMailslots, RefuseFilesThatAreNotTheirsAlone)
{
    write("x");
    fs::rename(file(), temporary / "elsewhere");
    fs::create_symlink(temporary / "elsewhere", file());
    EXPECT_EQ(open_error(), ErrorCode::permission_denied);
    fs::remove(file());
    fs::create_hard_link(temporary / "elsewhere", file());
    EXPECT_EQ(open_error(), ErrorCode::permission_denied);
    fs::remove(temporary / "elsewhere");
    fs::permissions(file(), static_cast<fs::perms>(0644));
    EXPECT_EQ(open_error(), ErrorCode::permission_denied);
    fs::permissions(file(), static_cast<fs::perms>(0600));
    fs::create_symlink(temporary / "state", file("-wal"));
    EXPECT_EQ(open_error(), ErrorCode::permission_denied);
    fs::remove(file("-wal"));
    EXPECT_EQ(text(Mailslot(name, options()).read(0s)), "x");
    fs::permissions(temporary / "state", static_cast<fs::perms>(0755));
    EXPECT_EQ(open_error(), ErrorCode::permission_denied);
}

TEST_F(DurableMailslots, RefuseOptionsThatTheyCannotHonour)
{
    MailslotOptions shared = options();
    shared.access.everyone = true;
    MailslotOptions placed = options();
    placed.directory = temporary.path();
    for (const MailslotOptions& settings : {shared, placed}) {
        expect_error(ErrorCode::invalid_argument, Executed::no, [&] { Mailslot(name, settings); });
        expect_error(ErrorCode::invalid_argument, Executed::no, [&] { MailslotWriter(name, patience, settings); });
    }
    for (const char* url : {"mailslot://./letters?durable&directory=/tmp", "mailslot://./letters?durable&owner=0"}) {
        expect_error(ErrorCode::invalid_url, Executed::no, [&] { Mailslot(url, options()); });
        expect_error(ErrorCode::invalid_url, Executed::no, [&] { MailslotWriter(url, patience, options()); });
    }
    EXPECT_FALSE(fs::exists(file()));
}

TEST_F(DurableMailslots, CanBeInspectedWhileTheirMessagesStay)
{
    MailslotWriter writer(name, patience, options());
    for (std::uint64_t i = 0; i < 5; ++i) {
        writer.write(Bytes(i * 10), patience, Id128{7, i});
    }
    Mailslot slot(name, options());
    ASSERT_TRUE(slot.read(0s));
    ASSERT_TRUE(slot.read(0s)) << "and so came back from the first";
    const auto waiting = slot.inspect(3);
    ASSERT_EQ(waiting.size(), 3U);
    for (std::uint64_t i = 0; i < 3; ++i) {
        EXPECT_EQ(waiting[i].id, (Id128{7, i + 1}));
        EXPECT_EQ(waiting[i].size, (i + 1) * 10);
        EXPECT_EQ(waiting[i].position, waiting[0].position + static_cast<std::int64_t>(i));
    }
    EXPECT_EQ(slot.info().waiting, 4U);
    EXPECT_EQ(slot.inspect(100).size(), 4U);
    MailslotOptions settings;
    settings.directory = temporary.path();
    const Mailslot other("mailslot://./letters", settings);
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] { static_cast<void>(other.inspect(1)); });
}

TEST_F(DurableMailslots, KeepAllThatTheyNeedInTheirOwnDirectory)
{
    Mailslot slot(name, options());
    write("x");
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(temporary / "state")) {
        EXPECT_TRUE(entry.is_regular_file()) << entry.path();
        EXPECT_EQ(entry.status().permissions(), fs::perms::owner_read | fs::perms::owner_write) << entry.path();
        const std::string file_name = entry.path().filename();
        files += file_name.starts_with("l-slot-") || file_name.starts_with("e-slot-") ? 1U : 0U;
    }
    EXPECT_EQ(files, 2U) << "the turn and the event of this slot";
}

TEST_F(DurableMailslots, AreServedAgainWhenTheirTroubleIsOver)
{
    MailslotWriter writer(name, patience, options());
    const auto mailslots = std::make_shared<MailslotChannel>(options());
    ClientOptions client_options;
    client_options.channels.add("mailslot", mailslots, mailslots);
    Client client(client_options);
    const auto board = client.get_object<notes::Board>("mailslot://./letters/board?durable");
    board->Leave("before");
    const auto servant = std::make_shared<BoardServant>();
    ServerOptions server_options;
    server_options.channels.add("mailslot", mailslots, mailslots);
    Server server(server_options);
    server.publish<notes::Board>("board", servant);
    server.listen(name);
    ASSERT_TRUE(servant->wait_for(1));
    execute("ALTER TABLE message RENAME TO gone");
    ASSERT_TRUE(eventually([&] { return lines.say("no such table"); }));
    execute("ALTER TABLE gone RENAME TO message");
    board->Leave("after");
    EXPECT_TRUE(servant->wait_for(2));
}

TEST_F(DurableMailslots, RefuseARelativeStorage)
{
    MailslotOptions settings = options();
    settings.storage = "state";
    expect_error(ErrorCode::invalid_url, Executed::no, [&] { Mailslot(name, settings); });
}

}  // namespace

}  // namespace remoting::test
