// SPDX-License-Identifier: BSL-1.0
// References that come home to objects which take turns, answer later, or run elsewhere.
#include "contract.remoting.async.hpp"
#include "objects.remoting.async.hpp"
#include "objects_servants.hpp"
#include "values_servant.hpp"

#include "errors.hpp"
#include "waiting.hpp"
#include "way.hpp"

#include <remoting/messaging/current_call.hpp>
#include <remoting/proxies/objects.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using contract::Node;
using contract::NodeServant;
using contract::Player;
using contract::Shelf;
using contract::ShelfServant;
using remoting::ErrorCode;
using remoting::Executed;
using remoting::local_object;
using remoting::test::ChannelTest;
using remoting::test::every_channel;
using remoting::test::expect_error;
using remoting::test::Gate;

class Home : public ChannelTest {};
INSTANTIATE_TEST_SUITE_P(Contract, Home, every_channel(), remoting::test::name_of);

/// Notices two threads inside, and may wait in there.
class BusyNode final : public Node {
public:
    std::string get_Label() override
    {
        is_double_ = is_double_ || is_inside_.exchange(true);
        if (action) {
            action();
        }
        std::this_thread::yield();
        is_inside_ = false;
        return is_double_ ? "two at once" : "one at a time";
    }
    void set_Label(const std::string& value) override { label = value; }
    std::shared_ptr<Node> get_Next() override { return next; }
    void set_Next(const std::shared_ptr<Node>& value) override { next = value; }

    std::function<void()> action;
    std::string label;
    std::shared_ptr<Node> next;

private:
    std::atomic<bool> is_inside_{false};
    std::atomic<bool> is_double_{false};
};

/// A coroutine that gives itself to others.
class CoroutinePlayer final : public contract::PlayerAsync, public std::enable_shared_from_this<CoroutinePlayer> {
public:
    asio::awaitable<std::int32_t> Bounce(std::int32_t depth, std::shared_ptr<Player> partner) override
    {
        if (depth == 0) {
            co_return 1;
        }
        co_return 1 + co_await partner->async_Bounce(depth - 1, itself, asio::use_awaitable);
    }
    asio::awaitable<void> Tell(std::string text) override
    {
        told = std::move(text);
        co_return;
    }

    std::shared_ptr<Player> itself;
    std::string told;
};

class PlainPlayer final : public Player, public std::enable_shared_from_this<PlainPlayer> {
public:
    std::int32_t Bounce(std::int32_t depth, const std::shared_ptr<Player>& partner) override
    {
        return depth == 0 ? 1 : 1 + partner->Bounce(depth - 1, shared_from_this());
    }
    void Tell(const std::string&) override {}
};

}  // namespace

TEST_P(Home, CallsFromInsideTakeTurnsWithThoseFromOutside)
{
    const auto busy = std::make_shared<BusyNode>();
    const auto far = rig().serve<Node>(busy);
    const auto shelf_servant = std::make_shared<ShelfServant>();
    rig().server().publish<Shelf>("shelf", shelf_servant, {.concurrency = remoting::Concurrency::concurrent});
    const auto shelf = rig().client().get_object<Shelf>(rig().url_of("shelf"));
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            for (int k = 0; k < 100; ++k) {
                const std::string label = i % 2 == 0 ? far->get_Label() : shelf->LabelOf(far);
                wrong += label == "one at a time" ? 0 : 1;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(wrong, 0);
}

TEST_P(Home, OneObjectIsOneProxyAndOneServant)
{
    const auto busy = std::make_shared<BusyNode>();
    const auto far = rig().serve<Node>(busy);
    const auto shelf_servant = std::make_shared<ShelfServant>();
    const auto shelf = rig().serve<Shelf>(shelf_servant);
    shelf->Put(far);
    const auto here = shelf_servant->Take();
    EXPECT_EQ(local_object(here), busy);
    EXPECT_TRUE(remoting::same_object(here, busy));
    EXPECT_FALSE(remoting::is_proxy(*here));
    EXPECT_EQ(remoting::object_url(*here), "");
    EXPECT_TRUE(shelf->AreSame(far, far));
    here->set_Label("set at home");
    EXPECT_EQ(busy->label, "set at home");
}

TEST_P(Home, GoesOutAgainAsTheSameObject)
{
    const auto shelf_servant = std::make_shared<ShelfServant>();
    const auto shelf = rig().serve<Shelf>(shelf_servant);
    const auto inner = std::make_shared<NodeServant>("inner");
    shelf_servant->Put(inner);
    const auto first = shelf->Take();
    shelf->Put(first);
    const auto again = shelf->Take();
    EXPECT_EQ(first, again) << "one proxy for each identity";
    EXPECT_EQ(again->get_Label(), "inner");
}

TEST_P(Home, NothingIsKeptOfWhatWasPassed)
{
    const auto shelf = rig().serve<Shelf>(std::make_shared<ShelfServant>());
    auto node = std::make_shared<NodeServant>("mine");
    const std::weak_ptr<Node> alive = node;
    for (int i = 0; i < 100; ++i) {
        shelf->Put(node);
        EXPECT_EQ(shelf->Take()->get_Label(), "mine");
    }
    node.reset();
    EXPECT_TRUE(remoting::test::eventually([&] { return alive.expired(); }));
}

TEST_P(Home, WaitsForItsTurnNoLongerThanTheDeadline)
{
    const auto busy = std::make_shared<BusyNode>();
    Gate entered;
    Gate leave;
    busy->action = [&] {
        entered.open();
        static_cast<void>(leave.wait());
    };
    const auto far = rig().serve<Node>(busy);
    const auto shelf = rig().serve<Shelf>(std::make_shared<ShelfServant>());
    std::thread inside([&] { far->get_Label(); });
    ASSERT_TRUE(entered.wait());
    expect_error(ErrorCode::deadline_exceeded, Executed::maybe,
                 [&] { remoting::with_deadline(shelf, 100ms)->LabelOf(far); });
    leave.open();
    inside.join();
    EXPECT_EQ(shelf->LabelOf(far), "one at a time");
}

TEST_P(Home, AdmitsItsOwnChain)
{
    const auto busy = std::make_shared<BusyNode>();
    const auto far = rig().serve<Node>(busy);
    const auto shelf_servant = std::make_shared<ShelfServant>();
    const auto shelf = rig().serve<Shelf>(shelf_servant);
    shelf->Put(far);
    const auto here = shelf_servant->Take();
    int depth = 0;
    busy->action = [&] {
        if (++depth == 1) {
            here->set_Label("from within");
        }
    };
    far->get_Label();
    EXPECT_EQ(busy->label, "from within");
}

TEST_P(Home, CoroutineServantsMayBePassedAndCalledLikeOthers)
{
    const auto one = std::make_shared<CoroutinePlayer>();
    const auto two = std::make_shared<PlainPlayer>();
    rig().server().register_singleton<Player>("one", [one] { return one; });
    rig().server().publish<Player>("two", two);
    const auto first = rig().client().get_object<Player>(rig().url_of("one"));
    const auto second = rig().client().get_object<Player>(rig().url_of("two"));
    one->itself = first;
    EXPECT_EQ(second->Bounce(1, first), 2) << "a plain servant waits for a coroutine at home";
    EXPECT_EQ(first->Bounce(1, second), 2) << "a coroutine awaits a plain servant";
    first->Tell("told");
    EXPECT_EQ(one->told, "told");
}

TEST_P(Home, ErrorsAreThoseThatOthersGet)
{
    const auto shelf_servant = std::make_shared<ShelfServant>();
    const auto shelf = rig().serve<Shelf>(shelf_servant);
    const auto busy = std::make_shared<BusyNode>();
    busy->action = [] { throw std::runtime_error("broken inside"); };
    const auto far = rig().serve<Node>(busy);
    shelf->Put(far);
    const auto here = shelf_servant->Take();
    EXPECT_THROW(here->get_Label(), remoting::RemoteException);
    EXPECT_THROW(here->async_get_Label(asio::use_future).get(), remoting::RemoteException);
    busy->action = nullptr;
}
