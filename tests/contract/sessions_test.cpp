// SPDX-License-Identifier: BSL-1.0
#include "objects.remoting.async.hpp"
#include "objects_servants.hpp"

#include "errors.hpp"
#include "process_usage.hpp"
#include "threads.hpp"
#include "way.hpp"

#include <remoting/asio.hpp>
#include <remoting/channels/connection.hpp>
#include <remoting/lease.hpp>
#include <remoting/messaging/current_call.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <future>
#include <mutex>
#include <random>
#include <vector>

namespace contract {
namespace {

using namespace std::chrono_literals;
using remoting::Client;
using remoting::ClientOptions;
using remoting::Connection;
using remoting::ErrorCode;
using remoting::Executed;
using remoting::RemotingError;
using remoting::ServerOptions;
using remoting::test::contains;
using remoting::test::eventually;
using remoting::test::expect_error;
using remoting::test::patience;
using remoting::test::Rig;
using remoting::test::run_aside;
using remoting::test::Tally;

/// The connections of one side, which a test may cut as a network does.
class Cutter {
public:
    void watch(remoting::CommonOptions& options)
    {
        options.on_connected = [this](const Connection& connection) {
            const std::lock_guard lock(mutex_);
            connections_.push_back(const_cast<Connection&>(connection).weak_from_this());
            made_.add();
        };
    }
    /// Nobody says goodbye.
    void cut()
    {
        std::vector<std::weak_ptr<Connection>> connections;
        {
            const std::lock_guard lock(mutex_);
            connections.swap(connections_);
        }
        for (const auto& connection : connections) {
            if (const auto alive = connection.lock()) {
                alive->close(ErrorCode::connection_lost, "the cable was pulled");
            }
        }
    }
    Tally& made() { return made_; }

private:
    std::mutex mutex_;
    std::vector<std::weak_ptr<Connection>> connections_;
    Tally made_;
};

/// A call that meets the end of a connection before this side knows of it may have been executed, and is told so.
template <class F>
auto insisting(F call)
{
    for (;;) {
        try {
            return call();
        } catch (const RemotingError& error) {
            if (error.code() != ErrorCode::connection_lost) {
                throw;
            }
        }
    }
}

class Sessions : public remoting::test::ChannelTest {
protected:
    ServerOptions server_options(std::chrono::milliseconds grace = 1h)
    {
        ServerOptions options = place().server_options();
        options.session_grace = grace;
        cutter_.watch(options);
        return options;
    }
    ClientOptions client_options()
    {
        ClientOptions options = place().client_options();
        options.session_grace = 1h;
        return options;
    }
    Rig& rig() { return ChannelTest::rig(); }
    /// @param grace of the server
    void start(std::chrono::milliseconds grace = 1h)
    {
        ChannelTest::rig(server_options(grace), client_options());
        offer(rig());
    }
    void offer(Rig& rig)
    {
        rig.server().register_activated<Account>([count = count_](std::string owner, std::int64_t balance) {
            return std::make_shared<AccountServant>(count, std::move(owner), balance);
        });
    }
    std::shared_ptr<Account> account(Client& client) { return client.create_object<Account>(rig().url(), "Ada", 0); }
    std::shared_ptr<Account> account() { return account(rig().client()); }
    LiveCount& count() { return *count_; }
    Cutter& cutter() { return cutter_; }
    void TearDown() override
    {
        ChannelTest::TearDown();
        EXPECT_TRUE(count().wait_until_alive(0));
    }

private:
    Cutter cutter_;
    std::shared_ptr<LiveCount> count_ = std::make_shared<LiveCount>();
};

INSTANTIATE_TEST_SUITE_P(Contract, Sessions, remoting::test::every_channel(), remoting::test::name_of);

TEST_P(Sessions, ReferencesGoOnWorkingAfterALostConnection)
{
    start();
    const auto mine = account();
    EXPECT_EQ(mine->Add(1), 1);
    for (int i = 2; i < 6; ++i) {
        cutter().cut();
        EXPECT_TRUE(insisting([&] { return mine->Is(mine); }));
        EXPECT_EQ(mine->Add(1), i);
    }
    EXPECT_EQ(count().made(), 1);
    EXPECT_EQ(account()->Add(7), 7);
}

TEST_P(Sessions, SoDoAsynchronousCallsOnThem)
{
    start();
    const auto mine = account();
    cutter().cut();
    EXPECT_TRUE(insisting([&] { return mine->async_Is(mine, boost::asio::use_future).get(); }));
    EXPECT_EQ(mine->async_Add(1, boost::asio::use_future).get(), 1);
}

TEST_P(Sessions, AClientThatMakesNoCallComesBackSoThatItCanBeCalled)
{
    start();
    const auto chat = std::make_shared<ChatServant>();
    rig().server().publish<Chat>("chat", chat);
    class Listener final : public Player {
    public:
        std::int32_t Bounce(std::int32_t, const std::shared_ptr<Player>&) override { return 0; }
        void Tell(const std::string&) override { told.add(); }
        Tally told;
    };
    const auto listener = std::make_shared<Listener>();
    rig().client().get_object<Chat>(rig().url_of("chat"))->Join(listener);
    chat->Say("before");
    EXPECT_EQ(listener->told.value(), 1);
    cutter().cut();
    EXPECT_TRUE(cutter().made().wait_until_at_least(2));
    EXPECT_TRUE(eventually([&] {
        try {
            chat->Say("after");
            return true;
        } catch (const RemotingError& error) {
            EXPECT_EQ(error.code(), ErrorCode::connection_lost) << error.what();
            return false;
        }
    }));
    EXPECT_EQ(listener->told.value(), 2);
}

TEST_P(Sessions, ObjectsOfAClientThatDoesNotComeBackAreFreedAfterTheGrace)
{
    start(300ms);
    boost::asio::io_context nobody_runs_it;
    {
        ClientOptions options = client_options();
        options.io_context = &nobody_runs_it;
        Client other(options);
        const auto lost = account(other);
        const auto whole = object_url(*lost);
        const auto path = whole.substr(0, whole.find('?'));
        const auto id = path.substr(path.find_last_of('/') + 1);
        const remoting::test::Stopwatch watch;
        cutter().cut();
        EXPECT_EQ(count().alive(), 1);
        EXPECT_TRUE(count().wait_until_alive(0));
        EXPECT_GE(watch.elapsed(), 300ms);
        const auto late = rig().client().get_object<Account>(rig().url_of(id));
        const auto error = expect_error(ErrorCode::object_not_found, Executed::no, [&] { late->Add(1); });
        EXPECT_TRUE(contains(error.what(), "owner disconnected")) << error.what();
        const auto too_late =
            expect_error(ErrorCode::object_not_found, Executed::no, [&] { insisting([&] { return lost->Add(1); }); });
        EXPECT_TRUE(contains(too_late.what(), "owner disconnected")) << too_late.what();
    }
}

TEST_P(Sessions, HaveANumberForTheServantAndAnEndThatIsTold)
{
    ServerOptions options = server_options(200ms);
    struct Told {  // also when this test has ended
        std::mutex mutex;
        std::vector<std::uint64_t> ended;
    };
    const auto told = std::make_shared<Told>();
    std::vector<std::uint64_t> seen;
    options.on_session_ended = [told](std::uint64_t session) {
        const std::lock_guard lock(told->mutex);
        told->ended.push_back(session);
    };
    ChannelTest::rig(options, client_options());
    rig().server().register_activated<Account>([&](std::string owner, std::int64_t balance) {
        seen.push_back(remoting::current_call()->session());
        return std::make_shared<AccountServant>(std::make_shared<LiveCount>(), std::move(owner), balance);
    });
    auto other = std::make_unique<Client>(client_options());
    const auto mine = account();
    const auto others = account(*other);
    cutter().cut();
    EXPECT_TRUE(insisting([&] { return mine->Is(mine); }));
    const auto again = account();
    other.reset();
    EXPECT_TRUE(eventually([&] {
        const std::lock_guard lock(told->mutex);
        return !told->ended.empty();
    }));
    const std::lock_guard lock(told->mutex);
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_NE(seen[0], 0U);
    EXPECT_NE(seen[0], seen[1]);
    EXPECT_EQ(seen[0], seen[2]) << "it is the same client, over another connection";
    EXPECT_EQ(told->ended, std::vector<std::uint64_t>{seen[1]});
}

TEST_P(Sessions, ASponsorBehindALostConnectionIsAskedWhenItIsBack)
{
    start();
    std::weak_ptr<Account> servant;
    rig().server().register_activated<Account>(
        [&](std::string owner, std::int64_t balance) {
            const auto made = std::make_shared<AccountServant>(std::make_shared<LiveCount>(), std::move(owner), balance);
            servant = made;
            return made;
        },
        "short", {.lease = remoting::LeaseOptions{.initial = 100ms, .renew_on_call = 0s, .sponsorship_timeout = 1min}});
    boost::asio::io_context nobody_runs_it;
    const auto work = boost::asio::make_work_guard(nobody_runs_it);  // a client that makes no calls is none
    ClientOptions options = client_options();
    options.io_context = &nobody_runs_it;  // so that it comes back when it is told to
    {
        Client away(options);
        const auto mine = away.create_object<Account>(remoting::test::at(rig().url(), "short"), "Ada", 0);
        remoting::lease_of(mine).add_sponsor(remoting::make_sponsor(1h));
        cutter().cut();
        const auto lease = rig().server().lease_of(*servant.lock());
        EXPECT_TRUE(eventually([&] { return lease.state() == remoting::LeaseState::renewing; }));
        EXPECT_FALSE(servant.expired()) << "its time is up, and its sponsor may come back";
        EXPECT_TRUE(insisting([&] { return mine->Is(mine); }));
        EXPECT_TRUE(eventually([&] {
            nobody_runs_it.poll();
            return lease.remaining() > 1min;
        }));
    }
}

TEST_P(Sessions, WhatEndsWhenAServerIsAnotherOneMayUseTheClientThatIsComingBack)
{
    class Caller final : public Player {
    public:
        explicit Caller(std::function<void()> last_words) : last_words_(std::move(last_words)) {}
        ~Caller() override { last_words_(); }
        std::int32_t Bounce(std::int32_t, const std::shared_ptr<Player>&) override { return 0; }
        void Tell(const std::string&) override {}

    private:
        const std::function<void()> last_words_;
    };
    start(0ms);  // so that the server knows nothing of the session afterwards
    rig().server().publish<Chat>("chat", std::make_shared<ChatServant>());
    Tally called;
    rig().client().get_object<Chat>(rig().url_of("chat"))->Join(std::make_shared<Caller>([&] {
        rig().client().get_object<Chat>(rig().url_of("chat"))->Leave();
        called.add();
    }));
    cutter().cut();
    EXPECT_TRUE(insisting([&] { return account()->Add(1) == 1; }));
    EXPECT_TRUE(called.wait_until_at_least(1));
}

TEST_P(Sessions, ReferencesDoNotKeepTheConnectionsThatWereLost)
{
    start();
    std::vector<std::shared_ptr<Account>> kept;
    const auto mine = account();
    const auto descriptors = remoting::test::ProcessUsage::now().descriptors;
    for (int i = 0; i < 30; ++i) {
        kept.push_back(account());
        cutter().cut();
        EXPECT_TRUE(insisting([&] { return mine->Is(mine); }));
    }
    EXPECT_TRUE(eventually([&] { return remoting::test::ProcessUsage::now().descriptors <= descriptors + 4; }))
        << remoting::test::ProcessUsage::now().descriptors << " after " << descriptors;
}

TEST_P(Sessions, CallsFindTheirSessionAmongSeveralConnections)
{
    ClientOptions options = client_options();
    options.connections_per_endpoint = 4;
    ChannelTest::rig(server_options(), options);
    offer(rig());
    std::vector<std::shared_ptr<Account>> mine;
    for (int i = 0; i < 8; ++i) {
        mine.push_back(account());
    }
    for (int round = 0; round < 10; ++round) {
        cutter().cut();
        std::vector<std::future<std::int64_t>> calls;
        for (int i = 0; i < 10; ++i) {
            for (const auto& one : mine) {
                calls.push_back(one->async_Add(0, boost::asio::use_future));
            }
        }
        for (auto& call : calls) {
            try {
                call.get();
            } catch (const RemotingError& error) {
                EXPECT_NE(error.executed(), Executed::no) << error.what();  // it met the end of a connection
            }
        }
        for (const auto& one : mine) {
            EXPECT_TRUE(insisting([&] { return one->Is(one); }));
        }
    }
    EXPECT_EQ(count().made(), 8);
}

TEST_P(Sessions, LeasesOfAnInstanceForEachClientAreThoseOfTheOneWhoAsks)
{
    start();
    rig().server().register_per_connection<Account>(
        "mine", [] { return std::make_shared<AccountServant>(std::make_shared<LiveCount>(), "Ada", 0); },
        {.lease = remoting::LeaseOptions{.initial = 1h}});
    const auto mine = rig().client().get_object<Account>(rig().url_of("mine"));
    EXPECT_EQ(mine->Add(1), 1);
    EXPECT_EQ(remoting::lease_of(mine).state(), remoting::LeaseState::active);
    EXPECT_GT(remoting::lease_of(mine).renew(2h), 1h);
}

TEST_P(Sessions, AClientThatLeavesOnPurposeFreesItsObjectsAtOnce)
{
    start();
    auto other = std::make_unique<Client>(client_options());
    const auto others = account(*other);
    EXPECT_EQ(count().alive(), 1);
    other.reset();
    EXPECT_TRUE(count().wait_until_alive(0));
}

TEST_P(Sessions, WithoutAGraceEverythingGoesWithTheConnection)
{
    start(0ms);
    const auto mine = account();
    cutter().cut();
    EXPECT_TRUE(count().wait_until_alive(0));
    const auto error =
        expect_error(ErrorCode::object_not_found, Executed::no, [&] { insisting([&] { return mine->Add(1); }); });
    EXPECT_TRUE(contains(error.what(), "owner disconnected")) << error.what();
}

TEST_P(Sessions, WhatWasDroppedMeanwhileIsFreedWhenTheClientComesBack)
{
    start();
    boost::asio::io_context nobody_runs_it;
    {
        ClientOptions options = client_options();
        options.io_context = &nobody_runs_it;  // so that it comes back when it is told to
        Client other(options);
        auto dropped = account(other);
        const auto kept = account(other);
        cutter().cut();
        dropped.reset();
        EXPECT_EQ(count().alive(), 2);
        EXPECT_TRUE(insisting([&] { return kept->Is(kept); }));
        EXPECT_TRUE(count().wait_until_alive(1));
        EXPECT_EQ(kept->Add(1), 1);
    }
}

TEST_P(Sessions, NothingIsLostAndNothingLeaksWhenConnectionsAreCutAtRandom)
{
    start();
    class Box final : public Shelf {
    public:
        void Put(const std::shared_ptr<Node>& node) override { exchange(node); }
        std::shared_ptr<Node> Take() override { return exchange(nullptr); }
        std::string LabelOf(const std::shared_ptr<Node>&) override { return {}; }
        void PutAll(const Family&) override {}
        Family TakeAll() override { return {}; }
        bool AreSame(const std::shared_ptr<Node>&, const std::shared_ptr<Node>&) override { return false; }
        std::shared_ptr<Node> Broken() override { return nullptr; }

    private:
        std::shared_ptr<Node> exchange(std::shared_ptr<Node> node)
        {
            const std::lock_guard lock(mutex_);
            return std::exchange(node_, std::move(node));
        }
        std::mutex mutex_;
        std::shared_ptr<Node> node_;
    };
    class Item final : public Node {
    public:
        explicit Item(std::shared_ptr<LiveCount> count) : counted_(std::move(count)) {}
        std::string get_Label() override { return "item"; }
        void set_Label(const std::string&) override {}
        std::shared_ptr<Node> get_Next() override { return nullptr; }
        void set_Next(const std::shared_ptr<Node>&) override {}

    private:
        Counted counted_;
    };
    const auto items = std::make_shared<LiveCount>();
    const auto box = std::make_shared<Box>();
    rig().server().publish<Shelf>("box", box, {.concurrency = remoting::Concurrency::concurrent});
    const auto mine = account();
    std::atomic<int> done = 0;
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < 3; ++i) {
            callers.push_back(run_aside([&, i] {
                std::mt19937 random(static_cast<unsigned>(i));
                const auto shelf = rig().client().get_object<Shelf>(rig().url_of("box"));
                for (int round = 0; round < 300; ++round, ++done) {
                    try {
                        switch (random() % 4) {
                            case 0:
                                shelf->Put(std::make_shared<Item>(items));
                                break;
                            case 1:
                                if (const auto node = shelf->Take()) {
                                    EXPECT_EQ(node->get_Label(), "item");
                                }
                                break;
                            case 2:
                                EXPECT_EQ(account()->Add(5), 5);
                                break;
                            default:
                                EXPECT_TRUE(mine->Is(mine));
                        }
                    } catch (const RemotingError& error) {
                        EXPECT_TRUE(error.code() == ErrorCode::connection_lost ||
                                    error.code() == ErrorCode::connect_failed)
                            << error.what();
                    } catch (const remoting::RemoteException&) {
                        // A proxy of a proxy: the server's call to where the item lives was cut.
                    }
                }
            }));
        }
        for (int seen = 0; seen < 900; seen = done) {
            EXPECT_TRUE(eventually([&] { return done >= std::min(seen + 20, 900); }));
            cutter().cut();
        }
    }
    EXPECT_TRUE(eventually([&] {
        try {
            return mine->Add(1) == 1;
        } catch (const RemotingError&) {
            return false;
        }
    }));
    EXPECT_TRUE(count().wait_until_alive(1)) << count().alive() << " accounts";
    box->Take();
    EXPECT_TRUE(items->wait_until_alive(0)) << items->alive() << " items";
}

}  // namespace
}  // namespace contract
