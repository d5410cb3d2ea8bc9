// SPDX-License-Identifier: BSL-1.0
// Events: what holds wherever publisher and subscriber are.
#include "events_servant.hpp"

#include "errors.hpp"
#include "threads.hpp"

#include <remoting/asio.hpp>

#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <stdexcept>

namespace contract {
namespace {

using namespace std::chrono_literals;
using remoting::Client;
using remoting::ErrorCode;
using remoting::RemotingError;
using remoting::SlowSubscriber;
using remoting::Subscription;
using remoting::SubscriptionOptions;
using remoting::test::eventually;
using remoting::test::every_channel;
using remoting::test::every_way;
using remoting::test::Gate;
using remoting::test::name_of;
using remoting::test::run_at_once;
using remoting::test::Tally;
using remoting::test::Way;

class EventsEverywhere : public remoting::test::WayTest {
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

    std::shared_ptr<TickerServant> servant = std::make_shared<TickerServant>();

private:
    std::shared_ptr<LoudTicker> ticker_;
};

INSTANTIATE_TEST_SUITE_P(Contract, EventsEverywhere, every_way(), name_of);

TEST_P(EventsEverywhere, AreDeliveredInOrder)
{
    Told<std::int32_t> told;
    const Subscription subscription = subscribe(*ticker(), told, {.queue = 1000});
    ticker()->Tick(1, 1000, 4);
    EXPECT_EQ(told.wait_for(1000), from_to(1, 1000));
    EXPECT_EQ(subscription.dropped(), 0);
    EXPECT_TRUE(subscription.is_active());
}

TEST_P(EventsEverywhere, ReachAllSubscribersAndEachHandleEndsItsOwn)
{
    Told<std::int32_t> first;
    Told<std::int32_t> second;
    Subscription one = subscribe(*ticker(), first);
    const Subscription other = subscribe(*ticker(), second);
    ticker()->Tick(1, 2, 4);
    first.wait_for(2);
    one.end();
    EXPECT_FALSE(one.is_active());
    ticker()->Tick(3, 2, 4);
    EXPECT_EQ(second.wait_for(4), from_to(1, 4));
    EXPECT_EQ(first.all(), from_to(1, 2));
}

TEST_P(EventsEverywhere, InheritedOnesAndOwnOnesAreKeptApart)
{
    Told<std::int32_t> numbers;
    Told<std::string> texts;
    const Subscription one = subscribe(*ticker(), numbers);
    const Subscription other = ticker()->on_Shouted([&](const std::string& text) { texts.add(text); });
    ticker()->Shout("hey");
    ticker()->Tick(7, 1, 4);
    EXPECT_EQ(texts.wait_for(1), std::vector<std::string>{"hey"});
    EXPECT_EQ(numbers.wait_for(1), std::vector<std::int32_t>{7});
}

TEST_P(EventsEverywhere, AHandlerMayEndItsOwnSubscription)
{
    Told<std::int32_t> told;
    Told<std::int32_t> witness;
    Subscription once;
    Gate assigned;
    once = ticker()->on_Ticked([&](std::int32_t number, const Quote&) {
        EXPECT_TRUE(assigned.wait());
        told.add(number);
        once.end();
    });
    const Subscription all = subscribe(*ticker(), witness);
    assigned.open();
    ticker()->Tick(1, 5, 4);
    EXPECT_EQ(witness.wait_for(5), from_to(1, 5));
    EXPECT_EQ(told.wait_for(1), from_to(1, 1));
}

TEST_P(EventsEverywhere, EndingWaitsForAHandlerThatRuns)
{
    Gate entered;
    Gate may_go_on;
    std::atomic<bool> has_left = false;
    std::optional<Subscription> subscription(ticker()->on_Ticked([&](std::int32_t, const Quote&) {
        entered.open();
        EXPECT_TRUE(may_go_on.wait());
        has_left = true;
    }));
    ticker()->Tick(1, 3, 4);
    ASSERT_TRUE(entered.wait());
    std::thread opener([&] { may_go_on.open(); });
    subscription.reset();
    EXPECT_TRUE(has_left);
    opener.join();
}

TEST_P(EventsEverywhere, OneThatThrowsHurtsNobody)
{
    Told<std::int32_t> told;
    Tally thrown;
    const Subscription bad = ticker()->on_Ticked([&](std::int32_t, const Quote&) {
        thrown.add();
        throw std::runtime_error("not today");
    });
    const Subscription good = subscribe(*ticker(), told);
    ticker()->Tick(1, 3, 4);
    EXPECT_EQ(told.wait_for(3), from_to(1, 3));
    EXPECT_TRUE(thrown.wait_until_at_least(3));
    EXPECT_TRUE(bad.is_active());
}

TEST_P(EventsEverywhere, LateJoinersGetTheLastValueIfTheyAsk)
{
    ticker()->Tick(1, 3, 4);
    Told<std::int32_t> without;
    Told<std::int32_t> with;
    const Subscription one = subscribe(*ticker(), without);
    const Subscription other = subscribe(*ticker(), with, {.last_value = true});
    EXPECT_EQ(with.wait_for(1), std::vector<std::int32_t>{3});
    ticker()->Tick(4, 1, 4);
    EXPECT_EQ(with.wait_for(2), from_to(3, 4));
    EXPECT_EQ(without.wait_for(1), from_to(4, 4));
}

TEST_P(EventsEverywhere, APropertyAnnouncesWhatItBecomes)
{
    servant->set_Value(0.5F);
    Told<float> told;
    const Subscription subscription =
        ticker()->on_Value_changed([&](float value) { told.add(value); }, {.last_value = true});
    EXPECT_EQ(told.wait_for(1), std::vector<float>{0.5F});
    for (const float value : {1.0F, 1.0F, 2.0F}) {
        ticker()->set_Value(value);
        servant->raise_Value_changed(value);  // what a local caller's servant does by itself, and counts once
    }
    EXPECT_EQ(told.wait_for(3), (std::vector<float>{0.5F, 1.0F, 2.0F}));
    servant->raise_Value_changed(3.0F);
    EXPECT_EQ(told.wait_for(4), (std::vector<float>{0.5F, 1.0F, 2.0F, 3.0F}));
}

TEST_P(EventsEverywhere, AskedSubscribersSeeWhatTheOnesBeforeThemMadeOfIt)
{
    const Subscription doubles = ticker()->on_Changing([](float, float& next) {
        next *= 2;
        return true;
    });
    const Subscription adds = ticker()->on_Changing([](float present, float& next) {
        next += present;
        return true;
    });
    float next = 5;
    EXPECT_TRUE(ticker()->Ask(1, next));
    EXPECT_EQ(next, 11);
}

TEST_P(EventsEverywhere, OneThatDisagreesIsEnoughAndOneThatThrowsHasNoSay)
{
    float next = 5;
    EXPECT_TRUE(ticker()->Ask(1, next)) << "nobody was asked";
    const Subscription throws = ticker()->on_Changing([](float, float& value) -> bool {
        value = 1000;
        throw std::runtime_error("no idea");
    });
    EXPECT_TRUE(ticker()->Ask(1, next));
    EXPECT_EQ(next, 5);
    Subscription refuses = ticker()->on_Changing([](float, float&) { return false; });
    const Subscription agrees = ticker()->on_Changing([](float, float&) { return true; });
    EXPECT_FALSE(ticker()->Ask(1, next));
    refuses.end();
    EXPECT_TRUE(ticker()->Ask(1, next));
}

TEST_P(EventsEverywhere, AnAskedSubscriberMayCallTheObjectThatAsks)
{
    ticker()->set_Value(4);
    const Subscription looks = ticker()->on_Changing([&](float, float& next) {
        next = ticker()->get_Value();  // the servant takes one call at a time, and is in one
        return true;
    });
    float next = 0;
    EXPECT_TRUE(ticker()->Ask(0, next));
    EXPECT_EQ(next, 4);
}

TEST_P(EventsEverywhere, CarryReferences)
{
    const auto mine = std::make_shared<TickerServant>();
    mine->set_Value(42);
    Told<float> told;
    const Subscription subscription =
        ticker()->on_Met([&](const std::shared_ptr<Ticker>& other) { told.add(other != nullptr ? other->get_Value() : -1); });
    ticker()->Meet(mine);
    ticker()->Meet(nullptr);
    EXPECT_EQ(told.wait_for(2), (std::vector<float>{42, -1}));
}

TEST_P(EventsEverywhere, TheEndOfTheObjectEndsItsSubscriptions)
{
    auto mine = std::make_shared<TickerServant>();
    auto object = GetParam() == Way::local ? std::shared_ptr<LoudTicker>(mine) : rig().serve<LoudTicker>(mine);
    Told<ErrorCode> ended;
    Told<std::int32_t> told;
    const Subscription subscription = subscribe(*object, told, {.on_ended = [&](const std::exception_ptr& why) {
                                                    try {
                                                        std::rethrow_exception(why);
                                                    } catch (const RemotingError& error) {
                                                        ended.add(error.code());
                                                    }
                                                }});
    if (GetParam() != Way::local) {
        rig().server().withdraw("object1");
    }
    object.reset();
    mine.reset();
    EXPECT_EQ(ended.wait_for(1), std::vector<ErrorCode>{ErrorCode::object_not_found});
    EXPECT_FALSE(subscription.is_active());
}

TEST_P(EventsEverywhere, HandlersRunWhereTheyAreToldTo)
{
    boost::asio::io_context context;
    Told<std::thread::id> threads;
    const Subscription subscription =
        ticker()->on_Ticked([&](std::int32_t, const Quote&) { threads.add(std::this_thread::get_id()); },
                            {.executor = remoting::on_executor(context.get_executor())});
    ticker()->Tick(1, 3, 4);
    EXPECT_TRUE(eventually([&] {
        context.restart();
        context.run();
        return threads.all().size() == 3;
    }));
    EXPECT_EQ(threads.all(), std::vector<std::thread::id>(3, std::this_thread::get_id()));
}

TEST_P(EventsEverywhere, SubscribeAndRaiseAtOnce)
{
    ticker();
    run_at_once(6, [&](int index) {
        for (int round = 0; round < 30; ++round) {
            if (index % 2 == 0) {
                servant->Tick(round, 5, 4);
            } else {
                Told<std::int32_t> told;
                const Subscription subscription = subscribe(*ticker(), told);
                ticker()->Tick(round, 1, 4);
                told.wait_for(1);
            }
        }
    });
}

TEST_P(EventsEverywhere, SubscribersOfOneObjectAgreeOnTheOrder)
{
    Told<std::int32_t> first;
    Told<std::int32_t> second;
    const Subscription one = subscribe(*ticker(), first, {.queue = 2000});
    const Subscription other = subscribe(*ticker(), second, {.queue = 2000});
    run_at_once(4, [&](int index) { servant->Tick(index * 1000, 250, 4); });
    EXPECT_EQ(first.wait_for(1000), second.wait_for(1000));
}

TEST_P(EventsEverywhere, AHandlerAndAQueueAreNeeded)
{
    for (const auto& subscribe_badly : std::vector<std::function<void()>>{
             [&] { static_cast<void>(ticker()->on_Shouted(nullptr)); },
             [&] { static_cast<void>(ticker()->on_Shouted([](const std::string&) {}, {.queue = 0})); }}) {
        const auto error = remoting::test::thrown<RemotingError>(subscribe_badly);
        ASSERT_TRUE(error);
        EXPECT_EQ(error->code(), ErrorCode::invalid_argument);
    }
}

class Events : public remoting::test::ChannelTest {};

INSTANTIATE_TEST_SUITE_P(Contract, Events, every_channel(), name_of);

TEST_P(Events, WhatEndsUnsubscribesAndLeavesNothingBehind)
{
    const auto servant = std::make_shared<TickerServant>();
    const auto ticker = rig().serve<LoudTicker>(servant);
    const auto token = std::make_shared<int>();
    {
        const Subscription subscription = ticker->on_Ticked([token](std::int32_t, const Quote&) {});
        EXPECT_EQ(token.use_count(), 2);
    }
    EXPECT_EQ(token.use_count(), 1);
}

TEST_P(Events, GoWithTheirConnection)
{
    const auto ticker = rig().serve<LoudTicker>(std::make_shared<TickerServant>());
    Told<ErrorCode> ended;
    Told<std::int32_t> told;
    const Subscription subscription = subscribe(*ticker, told, {.on_ended = [&](const std::exception_ptr& why) {
                                                    try {
                                                        std::rethrow_exception(why);
                                                    } catch (const RemotingError& error) {
                                                        ended.add(error.code());
                                                    }
                                                }});
    rig().client().close();
    EXPECT_EQ(ended.wait_for(1), std::vector<ErrorCode>{ErrorCode::connection_lost});
    EXPECT_FALSE(subscription.is_active());
}

TEST_P(Events, SubscribeAgainWhenTheServerIsBack)
{
    const std::string address = GetParam() == Way::tcp ? std::string() : place().free_address();
    auto server = std::make_unique<remoting::Server>(place().server_options());
    const std::string url = server->listen(address.empty() ? place().free_address() : address);
    server->publish<LoudTicker>("ticker", std::make_shared<TickerServant>());
    Client client(place().client_options());
    const auto ticker = client.get_object<LoudTicker>(remoting::test::at(url, "ticker"));
    Told<std::int32_t> told;
    Tally back;
    const Subscription subscription =
        subscribe(*ticker, told, {.resubscribe = true, .on_resubscribed = [&] { back.add(); }});
    ticker->Tick(1, 1, 4);
    told.wait_for(1);

    server.reset();
    server = std::make_unique<remoting::Server>(place().server_options());
    server->publish<LoudTicker>("ticker", std::make_shared<TickerServant>());
    server->listen(url);
    ASSERT_TRUE(back.wait_until_at_least(1));
    ticker->Tick(2, 1, 4);
    EXPECT_EQ(told.wait_for(2), from_to(1, 2));
    EXPECT_TRUE(subscription.is_active());
}

TEST_P(Events, ArePassedOnByWhoPassesTheObjectOn)
{
    const auto origin = std::make_shared<TickerServant>();
    const auto near = rig().serve<LoudTicker>(origin);  // this client's proxy ...
    remoting::Server between(place().server_options());
    const std::string url = between.listen(place().free_address());
    between.publish<LoudTicker>("passed-on", near);  // ... which another server hands out
    Client client(place().client_options());
    const auto far = client.get_object<LoudTicker>(remoting::test::at(url, "passed-on"));
    Told<std::int32_t> told;
    const Subscription subscription = subscribe(*far, told);
    const Subscription agrees = far->on_Changing([](float, float& next) {
        next += 1;
        return true;
    });
    origin->Tick(1, 5, 4);
    EXPECT_EQ(told.wait_for(5), from_to(1, 5));
    float next = 1;
    EXPECT_TRUE(origin->Ask(0, next));
    EXPECT_EQ(next, 2);
}

}  // namespace
}  // namespace contract
