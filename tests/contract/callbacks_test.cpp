// SPDX-License-Identifier: BSL-1.0
#include "objects_servants.hpp"

#include "errors.hpp"
#include "threads.hpp"
#include "way.hpp"

#include <thread>

namespace contract {
namespace {

using remoting::Client;
using remoting::ErrorCode;
using remoting::Executed;
using remoting::RemotingError;
using remoting::Server;
using remoting::test::at;
using remoting::test::contains;
using remoting::test::Rig;
using remoting::test::run_at_once;
using remoting::test::thrown;

class Callbacks : public remoting::test::ChannelTest {
protected:
    /// A server with as few threads as it can have.
    Rig& narrow_rig()
    {
        auto options = place().server_options();
        options.threads = 2;
        return rig(std::move(options), place().client_options());
    }
};

INSTANTIATE_TEST_SUITE_P(Contract, Callbacks, remoting::test::every_channel(), remoting::test::name_of);

TEST_P(Callbacks, RunWhileTheClientWaits)
{
    const auto chat = narrow_rig().serve<Chat>(std::make_shared<ChatServant>());
    const auto player = std::make_shared<PlayerServant>();
    chat->Join(player);
    chat->Say("one");
    chat->Say("two");
    EXPECT_EQ(player->told, (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(chat->Leave(), 1);
}

TEST_P(Callbacks, ReachAClientThatDoesNotCall)
{
    const auto chat = narrow_rig().serve<Chat>(std::make_shared<ChatServant>());
    const auto player = std::make_shared<PlayerServant>();
    chat->Join(player);
    Client other(place().client_options());
    other.get_object<Chat>(remoting::object_url(*chat))->Say("from another client");
    EXPECT_EQ(player->told, std::vector<std::string>{"from another client"});
}

TEST_P(Callbacks, RunOnTheThreadThatWaits)
{
    class Observer final : public Player {
    public:
        std::int32_t Bounce(std::int32_t depth, const std::shared_ptr<Player>&) override { return depth; }
        void Tell(const std::string&) override { thread = std::this_thread::get_id(); }
        std::thread::id thread;
    };
    const auto chat = narrow_rig().serve<Chat>(std::make_shared<ChatServant>());
    const auto observer = std::make_shared<Observer>();
    chat->Join(observer);
    chat->Say("who are you?");
    EXPECT_EQ(observer->thread, std::this_thread::get_id());
}

TEST_P(Callbacks, NestThirtyTwoDeep)
{
    const auto theirs = narrow_rig().serve<Player>(std::make_shared<PlayerServant>());
    const auto mine = std::make_shared<PlayerServant>();
    for (int depth = 0; depth < 32; ++depth) {
        EXPECT_EQ(theirs->Bounce(depth, mine), depth + 1);
    }
}

TEST_P(Callbacks, NestSixtyFourDeepButNotSixtyFive)
{
    const auto theirs = narrow_rig().serve<Player>(std::make_shared<PlayerServant>());
    const auto mine = std::make_shared<PlayerServant>();
    EXPECT_EQ(theirs->Bounce(62, mine), 63);
    EXPECT_EQ(theirs->Bounce(63, mine), 64);
    const auto error = thrown<RemotingError>([&] { theirs->Bounce(64, mine); });
    ASSERT_TRUE(error);
    EXPECT_EQ(to_string(error->code()), "depth_exceeded") << error->what();
    EXPECT_TRUE(contains(error->what(), "64")) << error->what();
    EXPECT_EQ(theirs->Bounce(63, mine), 64) << "and the connection is unharmed";
}

TEST_P(Callbacks, NestAsDeepAsTheLimitSays)
{
    auto options = place().server_options();
    options.threads = 2;
    options.limits.call_depth = 5;
    auto client_options = place().client_options();
    client_options.limits.call_depth = 5;
    const auto theirs =
        rig(std::move(options), std::move(client_options)).serve<Player>(std::make_shared<PlayerServant>());
    const auto mine = std::make_shared<PlayerServant>();
    EXPECT_EQ(theirs->Bounce(3, mine), 4);
    EXPECT_EQ(theirs->Bounce(4, mine), 5);
    const auto error = thrown<RemotingError>([&] { theirs->Bounce(5, mine); });
    EXPECT_TRUE(error && error->code() == ErrorCode::depth_exceeded);
}

TEST_P(Callbacks, NestForManyClientsAtOnceOnTwoThreads)
{
    narrow_rig().server().register_single_call<Player, PlayerServant>("player");
    run_at_once(8, [&](int) {
        Client client(place().client_options());
        const auto theirs = client.get_object<Player>(rig().url_of("player"));
        const auto mine = std::make_shared<PlayerServant>();
        for (int n = 0; n < 10; ++n) {
            EXPECT_EQ(theirs->Bounce(31, mine), 32);
        }
    });
}

TEST_P(Callbacks, NestForManyThreadsOfOneClientOnTwoThreads)
{
    narrow_rig().server().register_single_call<Player, PlayerServant>("player");
    const auto theirs = rig().client().get_object<Player>(rig().url_of("player"));
    run_at_once(8, [&](int) {
        const auto mine = std::make_shared<PlayerServant>();
        for (int n = 0; n < 10; ++n) {
            EXPECT_EQ(theirs->Bounce(31, mine), 32);
        }
    });
}

/// Passes each call on to another object, which is found by its URL.
class Forwarder final : public Player {
public:
    Forwarder(Client& client, std::string url) : client_(client), url_(std::move(url)) {}
    std::int32_t Bounce(std::int32_t depth, const std::shared_ptr<Player>& partner) override
    {
        return 1 + client_.get_object<Player>(url_)->Bounce(depth, partner);
    }
    void Tell(const std::string& text) override { client_.get_object<Player>(url_)->Tell(text); }

private:
    Client& client_;
    std::string url_;
};

TEST_P(Callbacks, GoThroughAServerThatCallsAnother)
{
    const auto target = std::make_shared<PlayerServant>();
    Rig far(place());
    far.server().publish<Player>("target", target);
    narrow_rig();
    const auto near = rig().serve<Player>(std::make_shared<Forwarder>(rig().server().client(), far.url_of("target")));
    near->Tell("hello");
    EXPECT_EQ(target->told, std::vector<std::string>{"hello"});
    const auto mine = std::make_shared<PlayerServant>();
    EXPECT_EQ(near->Bounce(5, mine), 7) << "the other server calls this client back through the first";
}

TEST_P(Callbacks, GoInACircleOfServersWithTwoThreadsEach)
{
    auto options = place().server_options();
    options.threads = 2;
    Server a(options);
    Server b(options);
    Server c(options);
    const std::string url_a = a.listen(place().free_address());
    const std::string url_b = b.listen(place().free_address());
    const std::string url_c = c.listen(place().free_address());
    // a -> b -> c -> the player of a, which is entered again by its own chain
    class Entry final : public Player {
    public:
        explicit Entry(std::shared_ptr<Player> next) : next_(std::move(next)) {}
        std::int32_t Bounce(std::int32_t depth, const std::shared_ptr<Player>& partner) override
        {
            return depth == 0 ? 1 : 1 + next_->Bounce(depth - 1, partner);
        }
        void Tell(const std::string&) override {}

    private:
        std::shared_ptr<Player> next_;
    };
    a.publish<Player>("player", std::make_shared<Entry>(a.client().get_object<Player>(at(url_b, "player"))));
    b.publish<Player>("player", std::make_shared<Entry>(b.client().get_object<Player>(at(url_c, "player"))));
    c.publish<Player>("player", std::make_shared<Entry>(c.client().get_object<Player>(at(url_a, "player"))));
    Client client(place().client_options());
    const auto player = client.get_object<Player>(at(url_a, "player"));
    const auto partner = std::make_shared<PlayerServant>();
    EXPECT_EQ(player->Bounce(2, partner), 3);
    EXPECT_EQ(player->Bounce(3, partner), 4);
    EXPECT_EQ(player->Bounce(31, partner), 32);
}

TEST_P(Callbacks, OfAServerToItselfByUrl)
{
    narrow_rig();
    const auto target = std::make_shared<PlayerServant>();
    rig().server().publish<Player>("target", target);
    const auto near = rig().serve<Player>(std::make_shared<Forwarder>(rig().server().client(), rig().url_of("target")));
    near->Tell("hello");
    EXPECT_EQ(target->told, std::vector<std::string>{"hello"});
    EXPECT_EQ(near->Bounce(3, std::make_shared<PlayerServant>()), 5);
}

TEST_P(Callbacks, ThatThrowTellTheServant)
{
    class Refusing final : public Player {
    public:
        std::int32_t Bounce(std::int32_t, const std::shared_ptr<Player>&) override { throw std::runtime_error("no"); }
        void Tell(const std::string&) override {}
    };
    class Asking final : public Player {
    public:
        std::int32_t Bounce(std::int32_t, const std::shared_ptr<Player>& partner) override
        {
            const auto error = thrown<remoting::RemoteException>([&] { partner->Bounce(0, partner); });
            return error && error->method() == "contract.Player.Bounce" ? 1 : 0;
        }
        void Tell(const std::string&) override {}
    };
    const auto asking = narrow_rig().serve<Player>(std::make_shared<Asking>());
    EXPECT_EQ(asking->Bounce(0, std::make_shared<Refusing>()), 1);
}

}  // namespace
}  // namespace contract
