// SPDX-License-Identifier: BSL-1.0
#include "../channels/child_process.hpp"
#include "errors.hpp"
#include "lines.hpp"
#include "temporary_directory.hpp"
#include "waiting.hpp"

#include <remoting/channels/mailslot.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace remoting::test {

namespace {

using namespace std::chrono_literals;

std::string text(const std::optional<MailslotMessage>& message)
{
    return message ? std::string(message->content.as_string_view()) : "(none)";
}

struct SlotGroups : testing::Test {
    TemporaryDirectory temporary;
    Lines lines;

    MailslotOptions options()
    {
        MailslotOptions options;
        options.directory = temporary.path();
        options.log = lines.log();
        return options;
    }
    /// A process that owns a slot until it reads "end", and exits with the number of messages before that.
    std::unique_ptr<ChildProcess> owner(const std::string& name)
    {
        auto child = std::make_unique<ChildProcess>([this, name](const ChildProcess::Line& line) {
            Mailslot slot(name, options());
            line.tell();
            int count = 0;
            for (auto message = slot.read(patience); message && text(message) != "end"; message = slot.read(patience)) {
                ++count;
            }
            return count;
        });
        EXPECT_TRUE(child->line().hear());
        return child;
    }
    /// What a stopped owner costs once.
    static constexpr std::chrono::milliseconds once{250};
};

TEST_F(SlotGroups, ReachAllWhoseNamesMatch)
{
    Mailslot first("notes-1", options());
    Mailslot second("notes-2", options());
    Mailslot other("letters", options());
    MailslotWriter writer("notes-*", patience, options());
    writer.write("to all", patience);
    EXPECT_EQ(text(first.read(patience)), "to all");
    EXPECT_EQ(text(second.read(patience)), "to all");
    Mailslot late("notes-3", options());
    writer.write("to three", patience);
    EXPECT_EQ(text(late.read(patience)), "to three");
    EXPECT_EQ(text(first.read(patience)), "to three");
    EXPECT_EQ(other.info().waiting, 0U);
    expect_error(ErrorCode::invalid_url, Executed::no, [&] { Mailslot("notes-*", options()); });
}

TEST_F(SlotGroups, ReachTheOthersWhenOneOfAGroupIsGone)
{
    std::optional<Mailslot> first(std::in_place, "notes-1", options());
    Mailslot second("notes-2", options());
    MailslotWriter writer("notes-*", patience, options());
    writer.write("one", patience);
    first.reset();
    writer.write("two", patience);
    EXPECT_EQ(text(second.read(patience)), "one");
    EXPECT_EQ(text(second.read(patience)), "two");
    first.emplace("notes-1", options());
    writer.write("three", patience);
    EXPECT_EQ(text(first->read(patience)), "three");
}

TEST_F(SlotGroups, ReachAnOwnerThatWasKilledAndStartedAgain)
{
    auto first = owner("notes-1");
    auto second = owner("notes-2");
    MailslotWriter writer("notes-*", patience, options());
    writer.write("one", patience);
    first->kill();
    first = owner("notes-1");
    writer.write("two", patience);
    writer.write("end", patience);
    EXPECT_EQ(first->wait(), 1);
    EXPECT_EQ(second->wait(), 2);
}

TEST_F(SlotGroups, WaitOnceForAnOwnerThatStandsStillBeforeItIsConnected)
{
    constexpr int count = 20;
    std::vector<std::unique_ptr<ChildProcess>> owners;
    for (int i = 0; i < 5; ++i) {
        owners.push_back(owner("notes-" + std::to_string(i)));
    }
    owners[2]->stop();
    MailslotWriter writer("notes-*", patience, options());
    const Stopwatch watch;
    for (int i = 0; i < count; ++i) {
        writer.write("x", patience);
    }
    EXPECT_LT(watch.elapsed(), slack * once);
    owners[2]->go_on();
    MailslotWriter("notes-2", patience, options()).write("directly", patience);  // the group's comes before it
    writer.write("end", patience);
    for (std::size_t i = 0; i < owners.size(); ++i) {
        EXPECT_EQ(owners[i]->wait(), i == 2 ? 1 : count) << i;
    }
    EXPECT_TRUE(lines.say("notes-2 missed 1 messages (the owner of 'notes-2' did not take this writer on)"));
}

TEST_F(SlotGroups, WaitOnceForAnOwnerThatStandsStillAndIsFull)
{
    constexpr int count = 20;
    auto healthy = owner("notes-1");
    auto stopped = owner("notes-2");
    {
        MailslotWriter writer("notes-*", patience, options());
        writer.write("x", patience);
        stopped->stop();
        const Stopwatch watch;
        for (int i = 0; i < count; ++i) {
            writer.write(std::string(60'000, 'x'), patience);
        }
        EXPECT_LT(watch.elapsed(), slack * once);
        writer.write("end", patience);
    }
    EXPECT_EQ(healthy->wait(), count + 1);
    EXPECT_TRUE(lines.say("(the other side does not read)")) << lines.text();
}

TEST_F(SlotGroups, TakeMessagesThatAreTooLongForSome)
{
    MailslotOptions narrow = options();
    narrow.message_limit = 100;
    Mailslot small("notes-1", narrow);
    Mailslot large("notes-2", options());
    MailslotWriter writer("notes-*", patience, options());
    const std::string message(200, 'x');
    writer.write(message, patience);
    EXPECT_EQ(text(large.read(patience)), message);
    EXPECT_EQ(small.info().waiting, 0U);
    EXPECT_TRUE(lines.say("notes-1 missed 1 messages (a message of 200 bytes; at most 100 are accepted there)"))
        << lines.text();
}

TEST_F(SlotGroups, RefuseMessagesThatAreTooLongForAll)
{
    MailslotOptions narrow = options();
    narrow.message_limit = 100;
    Mailslot first("notes-1", narrow);
    Mailslot second("notes-2", narrow);
    MailslotWriter writer("notes-*", patience, options());
    const RemotingError error =
        expect_error(ErrorCode::limit_exceeded, Executed::no, [&] { writer.write(std::string(200, 'x'), patience); });
    EXPECT_EQ(error.address(), "mailslot://./notes-*");
    writer.write(std::string(100, 'x'), patience);
    EXPECT_EQ(text(second.read(patience)).size(), 100U);
}

TEST_F(SlotGroups, MayBeEmpty)
{
    MailslotWriter writer("notes-*", patience, options());
    EXPECT_NO_THROW(writer.write("x", patience));
}

}  // namespace

}  // namespace remoting::test
