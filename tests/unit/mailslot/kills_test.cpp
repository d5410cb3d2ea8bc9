// SPDX-License-Identifier: BSL-1.0
#include "temporary_directory.hpp"
#include "victim.hpp"
#include "waiting.hpp"

#include <remoting/channels/mailslot.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace remoting::test {

namespace {

struct Kills : testing::Test {
    static constexpr const char* name = "mailslot://./letters?durable";
    TemporaryDirectory temporary{"/dev/shm"};  // a disk would make it slow and prove nothing more
    std::mt19937 random{11};

    MailslotOptions options() const
    {
        MailslotOptions options;
        options.storage = temporary / "state";
        options.log = nullptr;
        return options;
    }
    /// Writes numbers from `first` on, each under an id of its own, and tells each when it is acknowledged.
    auto writer_from(std::uint64_t first) const
    {
        return [this, first](const std::function<void(std::uint64_t)>& tell) {
            MailslotWriter writer(name, patience, options());
            for (std::uint64_t number = first;; ++number) {
                writer.write(std::as_bytes(std::span(&number, 1)), patience, Id128{1, number});
                tell(number);
            }
        };
    }
    static std::uint64_t number_in(const MailslotMessage& message)
    {
        std::uint64_t number = 0;
        if (message.content.size() == sizeof number) {
            std::memcpy(&number, message.content.data(), sizeof number);
        }
        return number;
    }
    /// Tells each number it reads; goes on until it is killed.
    auto reader() const
    {
        return [this](const std::function<void(std::uint64_t)>& tell) {
            Mailslot slot(name, options());
            while (const auto message = slot.read(infinite)) {
                tell(number_in(*message));
            }
        };
    }
    std::size_t any_count() { return random() % 4; }
    unsigned any_spins() { return static_cast<unsigned>(random() % 200'000); }
};

/// What readers saw, one after the other: nothing twice but what was being dealt with when one was killed.
class Seen final {
public:
    void add(const std::vector<std::uint64_t>& numbers)
    {
        for (const std::uint64_t number : numbers) {
            const bool is_again = is_new_reader_ && number == last_;
            EXPECT_TRUE(number == last_ + 1 || is_again) << number << " after " << last_;
            last_ = number;
            is_new_reader_ = false;
        }
        is_new_reader_ = true;
    }
    std::uint64_t last() const { return last_; }

private:
    std::uint64_t last_ = 0;
    bool is_new_reader_ = false;
};

TEST_F(Kills, OfWritersLoseAndDoubleNothing)
{
    std::uint64_t acknowledged = 0;
    for (int i = 0; i < 500; ++i) {
        Victim writer(writer_from(acknowledged + 1));
        for (const std::uint64_t number : writer.kill_after(any_count(), any_spins())) {
            EXPECT_EQ(number, acknowledged + 1);
            acknowledged = number;
        }
    }
    ASSERT_GT(acknowledged, 100U);
    Mailslot slot(name, options());
    std::uint64_t last = 0;
    while (const auto message = slot.read(Duration::zero())) {
        EXPECT_EQ(number_in(*message), ++last);
    }
    EXPECT_TRUE(last == acknowledged || last == acknowledged + 1) << last << " of " << acknowledged;
}

TEST_F(Kills, OfOwnersLoseNothingAndRepeatOnlyWhatWasInTheirHands)
{
    constexpr std::uint64_t count = 1500;
    {
        Victim writer([&](const std::function<void(std::uint64_t)>& tell) {
            MailslotWriter slot(name, patience, options());
            for (std::uint64_t number = 1; number <= count; ++number) {
                slot.write(std::as_bytes(std::span(&number, 1)), patience, Id128{1, number});
            }
            tell(count);
        });
        ASSERT_EQ(writer.kill_after(1, 0).size(), 1U);
    }
    Seen seen;
    for (int i = 0; i < 300; ++i) {
        Victim owner(reader());
        seen.add(owner.kill_after(seen.last() < count - 100 ? any_count() : 0, any_spins() / 10));
    }
    Mailslot slot(name, options());
    while (const auto message = slot.read(Duration::zero())) {
        seen.add({number_in(*message)});
        EXPECT_LE(seen.last(), count);
    }
    EXPECT_EQ(seen.last(), count);
}

TEST_F(Kills, OfBothLoseNothing)
{
    std::uint64_t acknowledged = 0;
    Seen seen;
    for (int i = 0; i < 100; ++i) {
        Victim writer(writer_from(acknowledged + 1));
        Victim owner(reader());
        const auto written = writer.kill_after(any_count(), any_spins());
        acknowledged = written.empty() ? acknowledged : written.back();
        seen.add(owner.kill_after(seen.last() < acknowledged ? 1 : 0, any_spins()));
    }
    Mailslot slot(name, options());
    while (const auto message = slot.read(Duration::zero())) {
        seen.add({number_in(*message)});
    }
    EXPECT_TRUE(seen.last() == acknowledged || seen.last() == acknowledged + 1);
}

}  // namespace

}  // namespace remoting::test
