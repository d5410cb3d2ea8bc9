// SPDX-License-Identifier: BSL-1.0
#include "durable_fixture.hpp"
#include "faulty_vfs.hpp"

#include <atomic>
#include <filesystem>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace remoting::test {

namespace {

namespace fs = std::filesystem;

struct LostPower : DurableSlot {};

TEST_F(LostPower, LeavesAllThatWasAcknowledged)
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

/// Texts, by threads.
class Texts final {
public:
    void add(const std::string& text)
    {
        const std::lock_guard lock(mutex_);
        texts_.insert(text);
    }
    std::set<std::string> all() const
    {
        const std::lock_guard lock(mutex_);
        return texts_;
    }

private:
    mutable std::mutex mutex_;
    std::set<std::string> texts_;
};

TEST_F(LostPower, AmongOverlappingWritersLeavesAllThatWasAcknowledgedAndNotDelivered)
{
    std::mt19937 random(8);
    for (int round = 0; round < 15; ++round) {
        const std::string here = "state" + std::to_string(round);
        const std::string after = "after" + std::to_string(round);
        FaultyVfs disk;
        Texts acknowledged;
        Texts delivered;
        Tally writes;
        std::set<std::string> owed;
        {
            std::atomic<bool> is_over{false};
            DurableSender shared(address, options(here), disk.name());
            DurableStore store(address, options(here), disk.name());
            std::vector<std::thread> threads;
            for (int i = 0; i < 6; ++i) {
                threads.emplace_back([&, i] {
                    DurableSender own(address, options(here), disk.name());
                    for (int k = 0; !is_over; ++k) {
                        const std::string text = std::to_string(i) + " " + std::to_string(k) +
                                                 std::string(static_cast<std::size_t>(k) * 97 % 3000, '.');
                        (i % 2 == 0 ? own : shared).send(bytes(text), {}, soon);
                        acknowledged.add(text);
                        writes.add();
                    }
                });
            }
            threads.emplace_back([&] {
                while (const auto message = store.take(TimePoint::max())) {
                    delivered.add(std::string(message->content.as_string_view()));
                    store.done(*message);
                }
            });
            EXPECT_TRUE(writes.wait_until_at_least(static_cast<int>(random() % 150)));
            owed = acknowledged.all();
            disk.lose_power(temporary / after, random);
            // The worst case: of the owner's mark everything is there, also what it wrote later.
            fs::copy_file(temporary / here + "/letters.slot-done", temporary / after + "/letters.slot-done");
            is_over = true;
            for (std::size_t i = 0; i + 1 < threads.size(); ++i) {
                threads[i].join();
            }
            store.close();
            threads.back().join();
        }
        for (const std::string& text : delivered.all()) {
            owed.erase(text);
        }
        DurableStore store(address, options(after));
        std::set<std::string> found;
        for (std::string text = next(store); text != "(none)"; text = next(store)) {
            EXPECT_TRUE(found.insert(text).second) << "delivered twice";
        }
        for (const std::string& text : owed) {
            EXPECT_TRUE(found.contains(text)) << "round " << round << " lost " << text.substr(0, 10);
        }
    }
}

}  // namespace

}  // namespace remoting::test
