// SPDX-License-Identifier: BSL-1.0
#include "objects_servants.hpp"

#include "errors.hpp"
#include "process_usage.hpp"
#include "threads.hpp"
#include "way.hpp"

#include <remoting/lease.hpp>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <vector>

namespace contract {
namespace {

using namespace std::chrono_literals;
using remoting::Client;
using remoting::Duration;
using remoting::ErrorCode;
using remoting::Executed;
using remoting::infinite;
using remoting::Lease;
using remoting::lease_of;
using remoting::LeaseOptions;
using remoting::LeaseState;
using remoting::LeaseStatus;
using remoting::make_sponsor;
using remoting::RegistrationOptions;
using remoting::test::contains;
using remoting::test::eventually;
using remoting::test::expect_error;
using remoting::test::Gate;
using remoting::test::run_aside;
using remoting::test::slack;
using remoting::test::Stopwatch;
using remoting::test::Tally;

/// Long enough that a loaded machine gets a call through in time.
constexpr auto short_time = 300ms;

class Leased : public remoting::test::ChannelTest {
protected:
    remoting::Server& server() { return rig().server(); }
    Client& client() { return rig().client(); }
    const std::shared_ptr<LiveCount>& count() const { return count_; }

    void offer_accounts(std::optional<LeaseOptions> lease = {})
    {
        server().register_activated<Account>(
            [count = count_](std::string owner, std::int64_t balance) {
                return std::make_shared<AccountServant>(count, std::move(owner), balance);
            },
            {}, {.lease = lease});
    }
    std::shared_ptr<Account> account() { return client().create_object<Account>(rig().url(), "Ada", 0); }
    void offer_counter(const LeaseOptions& lease)
    {
        server().register_singleton<Counter>(
            "counter", [count = count_] { return std::make_shared<CounterServant>(count); }, {.lease = lease});
    }
    void expect_expired(Account& late)
    {
        const auto error = expect_error(ErrorCode::object_not_found, Executed::no, [&] { late.Add(1); });
        EXPECT_TRUE(contains(error.what(), "lease expired")) << error.what();
    }

private:
    std::shared_ptr<LiveCount> count_ = std::make_shared<LiveCount>();
};

INSTANTIATE_TEST_SUITE_P(Contract, Leased, remoting::test::every_channel(), remoting::test::name_of);

TEST_P(Leased, ClientActivatedObjectsHaveTheLeaseOfDotNetByDefault)
{
    offer_accounts();
    const auto mine = account();
    const LeaseStatus status = lease_of(mine).status();
    EXPECT_EQ(status.state, LeaseState::active);
    EXPECT_EQ(status.initial, 5min);
    EXPECT_EQ(status.renew_on_call, 2min);
    EXPECT_EQ(status.sponsorship_timeout, 2min);
    EXPECT_LE(status.remaining, 5min);
    EXPECT_GT(status.remaining, 4min);
    EXPECT_EQ(status.sponsors, 0U);
}

TEST_P(Leased, OthersHaveNoneUnlessTheirRegistrationSaysSo)
{
    offer_accounts(LeaseOptions::none());
    offer_counter(LeaseOptions::none());
    server().publish<Shelf>("shelf", std::make_shared<ShelfServant>(), {.lease = LeaseOptions{.initial = 1min}});
    EXPECT_EQ(lease_of(account()).state(), LeaseState::none);
    const auto counter = client().get_object<Counter>(rig().url_of("counter"));
    counter->Next();
    EXPECT_EQ(lease_of(counter).state(), LeaseState::none);
    EXPECT_EQ(lease_of(counter).renew(1h), Duration::zero());
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] { lease_of(counter).add_sponsor(make_sponsor(1min)); });
    EXPECT_EQ(lease_of(client().get_object<Shelf>(rig().url_of("shelf"))).state(), LeaseState::active);
}

TEST_P(Leased, AnObjectThatNobodyCallsGoesAndALateCallerIsToldWhy)
{
    offer_accounts(LeaseOptions{.initial = short_time, .renew_on_call = 0s});
    const Stopwatch watch;
    const auto mine = account();
    EXPECT_TRUE(count()->wait_until_alive(0));
    EXPECT_GE(watch.elapsed(), short_time);
    expect_expired(*mine);
    const Lease lease = lease_of(mine);
    const auto error = expect_error(ErrorCode::object_not_found, Executed::no, [&] { lease.status(); });
    EXPECT_TRUE(contains(error.what(), "lease expired")) << error.what();
}

TEST_P(Leased, ObjectsGoNeverEarlyAndAtMostFiftyMillisecondsLate)
{
    offer_accounts(LeaseOptions{.initial = short_time, .renew_on_call = 0s});
    std::vector<Duration> delays;
    for (int i = 0; i < 5; ++i) {
        const auto before = std::chrono::steady_clock::now();
        const auto mine = account();
        const auto after = std::chrono::steady_clock::now();
        EXPECT_TRUE(count()->wait_until_alive(0));
        const auto gone = std::chrono::steady_clock::now();
        EXPECT_GE(gone - before, short_time);
        delays.push_back(gone - after - short_time);
    }
    EXPECT_LE(*std::ranges::min_element(delays), 50ms) << "a busy machine may delay some, but not all";
}

TEST_P(Leased, CallsRenewAndARunningOneKeepsItsObject)
{
    class Slow final : public Player {
    public:
        Slow(Gate& entered, Gate& leave) : entered_(entered), leave_(leave) {}
        std::int32_t Bounce(std::int32_t depth, const std::shared_ptr<Player>&) override
        {
            entered_.open();
            return leave_.wait() ? depth : -1;
        }
        void Tell(const std::string&) override {}

    private:
        Gate& entered_;
        Gate& leave_;
    };
    Gate entered;
    Gate leave;
    server().publish<Player>("slow", std::make_shared<Slow>(entered, leave),
                             {.lease = LeaseOptions{.initial = short_time, .renew_on_call = 1min}});
    const auto slow = client().get_object<Player>(rig().url_of("slow"));
    EXPECT_LE(lease_of(slow).remaining(), short_time);
    auto caller = run_aside([&] { EXPECT_EQ(slow->Bounce(7, std::make_shared<PlayerServant>()), 7); });
    ASSERT_TRUE(entered.wait());
    EXPECT_GT(lease_of(slow).remaining(), 50s);
    leave.open();
    caller.join();
    EXPECT_GT(lease_of(slow).remaining(), 50s);
}

TEST_P(Leased, AnObjectWhoseTimeIsUpStaysUntilItsCallEnds)
{
    class Slow final : public Counter {
    public:
        Slow(Gate& entered, Gate& leave) : entered_(entered), leave_(leave) {}
        std::int32_t Next() override
        {
            entered_.open();
            return leave_.wait() ? 1 : -1;
        }
        std::int32_t Instance() override { return 0; }
        std::shared_ptr<Counter> Self() override { return nullptr; }
        bool Is(const std::shared_ptr<Counter>&) override { return false; }

    private:
        Gate& entered_;
        Gate& leave_;
    };
    Gate entered;
    Gate leave;
    server().publish<Counter>("slow", std::make_shared<Slow>(entered, leave),
                              {.lease = LeaseOptions{.initial = short_time, .renew_on_call = 0s}});
    const auto slow = client().get_object<Counter>(rig().url_of("slow"));
    auto caller = run_aside([&] { EXPECT_EQ(slow->Next(), 1); });
    ASSERT_TRUE(entered.wait());
    const Lease lease = server().lease_of("slow");
    EXPECT_TRUE(eventually([&] { return lease.state() == LeaseState::renewing; }));
    leave.open();
    caller.join();
    EXPECT_TRUE(eventually([&] {
        try {
            lease.status();
            return false;
        } catch (const remoting::RemotingError& error) {
            return error.code() == ErrorCode::object_not_found;
        }
    }));
}

TEST_P(Leased, LeasesAreRenewedFromElsewhere)
{
    offer_accounts(LeaseOptions{.initial = 1min, .renew_on_call = 0s});
    const auto mine = account();
    Lease lease = lease_of(mine);
    EXPECT_LE(lease.remaining(), 1min);
    EXPECT_GT(lease.renew(10min), 9min);
    EXPECT_GT(lease.renew(1s), 9min) << "never shortened";
    EXPECT_GT(lease.remaining(), 9min);
    EXPECT_GT(lease.renew(infinite), 24h * 365);
    EXPECT_EQ(mine->Add(1), 1);
}

TEST_P(Leased, ASponsorElsewhereKeepsAnObjectAliveOverTheConnectionThereIs)
{
    offer_accounts(LeaseOptions{.initial = 50ms, .renew_on_call = 0s});
    const auto mine = account();
    Tally asked;
    std::atomic<bool> still_needed = true;
    std::atomic<int> state = 0;
    const auto sponsor = make_sponsor([&](const LeaseStatus& status) -> Duration {
        asked.add();
        state = static_cast<int>(status.state);
        return still_needed ? 50ms : 0s;
    });
    lease_of(mine).add_sponsor(sponsor, 1s);
    EXPECT_TRUE(asked.wait_until_at_least(3));
    EXPECT_EQ(static_cast<LeaseState>(state.load()), LeaseState::renewing);
    EXPECT_EQ(count()->alive(), 1);
    EXPECT_EQ(lease_of(mine).status().sponsors, 1U);
    still_needed = false;
    EXPECT_TRUE(count()->wait_until_alive(0));
    expect_expired(*mine);
}

TEST_P(Leased, ASponsorThatThrowsIsNotAskedAgain)
{
    offer_accounts(LeaseOptions{.initial = short_time, .renew_on_call = 0s});
    const auto mine = account();
    Tally bad;
    Tally good;
    lease_of(mine).add_sponsor(make_sponsor([&](const LeaseStatus&) -> Duration {
                                   bad.add();
                                   throw std::runtime_error("no");
                               }),
                               1ms);
    lease_of(mine).add_sponsor(make_sponsor([&](const LeaseStatus&) -> Duration {
        good.add();
        return 10ms;
    }));
    EXPECT_TRUE(good.wait_until_at_least(3));
    EXPECT_EQ(bad.value(), 1);
    EXPECT_EQ(lease_of(mine).status().sponsors, 1U);
}

TEST_P(Leased, ASponsorThatHangsIsGivenUpAfterItsTime)
{
    offer_accounts(LeaseOptions{.initial = short_time, .renew_on_call = 0s, .sponsorship_timeout = 100ms});
    const auto mine = account();
    Gate asked;
    const auto leave = std::make_shared<Gate>();  // its thread may be in it when this test has ended
    lease_of(mine).add_sponsor(make_sponsor([&asked, leave](const LeaseStatus&) -> Duration {
        asked.open();
        return leave->wait() ? 1h : 0s;
    }));
    EXPECT_TRUE(asked.wait());
    const Stopwatch watch;
    EXPECT_TRUE(count()->wait_until_alive(0));
    EXPECT_LE(watch.elapsed(), 1s * slack);
    leave->open();
    expect_expired(*mine);
}

TEST_P(Leased, ASponsorWhoseProcessIsGoneDoesNotKeepTheObject)
{
    server().publish<Counter>("counter", std::make_shared<CounterServant>(count()),
                              {.lease = LeaseOptions{.initial = short_time, .renew_on_call = 0s}});
    auto other = std::make_unique<Client>(place().client_options());
    Tally asked;
    lease_of(other->get_object<Counter>(rig().url_of("counter")))
        .add_sponsor(make_sponsor([&](const LeaseStatus&) -> Duration {
            asked.add();
            return 20ms;
        }));
    EXPECT_TRUE(asked.wait_until_at_least(2));
    other.reset();
    EXPECT_TRUE(count()->wait_until_alive(0));
}

TEST_P(Leased, SponsorsLeaveAgain)
{
    offer_accounts(LeaseOptions{.initial = 1min});
    const auto mine = account();
    const auto sponsor = make_sponsor(1h);
    Lease lease = lease_of(mine);
    lease.add_sponsor(sponsor);
    EXPECT_EQ(lease.status().sponsors, 1U);
    EXPECT_TRUE(lease.remove_sponsor(sponsor));
    EXPECT_FALSE(lease.remove_sponsor(sponsor));
    EXPECT_FALSE(lease.remove_sponsor(nullptr));
    EXPECT_EQ(lease.status().sponsors, 0U);
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] { lease.add_sponsor(nullptr); });
}

TEST_P(Leased, TheServerSponsorsItsOwnObjects)
{
    const auto servant = std::make_shared<CounterServant>(count());
    server().publish<Counter>("counter", servant, {.lease = LeaseOptions{.initial = 50ms, .renew_on_call = 0s}});
    Tally asked;
    server().lease_of(*servant).add_sponsor(
        make_sponsor([&](const LeaseStatus&) -> Duration { return asked.add() < 3 ? 20ms : 0s; }), 1s);
    EXPECT_TRUE(asked.wait_until_at_least(3));
    EXPECT_TRUE(eventually([&] { return servant.use_count() == 1; }));
    expect_error(ErrorCode::object_not_found, Executed::no, [&] { server().lease_of(*servant); });
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] { lease_of(servant); });
}

TEST_P(Leased, ASingletonWhoseLeaseEndedIsMadeAnew)
{
    offer_counter({.initial = short_time, .renew_on_call = short_time});
    const auto counter = client().get_object<Counter>(rig().url_of("counter"));
    EXPECT_EQ(lease_of(counter).state(), LeaseState::none) << "before it is made";
    EXPECT_EQ(counter->Next(), 1);
    EXPECT_EQ(lease_of(counter).status().incarnation, 1U);
    EXPECT_TRUE(count()->wait_until_alive(0));
    EXPECT_EQ(counter->Next(), 1);
    EXPECT_EQ(counter->Instance(), 2);
    EXPECT_EQ(lease_of(counter).status().incarnation, 2U);
}

TEST_P(Leased, ASingletonMayStayGone)
{
    offer_counter({.initial = short_time, .renew_on_call = 0s, .remake = false});
    const auto counter = client().get_object<Counter>(rig().url_of("counter"));
    EXPECT_EQ(counter->Next(), 1);
    EXPECT_TRUE(count()->wait_until_alive(0));
    const auto error = expect_error(ErrorCode::object_not_found, Executed::no, [&] { counter->Next(); });
    EXPECT_TRUE(contains(error.what(), "lease expired")) << error.what();
    EXPECT_EQ(count()->made(), 1);
}

TEST_P(Leased, LateCallersAreToldWhatBecameOfTheirObject)
{
    offer_accounts();
    auto other = std::make_unique<Client>(place().client_options());
    const auto others = other->create_object<Account>(rig().url(), "Ben", 0);
    const std::string whole = object_url(*others);
    const std::string path = whole.substr(0, whole.find('?'));
    const std::string id = path.substr(path.find_last_of('/') + 1);
    const auto late = client().get_object<Account>(rig().url_of(id));
    EXPECT_EQ(late->Add(1), 1) << "whoever knows the id may call";
    other.reset();
    EXPECT_TRUE(count()->wait_until_alive(0));
    const auto gone = expect_error(ErrorCode::object_not_found, Executed::no, [&] { late->Add(1); });
    EXPECT_TRUE(contains(gone.what(), "owner disconnected")) << gone.what();

    remoting::test::Rig again(place());
    const auto later = again.client().get_object<Account>(again.url_of(id));
    const auto restarted = expect_error(ErrorCode::object_not_found, Executed::no, [&] { later->Add(1); });
    EXPECT_TRUE(contains(restarted.what(), "server restarted")) << restarted.what();
}

TEST_P(Leased, ManyObjectsComeAndGoWithoutATrace)
{
    constexpr int cycles = 5'000;  // per channel; the lifetime suites have more kinds of them
    offer_accounts();
    const auto cycle = [&] { EXPECT_EQ(account()->Add(1), 1); };
    for (int i = 0; i < 100; ++i) {
        cycle();
    }
    EXPECT_TRUE(count()->wait_until_alive(0));
    const auto before = remoting::test::ProcessUsage::now();
    for (int i = 0; i < cycles; ++i) {
        cycle();
    }
    EXPECT_TRUE(count()->wait_until_alive(0));
    EXPECT_EQ(remoting::test::ProcessUsage::now(), before);
}

}  // namespace
}  // namespace contract
