// SPDX-License-Identifier: BSL-1.0
#include "board.hpp"
#include "errors.hpp"
#include "temporary_directory.hpp"

#include <remoting/channels/mailslot.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace remoting::test {

namespace {

using namespace std::chrono_literals;

std::string text(const std::optional<MailslotMessage>& message)
{
    return message ? std::string(message->content.as_string_view()) : "(none)";
}

struct Mailslots : testing::Test {
    TemporaryDirectory temporary;
    Lines lines;

    MailslotOptions options()
    {
        MailslotOptions options;
        options.directory = temporary.path();
        options.log = lines.log();
        return options;
    }
    void write(const std::string& content) { MailslotWriter("letters", patience, options()).write(content, patience); }
    static bool has(const Mailslot& slot, std::size_t count)
    {
        return eventually([&] { return slot.info().waiting == count; });
    }
};

TEST_F(Mailslots, GiveTheMessagesOfAllWritersInTheOrderOfEach)
{
    Mailslot slot("letters", options());
    MailslotWriter first("letters", patience, options());
    MailslotWriter second("mailslot://./letters", patience, options());
    first.write("a", patience);
    first.write("", patience);
    EXPECT_EQ(text(slot.read(patience)), "a");
    const auto empty = slot.read(patience);
    EXPECT_EQ(text(empty), "");
    EXPECT_EQ(empty->user_id, ::geteuid());
    second.write("b", patience);
    EXPECT_EQ(text(slot.read(patience)), "b");
}

TEST_F(Mailslots, TellWhatWaits)
{
    MailslotOptions settings = options();
    settings.message_limit = 100;
    settings.read_timeout = 3ms;
    Mailslot slot("letters", settings);
    EXPECT_EQ(slot.info().message_limit, 100U);
    EXPECT_EQ(slot.info().read_timeout, 3ms);
    EXPECT_EQ(slot.info().next_size, std::nullopt);
    EXPECT_EQ(slot.info().waiting, 0U);
    EXPECT_EQ(text(slot.read()), "(none)");
    write("12345");
    write("6");
    ASSERT_TRUE(has(slot, 2));
    EXPECT_EQ(slot.info().next_size, 5U) << "as read() gives it";
    EXPECT_EQ(slot.purge(), 2U);
    EXPECT_EQ(slot.info().waiting, 0U);
}

TEST_F(Mailslots, RefuseAMessageThatIsTooLongAtTheWriter)
{
    MailslotOptions settings = options();
    settings.message_limit = 100;
    Mailslot slot("letters", settings);
    MailslotWriter writer("letters", patience, options());
    const RemotingError error =
        expect_error(ErrorCode::limit_exceeded, Executed::no, [&] { writer.write(std::string(101, 'x'), patience); });
    EXPECT_TRUE(contains(error.cause(), "a message of 101 bytes; at most 100 are accepted there")) << error.what();
    EXPECT_EQ(error.address(), "mailslot://./letters");
    writer.write(std::string(100, 'x'), patience);
    EXPECT_EQ(text(slot.read(patience)).size(), 100U);
}

TEST_F(Mailslots, DropWhatDoesNotFitAndCountIt)
{
    MailslotOptions settings = options();
    settings.queue_messages = 3;
    Mailslot slot("letters", settings);
    MailslotWriter writer("letters", patience, options());
    for (int i = 0; i < 10; ++i) {
        writer.write(std::to_string(i), patience);
    }
    ASSERT_TRUE(eventually([&] { return slot.info().dropped == 7; }));
    EXPECT_EQ(slot.info().waiting, 3U);
    EXPECT_EQ(text(slot.read(patience)), "0") << "the newest ones were dropped";
    EXPECT_TRUE(eventually([&] { return lines.say("the queue is full"); }));  // said after it was counted
}

TEST_F(Mailslots, SayAtTheirEndWhatWasLostInAll)
{
    MailslotOptions settings = options();
    settings.queue_messages = 3;
    std::optional<Mailslot> slot(std::in_place, "letters", settings);
    MailslotWriter writer("letters", patience, options());
    for (int i = 0; i < 100; ++i) {
        writer.write(std::to_string(i), patience);
    }
    ASSERT_TRUE(eventually([&] { return slot->info().dropped == 97; }));
    slot.reset();
    EXPECT_TRUE(lines.say("3 messages were waiting and are lost, 97 were dropped since it began")) << lines.text();
}

TEST_F(Mailslots, HaveAnOwner)
{
    const RemotingError error =
        expect_error(ErrorCode::connect_failed, Executed::no, [&] { MailslotWriter("letters", patience, options()); });
    EXPECT_TRUE(contains(error.cause(), "nobody listens on mailslot 'letters'"));
    EXPECT_EQ(error.address(), "mailslot://./letters");
    std::optional<Mailslot> slot(std::in_place, "letters", options());
    expect_error(ErrorCode::name_in_use, Executed::no, [&] { Mailslot("letters", options()); });
    MailslotWriter writer("letters", patience, options());
    slot.reset();
    expect_error(ErrorCode::connect_failed, Executed::no, [&] { writer.write("x", patience); });
    slot.emplace("letters", options());
    writer.write("to the next owner", patience);
    EXPECT_EQ(text(slot->read(patience)), "to the next owner");
}

TEST_F(Mailslots, EndAWaitWhenTheyAreClosed)
{
    Mailslot slot("letters", options());
    auto end = std::async(std::launch::async, [&] { return text(slot.read(infinite)); });
    slot.close();
    EXPECT_EQ(end.get(), "(none)");
}

TEST_F(Mailslots, AreGoneWhenTheyAreClosed)
{
    Mailslot slot("letters", options());
    MailslotWriter writer("letters", patience, options());
    slot.close();
    expect_error(ErrorCode::connect_failed, Executed::no, [&] { writer.write("x", patience); });
    expect_error(ErrorCode::connect_failed, Executed::no, [&] { MailslotWriter("letters", patience, options()); });
    Mailslot next("letters", options());
    slot.close();
    writer.write("to the next one", patience);
    EXPECT_EQ(text(next.read(patience)), "to the next one");
    EXPECT_EQ(text(slot.read(patience)), "(none)");
}

TEST_F(Mailslots, TakeMessagesFromTwentyWritersForASlowReader)
{
    constexpr int writers = 20;
    constexpr int each = 200;
    Mailslot slot("letters", options());
    std::vector<std::thread> threads;
    for (int i = 0; i < writers; ++i) {
        threads.emplace_back([&, i] {
            MailslotWriter writer("letters", patience, options());
            for (int k = 0; k < each; ++k) {
                writer.write(std::to_string(i) + " " + std::to_string(k), patience);
            }
        });
    }
    std::vector<int> next(writers, 0);
    for (int count = 0; count < writers * each; ++count) {
        const std::string message = text(slot.read(patience));
        const auto blank = message.find(' ');
        ASSERT_NE(blank, std::string::npos) << message;
        int& expected = next.at(static_cast<std::size_t>(std::stoi(message.substr(0, blank))));
        EXPECT_EQ(std::stoi(message.substr(blank)), expected++);
        if (count % 100 == 0) {
            std::this_thread::yield();
        }
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(slot.info().dropped, 0U);
}

TEST_F(Mailslots, RefuseOptionsOutOfRange)
{
    for (const auto& change : std::vector<std::function<void(MailslotOptions&)>>{
             [](MailslotOptions& o) { o.message_limit = 0; }, [](MailslotOptions& o) { o.queue_messages = 0; },
             [](MailslotOptions& o) { o.message_limit = 64 * 1024 * 1024 + 1; },
             [](MailslotOptions& o) { o.queue_bytes = o.message_limit - 1; }}) {
        MailslotOptions bad = options();
        change(bad);
        expect_error(ErrorCode::invalid_argument, Executed::no, [&] { Mailslot("letters", bad); });
    }
}

TEST_F(Mailslots, LogWhatNoObjectTakes)
{
    Mailslot slot("letters", options());
    slot.publish<notes::Board>(std::make_shared<BoardServant>());
    write("raw");
    EXPECT_TRUE(slot.dispatch_next(patience));
    EXPECT_TRUE(lines.say("raw bytes, which no object takes")) << lines.text();
}

TEST_F(Mailslots, PublishOneWayInterfacesOnly)
{
    class Servant final : public notes::Answering {
        void Ping(std::int32_t) override {}
        std::int32_t Count() override { return 0; }
    };
    Mailslot slot("letters", options());
    const RemotingError error = expect_error(ErrorCode::invalid_argument, Executed::no,
                                             [&] { slot.publish<notes::Answering>(std::make_shared<Servant>()); });
    EXPECT_TRUE(contains(error.cause(), "notes.Answering.Count is not [oneway]"));
}

}  // namespace

}  // namespace remoting::test
