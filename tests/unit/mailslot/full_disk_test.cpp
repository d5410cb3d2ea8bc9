// SPDX-License-Identifier: BSL-1.0
#include "durable_fixture.hpp"
#include "faulty_vfs.hpp"
#include "small_disk.hpp"

#include <string>
#include <vector>

namespace remoting::test {

namespace {

struct FullDisk : DurableSlot {
    /// Writes until nothing more is taken. @returns what was acknowledged
    std::vector<std::string> fill(DurableSender& sender, std::size_t size = 500) const
    {
        std::vector<std::string> acknowledged;
        int refused = 0;
        for (int i = 0; refused < 20 && i < 20'000; ++i) {
            const std::string text = std::to_string(i) + std::string(size, ' ');
            try {
                sender.send(bytes(text), {}, soon);
                acknowledged.push_back(text);
            } catch (const RemotingError& error) {
                EXPECT_EQ(to_string(error.code()), to_string(ErrorCode::storage_full)) << error.what();
                EXPECT_EQ(error.executed(), Executed::no);
                ++refused;
            }
        }
        EXPECT_EQ(refused, 20);
        EXPECT_GT(acknowledged.size(), 20U);
        return acknowledged;
    }
    static void expect_next(SlotStore& store, const std::vector<std::string>& texts, std::size_t first,
                            std::size_t last)
    {
        for (std::size_t i = first; i < last; ++i) {
            ASSERT_EQ(next(store).substr(0, 10), texts[i].substr(0, 10)) << i;
        }
    }
};

TEST_F(FullDisk, LosesNothingThatWasAcknowledgedAndDeliversItOnce)
{
    FaultyVfs disk;
    std::vector<std::string> acknowledged;
    DurableSender sender(address, options(), disk.name());
    write("makes the slot and its reserve");
    EXPECT_EQ(DurableStore(address, options()).purge(), 1U);
    disk.set_space(1'000'000, file("-reserve"));
    acknowledged = fill(sender);
    {
        DurableStore store(address, options(), disk.name());
        expect_next(store, acknowledged, 0, 10);
    }
    DurableStore store(address, options(), disk.name());
    EXPECT_EQ(store.state().waiting, acknowledged.size() - 10);
    expect_next(store, acknowledged, 10, acknowledged.size());
    EXPECT_EQ(next(store), "(none)");
    sender.send(bytes("room again"), {}, soon);
    EXPECT_EQ(next(store), "room again");
    EXPECT_EQ(lines.text(), "");
}

TEST_F(FullDisk, CanBePurged)
{
    FaultyVfs disk;
    DurableSender sender(address, options(), disk.name());
    write("makes the slot and its reserve");
    EXPECT_EQ(DurableStore(address, options()).purge(), 1U);
    disk.set_space(1'000'000, file("-reserve"));
    const auto acknowledged = fill(sender);
    {
        DurableStore store(address, options(), disk.name());
        EXPECT_EQ(store.purge(), acknowledged.size());
        EXPECT_EQ(store.state().waiting, 0U);
    }
    sender.send(bytes("room again"), {}, soon);
    DurableStore store(address, options(), disk.name());
    EXPECT_EQ(next(store), "room again");
    EXPECT_EQ(next(store), "(none)");
}

/// The same on a file system that is really full, to the last byte.
struct RealFullDisk : FullDisk {
    SmallDisk disk{std::size_t{4} << 20U};

    void SetUp() override
    {
        if (!disk.is_mounted()) {
            GTEST_SKIP() << "only root can mount a small disk";
        }
    }
    MailslotOptions here() const
    {
        MailslotOptions settings = options();
        settings.storage = disk.path();
        return settings;
    }
    std::vector<std::string> write_all() const
    {
        std::vector<std::string> acknowledged;
        {
            DurableSender sender(address, here());
            acknowledged = fill(sender, 1000);
        }
        disk.fill();
        EXPECT_TRUE(disk.is_full());
        return acknowledged;
    }
};

TEST_F(RealFullDisk, IsReadOnceByTheOwnersThatFollowAndTakesMessagesAgain)
{
    const auto acknowledged = write_all();
    {
        DurableStore store(address, here());
        EXPECT_EQ(store.state().waiting, acknowledged.size());
        expect_next(store, acknowledged, 0, 3);
    }
    {
        DurableStore store(address, here());
        EXPECT_EQ(store.state().waiting, acknowledged.size() - 3);
        expect_next(store, acknowledged, 3, 100);
    }
    {
        DurableStore store(address, here());
        expect_next(store, acknowledged, 100, acknowledged.size());
        EXPECT_EQ(next(store), "(none)");
    }
    DurableSender sender(address, here());
    for (int i = 0; i < 500; ++i) {
        sender.send(bytes(std::to_string(i) + std::string(1000, ' ')), {}, soon);
    }
    DurableStore store(address, here());
    EXPECT_EQ(store.state().waiting, 500U);
}

TEST_F(RealFullDisk, CanBePurgedAndTakesMessagesAgain)
{
    const auto acknowledged = write_all();
    {
        DurableStore store(address, here());
        EXPECT_EQ(store.purge(), acknowledged.size());
    }
    DurableSender(address, here()).send(bytes("room again"), {}, soon);
    DurableStore store(address, here());
    EXPECT_EQ(next(store), "room again");
    EXPECT_EQ(next(store), "(none)");
}

TEST_F(RealFullDisk, CanBeFilledAndEmptiedAgainAndAgain)
{
    for (int round = 0; round < 5; ++round) {
        DurableSender sender(address, here());
        const auto acknowledged = fill(sender);
        EXPECT_GT(acknowledged.size(), 500U) << "ids of delivered messages take a part of it";
        if (round == 0) {
            disk.fill();
        }
        DurableStore store(address, here());
        expect_next(store, acknowledged, 0, acknowledged.size());
        EXPECT_EQ(next(store), "(none)");
    }
    EXPECT_EQ(lines.text(), "");
}

TEST_F(RealFullDisk, RefusesASlotThatIsNew)
{
    disk.fill();
    expect_error(ErrorCode::storage_full, Executed::no, [&] { DurableSender(address, here()).send({}, {}, soon); });
}

}  // namespace

}  // namespace remoting::test
