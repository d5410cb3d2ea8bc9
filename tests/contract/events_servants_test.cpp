// SPDX-License-Identifier: BSL-1.0
// Servants that answer later raise events, too.
#include "events.remoting.async.hpp"
#include "events_servant.hpp"

#include <gtest/gtest.h>

namespace contract {
namespace {

namespace asio = boost::asio;
using remoting::Subscription;

class CoroutineTicker final : public LoudTickerAsync {
    asio::awaitable<float> get_Value() override { co_return value_; }
    asio::awaitable<void> set_Value(float value) override
    {
        value_ = value;
        raise_Value_changed(value);
        co_return;
    }
    asio::awaitable<void> Tick(std::int32_t first, std::int32_t count, std::int32_t size) override
    {
        for (std::int32_t number = first; number < first + count; ++number) {
            raise_Ticked(number, {number, std::string(static_cast<std::size_t>(size), 'x')});
        }
        co_return;
    }
    asio::awaitable<Ticker::Ask_result> Ask(float present, float next) override
    {
        const bool all_agree = raise_Changing(present, next);
        co_return Ticker::Ask_result{all_agree, next};
    }
    asio::awaitable<void> Meet(std::shared_ptr<Ticker> other) override
    {
        raise_Met(other);
        co_return;
    }
    asio::awaitable<void> Shout(std::string text) override
    {
        raise_Shouted(text);
        co_return;
    }

    float value_ = 0;
};

class DeferredTicker final : public LoudTickerDeferred {
    void get_Value(remoting::Reply<float> reply) override { reply.succeed(value_); }
    void set_Value(float value, remoting::Reply<void> reply) override
    {
        value_ = value;
        raise_Value_changed(value);
        reply.succeed();
    }
    void Tick(std::int32_t first, std::int32_t count, std::int32_t size, remoting::Reply<void> reply) override
    {
        for (std::int32_t number = first; number < first + count; ++number) {
            raise_Ticked(number, {number, std::string(static_cast<std::size_t>(size), 'x')});
        }
        reply.succeed();
    }
    void Ask(float present, float next, remoting::Reply<Ticker::Ask_result> reply) override
    {
        const bool all_agree = raise_Changing(present, next);
        reply.succeed({all_agree, next});
    }
    void Meet(std::shared_ptr<Ticker> other, remoting::Reply<void> reply) override
    {
        raise_Met(other);
        reply.succeed();
    }
    void Shout(std::string text, remoting::Reply<void> reply) override
    {
        raise_Shouted(text);
        reply.succeed();
    }

    float value_ = 0;
};

class EventsOfLaterServants : public remoting::test::ChannelTest {
protected:
    template <class Servant>
    void check()
    {
        rig().server().register_singleton<LoudTicker>("ticker", [] { return std::make_shared<Servant>(); });
        const auto ticker = rig().client().get_object<LoudTicker>(rig().url_of("ticker"));
        Told<std::int32_t> numbers;
        Told<std::string> texts;
        Told<float> values;
        const Subscription one = subscribe(*ticker, numbers);
        const Subscription two = ticker->on_Shouted([&](const std::string& text) { texts.add(text); });
        ticker->set_Value(0.5F);
        const Subscription three =
            ticker->on_Value_changed([&](float value) { values.add(value); }, {.last_value = true});
        const Subscription four = ticker->on_Changing([](float present, float& next) {
            next += present;
            return next < 10;
        });
        ticker->Tick(1, 20, 4);
        ticker->Shout("late");
        ticker->set_Value(2);
        float next = 3;
        EXPECT_TRUE(ticker->Ask(2, next));
        EXPECT_FALSE(ticker->Ask(9, next));
        EXPECT_EQ(next, 14);
        EXPECT_EQ(numbers.wait_for(20), from_to(1, 20));
        EXPECT_EQ(texts.wait_for(1), std::vector<std::string>{"late"});
        EXPECT_EQ(values.wait_for(2), (std::vector<float>{0.5F, 2}));
    }
};

INSTANTIATE_TEST_SUITE_P(Contract, EventsOfLaterServants, remoting::test::every_channel(), remoting::test::name_of);

TEST_P(EventsOfLaterServants, AreRaisedByCoroutines)
{
    check<CoroutineTicker>();
}

TEST_P(EventsOfLaterServants, AreRaisedByServantsWithHandles)
{
    check<DeferredTicker>();
}

}  // namespace
}  // namespace contract
