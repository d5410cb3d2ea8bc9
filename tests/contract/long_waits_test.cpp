// SPDX-License-Identifier: BSL-1.0
// Calls that wait too long for their turn at a serialized object are told of on the side where it is.
#include "calls_servant.hpp"

#include "errors.hpp"
#include "threads.hpp"
#include "waiting.hpp"
#include "way.hpp"

#include <remoting/proxies/objects.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace contract {
namespace {

using namespace std::chrono_literals;
using remoting::ErrorCode;
using remoting::Executed;
using remoting::test::ChannelTest;
using remoting::test::contains;
using remoting::test::eventually;
using remoting::test::every_channel;
using remoting::test::expect_error;
using remoting::test::Gate;
using remoting::test::Rig;
using remoting::test::run_aside;
using remoting::test::Tally;

/// What was said, by any thread.
class Said final {
public:
    remoting::Log log()
    {
        return [this](std::string_view line) {
            const std::lock_guard lock(mutex_);
            lines_.emplace_back(line);
        };
    }
    /// The lines that have `part` in them.
    std::vector<std::string> with(const std::string& part) const
    {
        const std::lock_guard lock(mutex_);
        std::vector<std::string> found;
        std::ranges::copy_if(lines_, std::back_inserter(found), [&](const auto& line) { return contains(line, part); });
        return found;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

class LongWaits : public ChannelTest {
protected:
    void start(remoting::Duration long_wait)
    {
        auto options = place().server_options();
        options.long_wait = long_wait;
        options.log = said.log();
        rig(std::move(options), place().client_options());
    }
    std::shared_ptr<Control> serve(const std::string& uri, std::shared_ptr<Control> servant)
    {
        rig().server().publish<Control>(uri, std::move(servant));
        return rig().client().get_object<Control>(rig().url_of(uri));
    }
    std::shared_ptr<Control> seen_from_inside(const std::string& uri)
    {
        return rig().server().client().get_object<Control>(rig().url_of(uri));
    }

    Said said;
};
INSTANTIATE_TEST_SUITE_P(Contract, LongWaits, every_channel(), remoting::test::name_of);

/// Do stays until it may leave.
class BusyControl final : public ControlServant {
public:
    BusyControl()
    {
        action = [this] {
            entered.open();
            EXPECT_TRUE(leave.wait());
        };
    }
    Gate entered;
    Gate leave;
};

TEST_P(LongWaits, SayWhoWaitsForWhom)
{
    start(50ms);
    const auto servant = std::make_shared<BusyControl>();
    const auto control = serve("busy", servant);
    auto running = run_aside([&] { control->Do(); });
    ASSERT_TRUE(servant->entered.wait());
    auto waiting = run_aside([&] { EXPECT_EQ(control->Add(1, 2), 3); });
    EXPECT_TRUE(eventually([&] { return !said.with("has waited").empty(); }));
    servant->leave.open();
    waiting.join();
    const auto lines = said.with("has waited");
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_TRUE(lines[0].starts_with("contract.Control.Add on 'busy', called by ")) << lines[0];
    EXPECT_TRUE(contains(lines[0], "what runs there is Do, called by ")) << lines[0];
}

TEST_P(LongWaits, SayWhatTheRunningCallWaitsForElsewhere)
{
    Rig far(place());
    const auto stuck = std::make_shared<BusyControl>();
    far.server().publish<Control>("stuck", stuck);
    start(50ms);
    const auto servant = std::make_shared<ControlServant>();
    servant->action = [&] { rig().server().client().get_object<Control>(far.url_of("stuck"))->Do(); };
    const auto control = serve("between", servant);
    auto running = run_aside([&] { control->Do(); });
    ASSERT_TRUE(stuck->entered.wait());
    auto waiting = run_aside([&] { EXPECT_EQ(control->Add(1, 2), 3); });
    EXPECT_TRUE(eventually([&] { return !said.with("has waited").empty(); }));
    stuck->leave.open();
    waiting.join();
    const auto lines = said.with("has waited");
    ASSERT_EQ(lines.size(), 1U);
    const std::string address = far.url().substr(0, far.url().find('?'));
    EXPECT_TRUE(contains(lines[0], ", which waits for contract.Control.Do on 'stuck' at " + address)) << lines[0];
}

TEST_P(LongWaits, OfACallIsNobodysBusinessWithoutATime)
{
    start(0ms);
    const auto servant = std::make_shared<BusyControl>();
    const auto control = serve("busy", servant);
    auto running = run_aside([&] { control->Do(); });
    ASSERT_TRUE(servant->entered.wait());
    expect_error(ErrorCode::deadline_exceeded, Executed::maybe,
                 [&] { remoting::with_deadline(control, 200ms)->Add(1, 2); });
    servant->leave.open();
    running.join();
    EXPECT_TRUE(said.with("").empty());
}

TEST_P(LongWaits, MayNotBeNegative)
{
    auto options = place().client_options();
    options.long_wait = -1ms;
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] { remoting::Client client(options); });
}

/// Calls another object when both are inside. -1 if that call ended by its deadline.
class Crossing final : public ControlServant {
public:
    Crossing(Tally& inside, remoting::Duration deadline) : inside_(inside), deadline_(deadline) {}

    std::int32_t Relay(const std::shared_ptr<Control>& next, std::int32_t number) override
    {
        inside_.add();
        EXPECT_TRUE(inside_.wait_until_at_least(2));
        const auto to = over_the_channel != nullptr ? over_the_channel : next;
        try {
            return remoting::with_deadline(to, deadline_)->Add(number, 1);
        } catch (const remoting::RemotingError& error) {
            EXPECT_EQ(to_string(error.code()), "deadline_exceeded") << error.what();
            return -1;
        }
    }

    std::shared_ptr<Control> over_the_channel;

private:
    Tally& inside_;
    const remoting::Duration deadline_;
};

class Crossings : public LongWaits {
protected:
    /// Two chains take two objects in opposite order; returns what is said of it.
    void cross(bool over_the_channel)
    {
        start(50ms);
        Tally inside;
        const auto a = std::make_shared<Crossing>(inside, 500ms);
        const auto b = std::make_shared<Crossing>(inside, remoting::test::patience);
        const auto far_a = serve("a", a);
        const auto far_b = serve("b", b);
        if (over_the_channel) {
            a->over_the_channel = seen_from_inside("b");
            b->over_the_channel = seen_from_inside("a");
        }
        auto first = run_aside([&] { EXPECT_EQ(far_a->Relay(far_b, 7), -1); });
        EXPECT_EQ(far_b->Relay(far_a, 8), 9) << "as the other one is gone";
        first.join();
        EXPECT_EQ(said.with("2 calls wait for each other").size(), 1U);
        const auto links = said.with(" of 2: ");
        ASSERT_EQ(links.size(), 2U);
        EXPECT_TRUE(links[0].starts_with("  1 of 2: contract.Control.Add on '")) << links[0];
        EXPECT_TRUE(contains(links[0] + links[1], "on 'a', called by ")) << links[0] << links[1];
        EXPECT_TRUE(contains(links[0] + links[1], "on 'b', called by ")) << links[0] << links[1];
        for (const std::string& link : links) {
            EXPECT_TRUE(contains(link, "waits for Relay, called by ")) << link;
        }
        EXPECT_TRUE(said.with("has waited").empty()) << "the cycle says it all";
        a->over_the_channel.reset();
        b->over_the_channel.reset();
    }
};
INSTANTIATE_TEST_SUITE_P(Contract, Crossings, every_channel(), remoting::test::name_of);

TEST_P(Crossings, OverTheChannelAreShownAsACycleAndEndByADeadline)
{
    cross(true);
}

TEST_P(Crossings, AtHomeAreShownAsACycleAndEndByADeadline)
{
    cross(false);
}

}  // namespace
}  // namespace contract
