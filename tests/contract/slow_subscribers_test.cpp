// SPDX-License-Identifier: BSL-1.0
// Subscribers that are slow, want too much, or do not keep to the rules: what they cost the others.
#include "events_servant.hpp"

#include "errors.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace contract {
namespace {

using namespace std::chrono_literals;
using remoting::Client;
using remoting::ErrorCode;
using remoting::Executed;
using remoting::RemotingError;
using remoting::SlowSubscriber;
using remoting::Subscription;
using remoting::SubscriptionOptions;
using remoting::test::every_channel;
using remoting::test::every_way;
using remoting::test::expect_error;
using remoting::test::Gate;
using remoting::test::name_of;
using remoting::test::Stopwatch;
using remoting::test::Way;

/// A subscriber that stops in its first event until it may go on.
class Slow final {
public:
    Slow(Ticker& ticker, SubscriptionOptions options)
    {
        options.on_ended = [this](const std::exception_ptr& why) {
            try {
                std::rethrow_exception(why);
            } catch (const RemotingError& error) {
                ended.add(error.code());
            }
        };
        subscription = ticker.on_Ticked(
            [this](std::int32_t number, const Quote&) {
                entered.open();
                EXPECT_TRUE(may_go_on.wait());
                told.add(number);
            },
            std::move(options));
    }
    ~Slow() { may_go_on.open(); }

    Gate entered;
    Gate may_go_on;
    Told<std::int32_t> told;
    Told<ErrorCode> ended;
    Subscription subscription;
};

class SlowSubscribers : public remoting::test::WayTest {
protected:
    std::shared_ptr<LoudTicker> ticker()
    {
        if (ticker_ == nullptr) {
            ticker_ = serve<LoudTicker>(servant);
        }
        return ticker_;
    }
    void TearDown() override
    {
        ticker_.reset();
        WayTest::TearDown();
    }

    /// The same object for a subscriber elsewhere: handlers of one client take turns.
    std::shared_ptr<LoudTicker> ticker_of_another()
    {
        if (GetParam() == Way::local) {
            return servant;
        }
        another_.emplace(place().client_options());
        return another_->get_object<LoudTicker>(remoting::object_url(*ticker()));
    }

    std::shared_ptr<TickerServant> servant = std::make_shared<TickerServant>();

private:
    std::optional<Client> another_;
    std::shared_ptr<LoudTicker> ticker_;
};

INSTANTIATE_TEST_SUITE_P(Contract, SlowSubscribers, every_way(), name_of);

TEST_P(SlowSubscribers, LoseTheOldestEventsAndLearnHowMany)
{
    Told<std::uint64_t> dropped;
    Slow slow(*ticker(), {.queue = 10, .on_dropped = [&](std::uint64_t count) { dropped.add(count); }});
    servant->Tick(0, 1, 4);
    ASSERT_TRUE(slow.entered.wait());
    servant->Tick(1, 100, 4);
    slow.may_go_on.open();
    EXPECT_EQ(slow.told.wait_for(11).back(), 100);
    EXPECT_EQ(slow.told.all().size(), 11);
    EXPECT_EQ(slow.told.all()[1], 91);
    EXPECT_EQ(slow.subscription.dropped(), 90);
    EXPECT_EQ(dropped.all(), std::vector<std::uint64_t>{90});
    EXPECT_TRUE(slow.subscription.is_active());
}

TEST_P(SlowSubscribers, WithAQueueOfOneSeeTheLatest)
{
    Slow slow(*ticker(), {.queue = 1});
    servant->Tick(0, 1, 4);
    ASSERT_TRUE(slow.entered.wait());
    servant->Tick(1, 500, 4);
    slow.may_go_on.open();
    EXPECT_EQ(slow.told.wait_for(2), (std::vector<std::int32_t>{0, 500}));
    EXPECT_EQ(slow.subscription.dropped(), 499);
}

TEST_P(SlowSubscribers, HoldTheirPublisherUpIfTheyAskForIt)
{
    Slow slow(*ticker(), {.queue = 2, .policy = SlowSubscriber::block});
    servant->Tick(0, 1, 4);
    ASSERT_TRUE(slow.entered.wait());
    std::thread publisher([&] { servant->Tick(1, 50, 4); });
    slow.may_go_on.open();
    publisher.join();
    std::vector<std::int32_t> all = from_to(0, 50);
    EXPECT_EQ(slow.told.wait_for(51), all);
    EXPECT_EQ(slow.subscription.dropped(), 0);
}

TEST_P(SlowSubscribers, DoNotHoldItUpForEver)
{
    Slow slow(*ticker(), {.queue = 1, .policy = SlowSubscriber::block});
    Told<std::int32_t> told;
    const Subscription other = subscribe(*ticker_of_another(), told);
    servant->Tick(0, 1, 4);
    ASSERT_TRUE(slow.entered.wait());
    servant->Tick(1, 100, 4);  // waits once, for as long as it may
    EXPECT_EQ(told.wait_for(101), from_to(0, 100));
    slow.may_go_on.open();  // the news comes in its turn
    EXPECT_EQ(slow.ended.wait_for(1), std::vector<ErrorCode>{ErrorCode::resource_exhausted});
    EXPECT_FALSE(slow.subscription.is_active());
}

TEST_P(SlowSubscribers, AreDisconnectedIfTheyAskForIt)
{
    Slow slow(*ticker(), {.queue = 4, .policy = SlowSubscriber::disconnect});
    Told<std::int32_t> told;
    const Subscription other = subscribe(*ticker_of_another(), told);
    servant->Tick(0, 1, 4);
    ASSERT_TRUE(slow.entered.wait());
    servant->Tick(1, 100, 4);
    EXPECT_EQ(told.wait_for(101), from_to(0, 100));
    slow.may_go_on.open();
    EXPECT_EQ(slow.ended.wait_for(1), std::vector<ErrorCode>{ErrorCode::resource_exhausted});
}

class BadSubscribers : public remoting::test::ChannelTest {
protected:
    std::shared_ptr<TickerServant> servant = std::make_shared<TickerServant>();
};

INSTANTIATE_TEST_SUITE_P(Contract, BadSubscribers, every_channel(), name_of);

TEST_P(BadSubscribers, OneThatDoesNotAnswerHasNoSayAndIsNotAskedAgain)
{
    const auto ticker = rig().serve<LoudTicker>(servant);
    Client other(place().client_options());
    const auto theirs = other.get_object<LoudTicker>(remoting::object_url(*ticker));
    Gate answer;
    Told<ErrorCode> ended;
    const Subscription silent = theirs->on_Changing(
        [&](float, float&) {
            EXPECT_TRUE(answer.wait());
            return false;
        },
        {.on_ended = [&](const std::exception_ptr& why) {
            try {
                std::rethrow_exception(why);
            } catch (const RemotingError& error) {
                ended.add(error.code());
            }
        }});
    const Subscription adds = ticker->on_Changing([](float, float& next) {
        next += 1;
        return true;
    });
    float next = 0;
    const Stopwatch watch;
    EXPECT_TRUE(ticker->Ask(0, next));
    EXPECT_GE(watch.elapsed(), 2s);
    EXPECT_TRUE(ticker->Ask(0, next));
    EXPECT_EQ(next, 2);
    answer.open();
    EXPECT_EQ(ended.wait_for(1), std::vector<ErrorCode>{ErrorCode::deadline_exceeded});
}

TEST_P(BadSubscribers, AnEventThatIsTooLargeIsLostAndCounted)
{
    const auto ticker = rig().serve<LoudTicker>(servant);
    Told<std::int32_t> told;
    const Subscription subscription = subscribe(*ticker, told);
    servant->Tick(1, 3, 4);
    servant->Tick(4, 1, 5'000'000);
    servant->Tick(5, 3, 4);
    EXPECT_EQ(told.wait_for(6), (std::vector<std::int32_t>{1, 2, 3, 5, 6, 7}));
    EXPECT_EQ(subscription.dropped(), 1);
}

TEST_P(BadSubscribers, AConnectionHasSoManySubscriptionsAndNotOneMore)
{
    auto options = place().server_options();
    options.limits.subscriptions = 3;
    const auto ticker = rig(std::move(options), place().client_options()).serve<LoudTicker>(servant);
    std::vector<Subscription> subscriptions;
    for (int i = 0; i < 3; ++i) {
        subscriptions.push_back(ticker->on_Shouted([](const std::string&) {}));
    }
    expect_error(ErrorCode::resource_exhausted, Executed::no,
                 [&] { static_cast<void>(ticker->on_Ticked([](std::int32_t, const Quote&) {})); });
    Client other(place().client_options());
    const auto theirs = other.get_object<LoudTicker>(remoting::object_url(*ticker));
    EXPECT_TRUE(theirs->on_Shouted([](const std::string&) {}).is_active()) << "another connection has its own";
    subscriptions.pop_back();
    EXPECT_TRUE(remoting::test::eventually([&] {
        try {
            subscriptions.push_back(ticker->on_Shouted([](const std::string&) {}));
            return true;
        } catch (const RemotingError&) {
            return false;
        }
    }));
}

TEST_P(BadSubscribers, APublisherHoldsNoMoreForOneThanItsLimit)
{
    auto options = place().server_options();
    options.limits.event_queue = 5;
    const auto ticker = rig(std::move(options), place().client_options()).serve<LoudTicker>(servant);
    Slow slow(*ticker, {.queue = 1'000'000});
    servant->Tick(0, 1, 4);
    ASSERT_TRUE(slow.entered.wait());
    servant->Tick(1, 1000, 4);
    slow.may_go_on.open();
    slow.told.wait_for(6);
    EXPECT_EQ(slow.subscription.dropped(), 995);
}

}  // namespace
}  // namespace contract
