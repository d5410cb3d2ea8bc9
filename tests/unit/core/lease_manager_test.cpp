// SPDX-License-Identifier: BSL-1.0
#include "fakes.hpp"
#include "probe_servant.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/lifetime/lease_manager.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace remoting::test {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class Leases : public testing::Test {
protected:
    struct Asked {
        std::shared_ptr<ObjectLease> lease;
        std::shared_ptr<RemoteObject> sponsor;
        std::uint64_t question;
    };

    Leases()
    {
        manager_.set_hooks({.wake_at = [this](TimePoint when) { wake_ = when; },
                            .ask =
                                [this](const auto& lease, const auto& sponsor, std::uint64_t question) {
                                    asked_.push_back({lease, sponsor, question});
                                }});
    }
    std::shared_ptr<ObjectLease> begin(const LeaseOptions& options = {})
    {
        auto lease = std::make_shared<ObjectLease>(manager_, std::weak_ptr<ObjectEntry>(), options);
        manager_.begin(*lease);
        return lease;
    }
    void pass(Duration time)
    {
        clock_.advance(time);
        run();
    }
    void run()
    {
        manager_.run_due([this](ObjectLease& lease) {
            ended_.push_back(&lease);
            manager_.forget(lease);
        });
    }
    LeaseState state(const std::shared_ptr<ObjectLease>& lease) const { return manager_.status(*lease).state; }
    Duration remaining(const std::shared_ptr<ObjectLease>& lease) const { return manager_.status(*lease).remaining; }
    void answer(Duration renewal)
    {
        const Asked asked = asked_.back();
        manager_.answer(*asked.lease, asked.question, renewal);
        run();
    }

    FakeClock clock_;
    LeaseManager manager_{clock_};
    std::atomic<TimePoint> wake_ = TimePoint::max();  // threads that end a call set it, too
    std::vector<Asked> asked_;
    std::vector<ObjectLease*> ended_;
};

}  // namespace

TEST_F(Leases, EndWhenTheirInitialTimeHasPassedAndNotBefore)
{
    const auto lease = begin();
    EXPECT_EQ(wake_.load(), clock_.now() + minutes(5));
    EXPECT_EQ(state(lease), LeaseState::active);
    EXPECT_EQ(remaining(lease), minutes(5));
    pass(minutes(5) - milliseconds(1));
    EXPECT_TRUE(ended_.empty());
    EXPECT_EQ(remaining(lease), milliseconds(1));
    pass(milliseconds(1));
    EXPECT_EQ(ended_, std::vector<ObjectLease*>{lease.get()});
    EXPECT_EQ(state(lease), LeaseState::expired);
    EXPECT_EQ(remaining(lease), Duration::zero());
    EXPECT_EQ(manager_.size(), 0U);
}

TEST_F(Leases, AreRenewedByCallsWithoutAddingToWhatIsLeft)
{
    const auto lease = begin();
    {
        LeaseUse call;
        EXPECT_TRUE(call.begin(lease));
    }
    EXPECT_EQ(remaining(lease), minutes(5)) << "more was left than a call renews";
    pass(minutes(4));
    {
        LeaseUse call;
        EXPECT_TRUE(call.begin(lease));
        EXPECT_EQ(remaining(lease), minutes(2));
    }
    pass(minutes(2) - milliseconds(1));
    EXPECT_TRUE(ended_.empty());
    pass(milliseconds(1));
    EXPECT_EQ(ended_.size(), 1U);
}

TEST_F(Leases, DoNotEndUnderARunningCallWhichRenewsWhenItEnds)
{
    const auto lease = begin();
    LeaseUse call;
    LeaseUse other;
    EXPECT_TRUE(call.begin(lease));
    EXPECT_TRUE(other.begin(lease));
    pass(minutes(60));
    EXPECT_TRUE(ended_.empty());
    EXPECT_EQ(state(lease), LeaseState::renewing);
    other.end();
    pass(minutes(60));
    EXPECT_TRUE(ended_.empty());
    call.end();
    EXPECT_EQ(wake_.load(), clock_.now() + minutes(2));
    EXPECT_EQ(remaining(lease), minutes(2));
    pass(minutes(2));
    EXPECT_EQ(ended_.size(), 1U);
}

TEST_F(Leases, ThatCallsDoNotRenewEndWithTheCallThatIsRunning)
{
    const auto lease = begin({.initial = seconds(10), .renew_on_call = Duration::zero()});
    LeaseUse call;
    EXPECT_TRUE(call.begin(lease));
    pass(seconds(11));
    EXPECT_TRUE(ended_.empty());
    call.end();
    EXPECT_EQ(wake_.load(), clock_.now());
    run();
    EXPECT_EQ(ended_.size(), 1U);
    LeaseUse late;
    EXPECT_FALSE(late.begin(lease));
}

TEST_F(Leases, AreRenewedByHandButNeverShortened)
{
    const auto lease = begin({.initial = seconds(10)});
    EXPECT_EQ(manager_.renew(*lease, seconds(5)), seconds(10));
    EXPECT_EQ(manager_.renew(*lease, seconds(30)), seconds(30));
    EXPECT_EQ(manager_.renew(*lease, -seconds(30)), seconds(30));
    pass(seconds(29));
    EXPECT_TRUE(ended_.empty());
    pass(seconds(1));
    EXPECT_EQ(ended_.size(), 1U);
    EXPECT_EQ(manager_.renew(*lease, seconds(5)), Duration::zero()) << "it is over";
    const auto for_ever = begin();
    EXPECT_GT(manager_.renew(*for_ever, infinite), std::chrono::hours(1'000'000));
}

TEST_F(Leases, AskTheSponsorThatGaveMostLast)
{
    const auto lease = begin({.initial = seconds(10)});
    const auto one = std::make_shared<ProbeServant>();
    const auto two = std::make_shared<ProbeServant>();
    manager_.add_sponsor(*lease, one, seconds(1));
    manager_.add_sponsor(*lease, two, seconds(2));
    EXPECT_EQ(manager_.status(*lease).sponsors, 2U);
    pass(seconds(10));
    ASSERT_EQ(asked_.size(), 1U);
    EXPECT_EQ(asked_.back().sponsor, two);
    EXPECT_EQ(state(lease), LeaseState::renewing);
    answer(milliseconds(500));
    EXPECT_EQ(state(lease), LeaseState::active);
    pass(milliseconds(500));
    ASSERT_EQ(asked_.size(), 2U);
    EXPECT_EQ(asked_.back().sponsor, one) << "which gave more before";
    answer(Duration::zero());
    ASSERT_EQ(asked_.size(), 3U);
    EXPECT_EQ(asked_.back().sponsor, two);
    EXPECT_EQ(manager_.status(*lease).sponsors, 1U);
    answer(-seconds(1));
    EXPECT_EQ(ended_.size(), 1U);
}

TEST_F(Leases, DropASponsorThatDoesNotAnswerInTime)
{
    const auto lease = begin({.initial = seconds(10), .sponsorship_timeout = seconds(3)});
    manager_.add_sponsor(*lease, std::make_shared<ProbeServant>(), {});
    manager_.add_sponsor(*lease, std::make_shared<ProbeServant>(), {});
    pass(seconds(10));
    const Asked first = asked_.at(0);
    pass(seconds(3) - milliseconds(1));
    EXPECT_EQ(asked_.size(), 1U);
    pass(milliseconds(1));
    ASSERT_EQ(asked_.size(), 2U);
    EXPECT_NE(asked_.at(1).sponsor, first.sponsor);
    manager_.answer(*lease, first.question, minutes(1));
    EXPECT_EQ(remaining(lease), Duration::zero()) << "an answer that comes too late";
    pass(seconds(3));
    EXPECT_EQ(ended_.size(), 1U);
}

TEST_F(Leases, ACallRenewsWhileASponsorIsAsked)
{
    const auto lease = begin({.initial = seconds(10)});
    manager_.add_sponsor(*lease, std::make_shared<ProbeServant>(), {});
    pass(seconds(10));
    LeaseUse call;
    EXPECT_TRUE(call.begin(lease));
    call.end();
    EXPECT_EQ(state(lease), LeaseState::active);
    answer(Duration::zero());
    EXPECT_TRUE(ended_.empty());
    pass(minutes(2));
    EXPECT_EQ(ended_.size(), 1U);
}

TEST_F(Leases, WithdrawAQuestionToASponsorThatLeaves)
{
    const auto lease = begin({.initial = seconds(10)});
    const auto sponsor = std::make_shared<ProbeServant>();
    manager_.add_sponsor(*lease, sponsor, {});
    const auto is_it = [&](const std::shared_ptr<RemoteObject>& one) { return one == sponsor; };
    pass(seconds(10));
    EXPECT_TRUE(manager_.remove_sponsor(*lease, is_it));
    EXPECT_FALSE(manager_.remove_sponsor(*lease, is_it));
    run();
    EXPECT_EQ(ended_.size(), 1U);
    answer(minutes(1));
    EXPECT_EQ(state(lease), LeaseState::expired);
}

TEST_F(Leases, TakeABoundedNumberOfSponsorsAndNoneWhereThereIsNoTimeForThem)
{
    const auto lease = begin();
    std::vector<std::shared_ptr<ProbeServant>> sponsors;
    for (std::size_t i = 0; i < LeaseManager::sponsor_limit; ++i) {
        manager_.add_sponsor(*lease, sponsors.emplace_back(std::make_shared<ProbeServant>()), {});
    }
    manager_.add_sponsor(*lease, sponsors.front(), {});  // is one already
    try {
        manager_.add_sponsor(*lease, std::make_shared<ProbeServant>(), {});
        ADD_FAILURE() << "one too many";
    } catch (const RemotingError& error) {
        EXPECT_EQ(error.code(), ErrorCode::limit_exceeded);
    }
    const auto alone = begin({.sponsorship_timeout = Duration::zero()});
    EXPECT_THROW(manager_.add_sponsor(*alone, sponsors.front(), {}), RemotingError);
    EXPECT_THROW(manager_.add_sponsor(*lease, nullptr, {}), RemotingError);
}

TEST_F(Leases, AreAMillionInOneHeap)
{
    constexpr int count = 1'000'000;
    std::vector<std::shared_ptr<ObjectLease>> leases;
    leases.reserve(count);
    for (int i = 0; i < count; ++i) {
        leases.push_back(begin({.initial = milliseconds(1 + (i * 7919LL) % count)}));
    }
    EXPECT_EQ(manager_.size(), 1'000'000U);
    for (int i = 0; i < count; i += 2) {
        manager_.forget(*leases[static_cast<std::size_t>(i)]);
    }
    const TimePoint start = clock_.now();
    std::size_t seen = 0;
    for (TimePoint due = manager_.next_due(); due != TimePoint::max(); due = manager_.next_due()) {
        ASSERT_GE(due, clock_.now());
        pass(due - clock_.now());
        ASSERT_EQ(ended_.size(), ++seen);
        ASSERT_EQ(clock_.now() - start, ended_.back()->options().initial);
    }
    EXPECT_EQ(seen, 500'000U);
    EXPECT_EQ(manager_.size(), 0U);
}

TEST_F(Leases, NeverEndDuringACallThatRacesWithTheTimer)
{
    const LeaseOptions options{.initial = Duration(1), .renew_on_call = Duration::zero()};
    for (int round = 0; round < 2000; ++round) {
        const auto lease = begin(options);
        clock_.advance(Duration(1));
        std::atomic<bool> has_ended = false;
        std::thread caller([&] {
            for (int i = 0; i < 3; ++i) {
                LeaseUse call;
                if (!call.begin(lease)) {
                    return;
                }
                EXPECT_FALSE(has_ended) << "a call was admitted to an object that was gone";
                call.end();
            }
        });
        while (!has_ended) {
            manager_.run_due([&](ObjectLease& over) {
                EXPECT_EQ(&over, lease.get());
                manager_.forget(over);
                has_ended = true;
            });
        }
        caller.join();
    }
    EXPECT_EQ(manager_.size(), 0U);
}

TEST(LeaseOptionsTest, RefuseTimesThatMakeNoSense)
{
    LeaseOptions().validate();
    LeaseOptions::none().validate();
    EXPECT_THROW(LeaseOptions{.initial = Duration::zero()}.validate(), RemotingError);
    EXPECT_THROW(LeaseOptions{.renew_on_call = Duration(-1)}.validate(), RemotingError);
    EXPECT_THROW(LeaseOptions{.sponsorship_timeout = Duration(-1)}.validate(), RemotingError);
}

}  // namespace remoting::test
