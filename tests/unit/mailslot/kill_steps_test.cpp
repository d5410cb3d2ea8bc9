// SPDX-License-Identifier: BSL-1.0
#include "durable_fixture.hpp"
#include "faulty_vfs.hpp"
#include "mailslot/message_id.hpp"
#include "victim.hpp"

#include <atomic>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace remoting::test {

namespace {

/// kill -9 before each change of a file, lock and sync that a writer or an owner makes, one after the other.
struct KillSteps : DurableSlot {
    /// Runs `run` in a process of its own until its step of that number. @returns what it told, and whether it ended
    template <class F>
    std::pair<std::vector<std::uint64_t>, bool> run_until(int step, F run)
    {
        Victim victim([&](const std::function<void(std::uint64_t)>& tell) {
            FaultyVfs disk;
            std::atomic<int> steps{0};
            disk.set_step([&](FaultyVfs::Step) {
                if (++steps == step) {
                    ::kill(::getpid(), SIGKILL);
                }
            });
            run(disk.name(), tell);
        });
        auto told = victim.outlive();
        return {std::move(told), !victim.was_killed()};
    }
    std::vector<std::uint64_t> read_all() const
    {
        std::vector<std::uint64_t> numbers;
        DurableStore store(address, options());
        for (std::string text = next(store); text != "(none)"; text = next(store)) {
            numbers.push_back(std::stoull(text));
        }
        return numbers;
    }
};

TEST_F(KillSteps, OfWritersThatShareCommitsLoseAndDoubleNothing)
{
    constexpr std::uint64_t threads_count = 4;
    constexpr std::uint64_t each = 3;
    bool has_ended = false;
    for (int step = 1; !has_ended; ++step) {
        std::vector<std::uint64_t> acknowledged;
        std::tie(acknowledged, has_ended) = run_until(step, [&](const char* vfs, const auto& tell) {
            DurableSender sender(address, options(), vfs);
            std::vector<std::thread> threads;
            for (std::uint64_t i = 0; i < threads_count; ++i) {
                threads.emplace_back([&, i] {
                    for (std::uint64_t number = i * each; number < (i + 1) * each; ++number) {
                        sender.send(bytes(std::to_string(number)), {}, soon, Id128{1, number});
                        tell(number);
                    }
                });
            }
            for (std::thread& thread : threads) {
                thread.join();
            }
        });
        EXPECT_TRUE(!has_ended || acknowledged.size() == threads_count * each);
        {
            // The writer comes back and does not know about the others.
            DurableSender sender(address, options());
            const std::set<std::uint64_t> known(acknowledged.begin(), acknowledged.end());
            for (std::uint64_t number = 0; number < threads_count * each; ++number) {
                if (!known.contains(number)) {
                    sender.send(bytes(std::to_string(number)), {}, soon, Id128{1, number});
                }
            }
        }
        const auto found = read_all();
        EXPECT_EQ(found.size(), threads_count * each) << "killed at step " << step;
        EXPECT_EQ(std::set(found.begin(), found.end()).size(), threads_count * each) << "killed at step " << step;
        std::filesystem::remove_all(temporary / "state");
    }
}

TEST_F(KillSteps, OfOwnersLoseNothingAndRepeatOnlyWhatWasInTheirHands)
{
    constexpr std::uint64_t count = 5;
    bool has_ended = false;
    for (int step = 1; !has_ended; ++step) {
        write_some(count);
        std::vector<std::uint64_t> seen;
        std::tie(seen, has_ended) = run_until(step, [&](const char* vfs, const auto& tell) {
            DurableStore store(address, options(), vfs);
            while (const auto message = store.take(system_clock().now())) {
                tell(std::stoull(std::string(message->content.as_string_view())));
                store.done(*message);
            }
        });
        for (std::uint64_t i = 0; i < seen.size(); ++i) {
            EXPECT_EQ(seen[i], i);
        }
        const auto rest = read_all();
        std::uint64_t expected = seen.size();
        if (!rest.empty() && !seen.empty() && rest.front() == seen.back()) {
            --expected;
        }
        for (const std::uint64_t number : rest) {
            EXPECT_EQ(number, expected++) << "killed at step " << step;
        }
        EXPECT_EQ(expected, count) << "killed at step " << step;
        std::filesystem::remove_all(temporary / "state");
    }
}

}  // namespace

}  // namespace remoting::test
