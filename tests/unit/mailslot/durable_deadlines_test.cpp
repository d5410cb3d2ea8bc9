// SPDX-License-Identifier: BSL-1.0
#include "durable_fixture.hpp"
#include "faulty_vfs.hpp"
#include "mailslot/slot_turn.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace remoting::test {

namespace {

using namespace std::chrono_literals;

/// Another process that has the turn and does not let it go: a thread with a connection of its own.
class Holder final {
public:
    Holder(const SlotAddress& address, const MailslotOptions& options)
        : thread_([this, address, options] {
              const Database database(address.endpoint, {.limits = options});
              SlotTurn turn(database);
              {
                  const auto lock = turn.take(TimePoint::max());
                  has_it_.open();
                  EXPECT_TRUE(go_.wait());
              }
              gone_.open();
          })
    {
        EXPECT_TRUE(has_it_.wait());
    }
    ~Holder()
    {
        let_go();
        thread_.join();
    }
    void let_go()
    {
        go_.open();
        EXPECT_TRUE(gone_.wait());
    }

private:
    Gate has_it_;
    Gate go_;
    Gate gone_;
    std::thread thread_;
};

struct DurableDeadlines : DurableSlot {
    static TimePoint in(Duration time) { return system_clock().now() + time; }
};

TEST_F(DurableDeadlines, EndAWaitForTheTurnOfAnotherProcessAndNameTheSlot)
{
    DurableSender sender(address, options());
    const Holder other(address, options());
    const auto error =
        expect_error(ErrorCode::deadline_exceeded, Executed::no, [&] { sender.send(bytes("x"), {}, in(20ms)); });
    EXPECT_TRUE(contains(error.what(), "mailslot://./letters")) << error.what();
    EXPECT_FALSE(contains(error.what(), "shm://")) << error.what();
}

TEST_F(DurableDeadlines, AreEachThreadsOwnWhileOneWaitsForAll)
{
    DurableSender sender(address, options());
    std::optional<Holder> other(std::in_place, address, options());
    auto patient = std::async(std::launch::async, [&] { sender.send(bytes("patient"), {}, TimePoint::max()); });
    ASSERT_TRUE(eventually([&] { return sender.waiting() == 1; }));
    expect_error(ErrorCode::deadline_exceeded, Executed::no, [&] { sender.send(bytes("hasty"), {}, in(20ms)); });
    EXPECT_EQ(sender.waiting(), 1U);
    other->let_go();
    patient.get();
    DurableStore store(address, options());
    EXPECT_EQ(next(store), "patient");
    EXPECT_EQ(next(store), "(none)");
}

TEST_F(DurableDeadlines, OfTheOneThatWaitsForAllAreNotThoseOfTheOthers)
{
    DurableSender sender(address, options());
    std::optional<Holder> other(std::in_place, address, options());
    auto hasty = std::async(std::launch::async, [&] {
        expect_error(ErrorCode::deadline_exceeded, Executed::no, [&] { sender.send(bytes("hasty"), {}, in(300ms)); });
    });
    ASSERT_TRUE(eventually([&] { return sender.waiting() == 1 || hasty.wait_for(0s) == std::future_status::ready; }));
    auto patient = std::async(std::launch::async, [&] { sender.send(bytes("patient"), {}, soon); });
    hasty.get();
    other->let_go();
    patient.get();
    DurableStore store(address, options());
    EXPECT_EQ(next(store), "patient");
    EXPECT_EQ(next(store), "(none)");
}

TEST_F(DurableDeadlines, ThatPassWhileAnotherThreadCommitsLeaveItOpenWhetherItIsWritten)
{
    FaultyVfs disk;
    std::atomic<bool> is_stuck{false};
    Gate goes_on;
    disk.set_step([&](FaultyVfs::Step step) {
        if (step == FaultyVfs::Step::sync && is_stuck) {
            EXPECT_TRUE(goes_on.wait());
        }
    });
    DurableSender sender(address, options(), disk.name());
    std::optional<Holder> other(std::in_place, address, options());
    Tally maybe;
    std::vector<std::thread> threads;
    for (const char* text : {"a", "b"}) {
        threads.emplace_back([&, text] {
            try {
                sender.send(bytes(text), {}, in(1s));
            } catch (const RemotingError& error) {
                EXPECT_EQ(to_string(error.code()), to_string(ErrorCode::deadline_exceeded)) << error.what();
                EXPECT_EQ(to_string(error.executed()), to_string(Executed::maybe)) << error.what();
                maybe.add();
            }
        });
    }
    ASSERT_TRUE(eventually([&] { return sender.waiting() == 2; }));
    is_stuck = true;
    other->let_go();
    EXPECT_TRUE(maybe.wait_until_at_least(1)) << "the one that does not sync";
    goes_on.open();
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(maybe.value(), 1);
    DurableStore store(address, options());
    EXPECT_EQ(store.state().waiting, 2U) << "both are written";
}

TEST_F(DurableDeadlines, OfReadersDoNotDependOnWriters)
{
    write_some(3);
    {
        DurableStore store(address, options());
        const Holder other(address, options());
        const Stopwatch watch;
        EXPECT_EQ(next(store), "0");
        EXPECT_EQ(next(store), "1");
        EXPECT_EQ(store.state().waiting, 1U);
        EXPECT_LT(watch.elapsed(), 5s);
    }
    DurableStore store(address, options());
    EXPECT_EQ(next(store), "2") << "the others were delivered, even if they could not be removed";
    EXPECT_EQ(next(store), "(none)");
}

TEST_F(DurableDeadlines, OfAPurgeKeepNobodyFromAskingForTheState)
{
    write_some(3);
    DurableStore store(address, options());
    std::optional<Holder> other(std::in_place, address, options());
    auto purge = std::async(std::launch::async, [&] { return store.purge(); });
    EXPECT_TRUE(eventually([&] { return store.state().waiting == 0; }));
    other->let_go();
    EXPECT_EQ(purge.get(), 3U);
}

}  // namespace

}  // namespace remoting::test
