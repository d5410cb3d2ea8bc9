// SPDX-License-Identifier: BSL-1.0
#include "board.hpp"
#include "errors.hpp"
#include "temporary_directory.hpp"

#include <remoting/channels/mailslot_channel.hpp>
#include <remoting/channels/pipe_channel.hpp>
#include <remoting/client.hpp>
#include <remoting/server.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace remoting::test {

namespace {

class MailslotChannels : public testing::Test {
protected:
    MailslotOptions slot_options()
    {
        MailslotOptions options;
        options.directory = temporary_.path();
        options.log = lines_.log();
        return options;
    }
    template <class Options>
    Options with_mailslots()
    {
        Options options;
        options.channels.add("mailslot", mailslots_, mailslots_);
        options.log = lines_.log();
        return options;
    }
    std::shared_ptr<notes::Board> board(const std::string& url = "mailslot://./letters")
    {
        return client_.get_object<notes::Board>(url);
    }

    TemporaryDirectory temporary_;
    Lines lines_;
    std::shared_ptr<MailslotChannel> mailslots_ = std::make_shared<MailslotChannel>(slot_options());
    Client client_{with_mailslots<ClientOptions>()};
    std::shared_ptr<BoardServant> servant_ = std::make_shared<BoardServant>();
};

TEST_F(MailslotChannels, CarryCallsToAServer)
{
    Server server(with_mailslots<ServerOptions>());
    server.publish<notes::Board>("letters", servant_);
    server.publish<notes::Board>("other/place", servant_);
    EXPECT_EQ(server.listen("mailslot://./letters"), "mailslot://./letters");
    board()->Leave("hello");
    board("mailslot://./letters/other/place")->Ping(5);
    ASSERT_TRUE(servant_->wait_for(2));
    EXPECT_EQ(servant_->texts(), (std::vector<std::string>{"hello", "ping 5"}));
}

TEST_F(MailslotChannels, CarryCallsToASlotThatIsEmptiedWhenItsOwnerLikes)
{
    Mailslot slot("letters", slot_options());
    slot.publish<notes::Board>(servant_);
    for (int i = 0; i < 5; ++i) {
        board()->Ping(i);
    }
    ASSERT_TRUE(eventually([&] { return slot.info().waiting == 5; }));
    EXPECT_TRUE(servant_->texts().empty());
    EXPECT_TRUE(slot.dispatch_next(Duration::zero()));
    EXPECT_EQ(slot.dispatch_all(), 4U);
    EXPECT_FALSE(slot.dispatch_next());
    EXPECT_EQ(servant_->texts().back(), "ping 4");
}

TEST_F(MailslotChannels, ShowACallToOneWhoReadsRawMessages)
{
    Mailslot slot("letters", slot_options());
    board("mailslot://./letters/wall")->Leave("x");
    const auto message = slot.read(patience);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->object, "wall");
    EXPECT_EQ(message->interface_name, "notes.Board");
    EXPECT_EQ(message->method, "Leave");
    EXPECT_FALSE(message->content.empty());
}

TEST_F(MailslotChannels, RefuseInterfacesThatAnswer)
{
    for (const auto& get : std::vector<std::function<void()>>{
             [&] { client_.get_object<notes::Answering>("mailslot://./letters"); },
             [&] { client_.get_object<notes::Named>("mailslot://./letters/x?durable"); }}) {
        const RemotingError error = expect_error(ErrorCode::invalid_argument, Executed::no, get);
        EXPECT_TRUE(contains(error.cause(), "is not [oneway]")) << error.what();
    }
    EXPECT_NO_THROW(client_.get_object<notes::Base>("mailslot://./letters"));
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] {
        Mailslot slot("letters", slot_options());
        client_.create_object<notes::Board>("mailslot://./letters");
    });
}

TEST_F(MailslotChannels, RefuseBadUrlsAtOnce)
{
    for (const char* url : {"mailslot://letters/x", "mailslot://*/letters", "mailslot://./", "mailslot://./../x",
                            "mailslot://./a?insecure"}) {
        expect_error(ErrorCode::invalid_url, Executed::no, [&] { board(url); });
    }
}

TEST_F(MailslotChannels, SayThatNobodyOwnsTheSlot)
{
    const auto proxy = board();
    const RemotingError error = expect_error(ErrorCode::connect_failed, Executed::no, [&] { proxy->Leave("x"); });
    EXPECT_TRUE(contains(error.cause(), "nobody listens on mailslot 'letters'"));
    EXPECT_EQ(error.method(), "notes.Board.Leave");
}

TEST_F(MailslotChannels, FindANewOwnerByThemselves)
{
    const auto proxy = board();
    for (int i = 0; i < 3; ++i) {
        Mailslot slot("letters", slot_options());
        proxy->Ping(i);
        EXPECT_TRUE(slot.read(patience).has_value());
    }
}

TEST_F(MailslotChannels, RefuseReferencesButNotTheirAbsence)
{
    Mailslot slot("letters", slot_options());
    slot.publish<notes::Board>(servant_);
    const auto proxy = board();
    proxy->Pass(nullptr);
    EXPECT_TRUE(slot.dispatch_next(patience));
    EXPECT_EQ(servant_->texts(), std::vector<std::string>{"nothing"});
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] { proxy->Pass(servant_); });
    proxy->Leave("still usable");
    EXPECT_TRUE(slot.dispatch_next(patience));
}

TEST_F(MailslotChannels, LogWhatCouldNotBeDeliveredAndGoOn)
{
    Mailslot slot("letters", slot_options());
    slot.publish<notes::Board>(servant_);
    board("mailslot://./letters/nowhere")->Leave("x");
    EXPECT_TRUE(slot.dispatch_next(patience));
    EXPECT_TRUE(lines_.say("a message was not delivered: no object of this name")) << lines_.text();
    board()->Leave("throw");
    EXPECT_TRUE(slot.dispatch_next(patience));
    EXPECT_TRUE(lines_.say("as asked")) << lines_.text();
    board()->Leave("after");
    EXPECT_TRUE(slot.dispatch_next(patience));
    EXPECT_EQ(servant_->texts().back(), "after");
}

TEST_F(MailslotChannels, RefuseAMessageThatIsTooLong)
{
    Mailslot slot("letters", slot_options());
    const auto proxy = board();
    expect_error(ErrorCode::limit_exceeded, Executed::no, [&] { proxy->Leave(std::string(65'536, 'x')); });
    proxy->Leave(std::string(65'000, 'x'));
    EXPECT_TRUE(slot.read(patience).has_value());
}

TEST_F(MailslotChannels, ReachAGroupOfServers)
{
    const std::string pattern = "mailslot://./letters-*/board";
    auto second = std::make_shared<BoardServant>();
    Server one(with_mailslots<ServerOptions>());
    Server two(with_mailslots<ServerOptions>());
    one.publish<notes::Board>("board", servant_);
    two.publish<notes::Board>("board", second);
    one.listen("mailslot://./letters-1");
    two.listen("mailslot://./letters-2");
    board(pattern)->Leave("to all");
    EXPECT_TRUE(servant_->wait_for(1));
    EXPECT_TRUE(second->wait_for(1));
}

TEST_F(MailslotChannels, LetAnObjectTakeOneCallAtATimeWhereverItComesFrom)
{
    class Counting final : public notes::Board {
    public:
        void Ping(std::int32_t) override
        {
            overlapped = overlapped || running.exchange(true);
            std::this_thread::yield();
            running = false;
            count.add();
        }
        void Leave(const std::string&) override {}
        void Pass(const std::shared_ptr<notes::Board>&) override {}
        std::atomic<bool> running{false};
        std::atomic<bool> overlapped{false};
        Tally count;
    };
    constexpr int each = 500;
    const auto counting = std::make_shared<Counting>();
    ServerOptions options = with_mailslots<ServerOptions>();
    options.channels.add("pipe", nullptr, std::make_shared<PipeChannel>(PipeOptions{.directory = temporary_.path()}));
    Server server(std::move(options));
    server.publish<notes::Board>("letters", counting);
    server.listen("mailslot://./letters");
    const std::string pipe = server.listen("pipe://letters?directory=" + temporary_.path());
    std::thread other([&] {
        Client client;
        const auto proxy = client.get_object<notes::Board>("pipe://letters/letters?directory=" + temporary_.path());
        for (int i = 0; i < each; ++i) {
            proxy->Ping(i);
        }
        EXPECT_TRUE(counting->count.wait_until_at_least(each));
    });
    const auto proxy = board();
    for (int i = 0; i < each; ++i) {
        proxy->Ping(i);
    }
    EXPECT_TRUE(counting->count.wait_until_at_least(2 * each));
    other.join();
    EXPECT_FALSE(counting->overlapped);
}

TEST_F(MailslotChannels, TellWhatWaitsForAServerAndWhatIsLostWithIt)
{
    class Slow final : public notes::Board {
    public:
        void Ping(std::int32_t) override
        {
            entered.open();
            EXPECT_TRUE(gate.wait());
        }
        void Leave(const std::string&) override {}
        void Pass(const std::shared_ptr<notes::Board>&) override {}
        Gate entered;
        Gate gate;
    };
    const auto slow = std::make_shared<Slow>();
    auto server = std::make_unique<Server>(with_mailslots<ServerOptions>());
    server->publish<notes::Board>("letters", slow);
    const std::string url = server->listen("mailslot://./letters");
    for (int i = 0; i < 6; ++i) {
        board()->Ping(i);
    }
    ASSERT_TRUE(slow->entered.wait());
    EXPECT_TRUE(eventually([&] { return mailslots_->info(url).waiting == 5; }));
    EXPECT_EQ(mailslots_->info("letters").dropped, 0U);
    EXPECT_EQ(mailslots_->info("letters").message_limit, slot_options().message_limit);
    expect_error(ErrorCode::object_not_found, Executed::no, [&] { mailslots_->info("mailslot://./letters?durable"); });
    std::thread ending([&] { server.reset(); });
    EXPECT_TRUE(eventually([&] { return lines_.say("5 messages were waiting and are lost"); })) << lines_.text();
    slow->gate.open();
    ending.join();
    expect_error(ErrorCode::object_not_found, Executed::no, [&] { mailslots_->info("letters"); });
}

TEST_F(MailslotChannels, TakeCallsFromTheCommandLine)
{
    Mailslot slot("letters", slot_options());
    slot.publish<notes::Board>(servant_);
    const std::string model = temporary_ / "notes.json";
    const std::string url = "'mailslot://./letters?directory=" + temporary_.path() + "'";
    ASSERT_EQ(std::system((IDL_TOOL " describe --json " NOTES_IDL " > " + model).c_str()), 0);
    const std::string call = CALL_TOOL " --model " + model + " --interface notes.Board " + url + " Leave '[\"hello\"]'";
    ASSERT_EQ(std::system(call.c_str()), 0);
    EXPECT_TRUE(slot.dispatch_next(patience));
    EXPECT_EQ(servant_->texts(), std::vector<std::string>{"hello"});
}

TEST_F(MailslotChannels, EndWithTheirServer)
{
    auto server = std::make_unique<Server>(with_mailslots<ServerOptions>());
    server->publish<notes::Board>("letters", servant_);
    server->listen("mailslot://./letters");
    expect_error(ErrorCode::name_in_use, Executed::no, [&] { server->listen("mailslot://./letters"); });
    board()->Leave("x");
    ASSERT_TRUE(servant_->wait_for(1));
    server.reset();
    expect_error(ErrorCode::connect_failed, Executed::no, [&] { board()->Leave("x"); });
}

}  // namespace

}  // namespace remoting::test
