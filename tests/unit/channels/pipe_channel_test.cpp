// SPDX-License-Identifier: BSL-1.0
#include "child_process.hpp"
#include "fake_channel_host.hpp"
#include "raw_pipe.hpp"
#include "stream_tools.hpp"
#include "temporary_directory.hpp"

#include <remoting/channels/pipe_channel.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

namespace remoting::test {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

struct Pipe : testing::Test {
    TemporaryDirectory directory;
    PipeChannel channel{{.directory = directory.path(), .log = {}}};
    ObjectUrl url = ObjectUrl::parse("pipe://bank");

    /// Lets a process that listens be killed; what it leaves stays in the directory.
    void leave_a_dead_server()
    {
        ChildProcess server([&](const ChildProcess::Line& line) {
            FakeChannelHost host(Runs::when_told);
            const auto listener = channel.listen(url, host);
            line.tell();
            line.hear();
            return 0;
        });
        ASSERT_TRUE(server.line().hear());
        server.kill();
        ASSERT_TRUE(fs::is_socket(directory / "bank"));
        ASSERT_TRUE(fs::exists(directory / ".bank.lock"));
    }
};

TEST_F(Pipe, NamesThePeersProcess)
{
    FakeChannelHost host;
    const auto listener = channel.listen(url, host);
    channel.connect(url, host, soon());
    EXPECT_EQ(host.take_accepted()->peer().address, "pid " + std::to_string(::getpid()));
    EXPECT_EQ(host.take_opened()->peer().address, "pid " + std::to_string(::getpid()));
}

TEST_F(Pipe, RefusesANameThatIsListenedOn)
{
    FakeChannelHost host;
    const auto listener = channel.listen(url, host);
    const RemotingError error = error_of([&] { channel.listen(url, host); });
    EXPECT_EQ(error.code(), ErrorCode::name_in_use);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_TRUE(mentions(error, "bank"));
    EXPECT_NO_THROW(channel.connect(url, host, soon()));  // the refused one took nothing away
}

TEST_F(Pipe, RefusesANameThatAnotherProcessListensOn)
{
    ChildProcess server([&](const ChildProcess::Line& line) {
        FakeChannelHost host(Runs::when_told);
        const auto listener = channel.listen(url, host);
        line.tell();
        line.hear();
        return 0;
    });
    ASSERT_TRUE(server.line().hear());
    FakeChannelHost host(Runs::when_told);
    EXPECT_EQ(error_of([&] { channel.listen(url, host); }).code(), ErrorCode::name_in_use);
    EXPECT_NO_THROW(channel.connect(url, host, soon()));
    EXPECT_EQ(host.take_opened()->peer().user_id, ::geteuid());
}

TEST_F(Pipe, SaysThatNobodyListens)
{
    FakeChannelHost host;
    const RemotingError error = error_of([&] { channel.connect(url, host, soon()); });
    EXPECT_EQ(error.code(), ErrorCode::connect_failed);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_EQ(error.address(), "pipe://bank");
    EXPECT_TRUE(mentions(error, "nobody listens on pipe 'bank'"));
}

TEST_F(Pipe, SaysThatNobodyListensOnWhatAKilledServerLeft)
{
    leave_a_dead_server();
    FakeChannelHost host;
    const RemotingError error = error_of([&] { channel.connect(url, host, soon()); });
    EXPECT_EQ(error.code(), ErrorCode::connect_failed);
    EXPECT_TRUE(mentions(error, "nobody listens on pipe 'bank'"));
}

TEST_F(Pipe, ClearsAwayWhatAKilledServerLeft)
{
    leave_a_dead_server();
    FakeChannelHost host;
    const auto listener = channel.listen(url, host);
    channel.connect(url, host, soon());
    EXPECT_NE(host.take_accepted(), nullptr);
}

TEST_F(Pipe, LeavesAnEmptyDirectory)
{
    FakeChannelHost host;
    channel.listen(url, host).reset();
    EXPECT_TRUE(fs::is_empty(directory.path()));
    EXPECT_NO_THROW(channel.listen(url, host));
}

TEST_F(Pipe, DoesNotRemoveAFileThatIsNotASocket)
{
    FakeChannelHost host;
    std::ofstream(directory / "bank") << "precious";
    const RemotingError error = error_of([&] { channel.listen(url, host); });
    EXPECT_EQ(error.code(), ErrorCode::name_in_use);
    EXPECT_TRUE(fs::is_regular_file(directory / "bank"));
    EXPECT_FALSE(fs::exists(directory / ".bank.lock"));
}

TEST_F(Pipe, DoesNotFollowOrRemoveASymbolicLink)
{
    FakeChannelHost host;
    std::ofstream(directory / "target") << "precious";
    fs::create_symlink(directory / "target", directory / "bank");
    EXPECT_EQ(error_of([&] { channel.listen(url, host); }).code(), ErrorCode::name_in_use);
    fs::remove(directory / "bank");
    fs::create_symlink(directory / "target", directory / ".bank.lock");
    EXPECT_EQ(error_of([&] { channel.listen(url, host); }).code(), ErrorCode::permission_denied);
    EXPECT_EQ(fs::file_size(directory / "target"), 8U);
}

TEST_F(Pipe, LeavesANameAloneWhileAnotherHoldsItsLock)
{
    FakeChannelHost host;
    const RawSocket lock(::open((directory / ".bank.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    ASSERT_EQ(::flock(lock.get(), LOCK_EX | LOCK_NB), 0);
    EXPECT_EQ(error_of([&] { channel.listen(url, host); }).code(), ErrorCode::name_in_use);
    EXPECT_TRUE(fs::exists(directory / ".bank.lock"));
    ASSERT_EQ(::flock(lock.get(), LOCK_UN), 0);
    EXPECT_NO_THROW(channel.listen(url, host));
}

TEST_F(Pipe, DoesNotTakeTheNameFromAProgramWithoutALock)
{
    FakeChannelHost host;
    const RawSocket other = raw_listener(directory / "bank", 8);
    EXPECT_EQ(error_of([&] { channel.listen(url, host); }).code(), ErrorCode::name_in_use);
    EXPECT_TRUE(fs::is_socket(directory / "bank"));
}

TEST_F(Pipe, DoesNotRemoveAnotherSocketThatTookItsPlace)
{
    FakeChannelHost host;
    auto listener = channel.listen(url, host);
    fs::remove(directory / "bank");
    const RawSocket other = raw_listener(directory / "bank", 8);
    listener.reset();
    EXPECT_TRUE(fs::is_socket(directory / "bank"));
}

TEST_F(Pipe, HasOneOwnerAtATimeWhateverTheRace)
{
    FakeChannelHost host;
    std::atomic<int> owners{0};
    std::atomic<int> owned{0};
    std::atomic<bool> broken{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 200; ++round) {
                try {
                    const auto listener = channel.listen(url, host);
                    broken = broken || ++owners != 1 || !fs::is_socket(directory / "bank");
                    ++owned;
                    --owners;
                } catch (const RemotingError& error) {
                    broken = broken || error.code() != ErrorCode::name_in_use;
                }
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_FALSE(broken);
    EXPECT_GT(owned, 0);
    EXPECT_TRUE(fs::is_empty(directory.path()));
}

TEST_F(Pipe, GivesUpWhenTheHostStops)
{
    FakeChannelHost host;
    const RawSocket deaf = raw_listener(directory / "bank", 0);
    const auto waiting = fill_queue(directory / "bank");
    std::thread stopper([&] { host.stops = true; });
    const RemotingError error = error_of([&] { channel.connect(url, host, TimePoint::max()); });
    stopper.join();
    EXPECT_EQ(error.code(), ErrorCode::shutting_down);
    EXPECT_EQ(error.executed(), Executed::no);
}

TEST_F(Pipe, GivesUpAtTheDeadlineWhenTheListenersQueueIsFull)
{
    FakeChannelHost host;
    const RawSocket deaf = raw_listener(directory / "bank", 0);
    const auto waiting = fill_queue(directory / "bank");
    const auto start = std::chrono::steady_clock::now();
    const RemotingError error = error_of([&] { channel.connect(url, host, system_clock().now() + 150ms); });
    const auto took = std::chrono::steady_clock::now() - start;
    EXPECT_EQ(error.code(), ErrorCode::deadline_exceeded);
    EXPECT_TRUE(mentions(error, "bank"));
    EXPECT_GE(took, 150ms);
    EXPECT_LT(took, 5s);
}

TEST_F(Pipe, WaitsForRoomInTheListenersQueue)
{
    FakeChannelHost host;
    const RawSocket listener = raw_listener(directory / "bank", 0);
    const auto waiting = fill_queue(directory / "bank");
    auto room = std::async(std::launch::async, [&] { return RawSocket(::accept(listener.get(), nullptr, nullptr)); });
    EXPECT_NO_THROW(channel.connect(url, host, soon()));
    EXPECT_NE(host.take_opened(), nullptr);
}

TEST_F(Pipe, RefusesHostileNames)
{
    FakeChannelHost host;
    const std::string nul("a\0b", 3);
    for (const std::string& name :
         {std::string(),           std::string("."),     std::string(".."),          std::string(".hidden"),
          std::string("../bank"),  std::string("a/b"),   std::string("/etc/passwd"), std::string("a\\b"),
          std::string("a b"),      std::string("a\nb"),  std::string("a\x1b[31m"),   nul,
          std::string("\xc3\xa4"), std::string("a:b"),   std::string("a?b"),         std::string("a%b"),
          std::string("*"),        std::string("~"),     std::string("$HOME"),       std::string("a;b"),
          std::string("a'b"),      std::string(65, 'x'), std::string(5000, 'x')}) {
        ObjectUrl bad = url;
        bad.host = name;
        for (const RemotingError& error :
             {error_of([&] { channel.listen(bad, host); }), error_of([&] { channel.connect(bad, host, soon()); })}) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_url) << name;
            EXPECT_LT(std::string(error.what()).size(), 400U);
            EXPECT_EQ(std::string(error.what()).find_first_of("\n\x1b"), std::string::npos);
        }
    }
    EXPECT_TRUE(fs::is_empty(directory.path()));
}

TEST_F(Pipe, TakesEveryNameThatTheRulesAllow)
{
    FakeChannelHost host;
    for (const std::string& name : {std::string("a"), std::string("-"), std::string("_"), std::string("Bank-2.v_1"),
                                    std::string("a..b"), std::string("bank.lock"), std::string(64, 'x')}) {
        ObjectUrl good = url;
        good.host = name;
        const auto listener = channel.listen(good, host);
        EXPECT_NO_THROW(channel.connect(good, host, soon())) << name;
    }
}

TEST_F(Pipe, RefusesPortsAndUnknownOptions)
{
    FakeChannelHost host;
    for (const char* text : {"pipe://bank:80", "pipe://bank?insecure", "pipe://bank?Directory=/tmp"}) {
        const ObjectUrl bad = ObjectUrl::parse(text);
        EXPECT_EQ(error_of([&] { channel.listen(bad, host); }).code(), ErrorCode::invalid_url) << text;
        EXPECT_EQ(error_of([&] { channel.connect(bad, host, soon()); }).code(), ErrorCode::invalid_url) << text;
    }
}

}  // namespace

}  // namespace remoting::test
