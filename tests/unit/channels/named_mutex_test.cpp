// SPDX-License-Identifier: BSL-1.0
#include "child_process.hpp"
#include "fake_channel_host.hpp"
#include "temporary_directory.hpp"

#include <remoting/channels/named_event.hpp>
#include <remoting/channels/named_mutex.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>
#include <vector>

namespace remoting::test {

namespace {

using namespace std::chrono_literals;

struct NamedObjects : testing::Test {
    TemporaryDirectory temporary;
    SharedMemoryOptions options{.directory = temporary / "memory"};
};

using MutexByName = NamedObjects;
using EventByName = NamedObjects;

TEST_F(MutexByName, KeepsOthersOutUntilItIsLetGo)
{
    NamedMutex mutex("m", options);
    NamedMutex same("m", options);
    std::future<ErrorCode> other;
    {
        const auto lock = mutex.lock(patience);
        EXPECT_FALSE(lock.was_abandoned());
        other = std::async(std::launch::async, [&] { return error_of([&] { (void)same.lock(1ms); }).code(); });
        EXPECT_EQ(other.get(), ErrorCode::deadline_exceeded);
        other = std::async(std::launch::async, [&] {
            const auto second = same.lock(patience);
            return ErrorCode::ok;
        });
    }
    EXPECT_EQ(other.get(), ErrorCode::ok);
}

TEST_F(MutexByName, RefusesItsHolder)
{
    NamedMutex mutex("m", options);
    const auto lock = mutex.lock(patience);
    EXPECT_EQ(error_of([&] { (void)mutex.lock(patience); }).code(), ErrorCode::invalid_argument);
}

TEST_F(MutexByName, CountsRightBetweenThreadsAndProcesses)
{
    SharedMemory counter = SharedMemory::create("counter", sizeof(int), options);
    const auto count = [](NamedMutex& mutex, SharedMemory& memory) {
        for (int i = 0; i < 2000; ++i) {
            const auto lock = mutex.lock(patience);
            int value = 0;
            std::memcpy(&value, memory.bytes().data(), sizeof value);
            ++value;
            std::memcpy(memory.writable_bytes().data(), &value, sizeof value);
        }
    };
    ChildProcess child([&](const ChildProcess::Line&) {
        SharedMemory memory = SharedMemory::open("counter", View::read_write, options);
        NamedMutex mutex("m", options);
        count(mutex, memory);
        return 0;
    });
    NamedMutex mutex("m", options);
    std::thread thread([&] { count(mutex, counter); });
    count(mutex, counter);
    thread.join();
    EXPECT_EQ(child.wait(), 0);
    int value = 0;
    std::memcpy(&value, counter.bytes().data(), sizeof value);
    EXPECT_EQ(value, 6000);
}

TEST_F(MutexByName, GoesToTheNextWhenItsHolderIsKilled)
{
    NamedMutex mutex("m", options);
    for (int i = 0; i < 20; ++i) {
        ChildProcess holder([&](const ChildProcess::Line& line) {
            NamedMutex same("m", options);
            const auto lock = same.lock(patience);
            line.tell();
            line.hear();
            return 0;
        });
        ASSERT_TRUE(holder.line().hear());
        std::future<bool> waiting;
        if (i % 2 == 1) {  // somebody may be waiting when that happens, or not
            waiting = std::async(std::launch::async, [&] { return mutex.lock(patience).was_abandoned(); });
        }
        holder.kill();
        EXPECT_TRUE(waiting.valid() ? waiting.get() : mutex.lock(patience).was_abandoned());
        EXPECT_FALSE(mutex.lock(patience).was_abandoned()) << "it is as good as new";
    }
}

TEST_F(MutexByName, TellsOfAHolderThatWasKilledWhenNobodyElseHadItOpen)
{
    const auto lives_and_dies = [&](bool holds_it) {
        ChildProcess child([&](const ChildProcess::Line& line) {
            NamedMutex mutex("m", options);
            std::optional<NamedMutex::Lock> lock(mutex.lock(patience));
            if (!holds_it) {
                lock.reset();
            }
            line.tell();
            line.hear();
            return 0;
        });
        EXPECT_TRUE(child.line().hear());
        child.kill();
    };
    lives_and_dies(true);
    {
        NamedMutex first("m", options);
        NamedMutex second("m", options);
        EXPECT_TRUE(second.lock(patience).was_abandoned());
        EXPECT_FALSE(first.lock(patience).was_abandoned());
    }
    lives_and_dies(true);
    {
        const NamedMutex looks_only("m", options);
    }
    lives_and_dies(false);
    EXPECT_FALSE(NamedMutex("m", options).lock(patience).was_abandoned());
}

TEST_F(MutexByName, SurvivesTheDeathOfOneWhoWaits)
{
    NamedMutex mutex("m", options);
    {
        const auto lock = mutex.lock(patience);
        ChildProcess waiter([&](const ChildProcess::Line& line) {
            NamedMutex same("m", options);
            line.tell();
            const auto second = same.lock(patience);
            return 0;
        });
        ASSERT_TRUE(waiter.line().hear());
        waiter.kill();
    }
    EXPECT_FALSE(mutex.lock(patience).was_abandoned());
}

TEST_F(MutexByName, GoesWithItsLastHandle)
{
    {
        std::optional<NamedMutex> mutex(std::in_place, "m", options);
        const auto lock = mutex->lock(patience);
        mutex.reset();  // the lock keeps what it needs
    }
    EXPECT_TRUE(std::filesystem::is_empty(temporary / "memory"));
}

TEST_F(MutexByName, RefusesAFileThatIsNone)
{
    const NamedEvent keeps_the_directory("e", options);
    std::ofstream(temporary / "memory/l-m") << std::string(4096, 'x');
    const int held = ::open((temporary / "memory/l-m").c_str(), O_RDONLY);
    ASSERT_EQ(::flock(held, LOCK_SH), 0) << "else it is cleared away";
    EXPECT_EQ(error_of([&] { NamedMutex("m", options); }).code(), ErrorCode::storage_corrupt);
    ::close(held);
    EXPECT_EQ(error_of([&] { NamedMutex("a/b", options); }).code(), ErrorCode::invalid_url);
}

TEST_F(EventByName, IsSeenByAllWhoWait)
{
    NamedEvent event("e", options);
    const std::uint32_t before = event.count();
    std::vector<std::future<bool>> waiting;
    for (int i = 0; i < 4; ++i) {
        waiting.push_back(std::async(std::launch::async, [&] {
            const NamedEvent same("e", options);
            return same.wait(before, patience) == before + 1;
        }));
    }
    event.signal();
    for (auto& waiter : waiting) {
        EXPECT_TRUE(waiter.get());
    }
}

TEST_F(EventByName, IsNotMissedByOneWhoComesLater)
{
    NamedEvent event("e", options);
    event.signal();
    event.signal();
    EXPECT_EQ(event.wait(0, 0s), 2U);
    EXPECT_EQ(event.wait(2, 1ms), std::nullopt);
}

TEST_F(EventByName, DoesNotMindTheDeathOfThoseWhoWaitOrSignal)
{
    const NamedEvent event("e", options);
    ChildProcess waiter([&](const ChildProcess::Line& line) {
        const NamedEvent same("e", options);
        line.tell();
        same.wait(0, patience);
        return 0;
    });
    ASSERT_TRUE(waiter.line().hear());
    waiter.kill();
    ChildProcess signaller([&](const ChildProcess::Line&) {
        NamedEvent same("e", options);
        same.signal();
        ::kill(::getpid(), SIGKILL);
        return 0;
    });
    EXPECT_EQ(event.wait(0, patience), 1U);
    EXPECT_EQ(signaller.wait(), -1);
}

TEST_F(EventByName, IsOnlyWaitedForByThoseWhoNameItsOwner)
{
    SharedMemoryOptions shared{.access = {.everyone = true}, .directory = temporary / "shared"};
    SharedMemoryOptions theirs{.owner = ::geteuid(), .directory = temporary / "shared"};
    EXPECT_EQ(error_of([&] { NamedEvent("e", theirs); }).code(), ErrorCode::object_not_found);
    NamedEvent event("e", shared);
    NamedEvent seen("e", theirs);
    EXPECT_EQ(error_of([&] { seen.signal(); }).code(), ErrorCode::permission_denied);
    auto waiting = std::async(std::launch::async, [&] { return seen.wait(0, patience); });
    event.signal();
    EXPECT_EQ(waiting.get(), 1U);
}

}  // namespace

}  // namespace remoting::test
