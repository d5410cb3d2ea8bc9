// SPDX-License-Identifier: BSL-1.0
#include "fakes.hpp"
#include "probe_servant.hpp"

#include <remoting/dispatch/long_waits.hpp>
#include <remoting/dispatch/object_entry.hpp>
#include <remoting/messaging/method_call.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace remoting::test {

namespace {

using namespace std::chrono_literals;

class Call final : public WaitingCall {
public:
    explicit Call(IncomingCall call) : call_(std::move(call)) {}
    const IncomingCall& call() const noexcept override { return call_; }
    std::unique_ptr<WaitingCall> run() override { return nullptr; }

private:
    IncomingCall call_;
};

class LongWaiting : public testing::Test {
protected:
    LongWaiting() { start(10s); }
    /// Those that wait keep their object, and it them.
    ~LongWaiting() override
    {
        for (const auto& object : objects_) {
            while (object->turn().leave() != nullptr) {
            }
        }
    }

    void start(Duration longest)
    {
        waits_.start(longest, [this](std::string_view line) { lines_.emplace_back(line); },
                     {.wake_at = [this](TimePoint when) { wake_ = std::min(wake_, when); },
                      .outstanding =
                          [this](const CallChain& chain) {
                              return chain.id == held_outside_ ? std::string("x.Y.Z on 'far' at tcp://far:1")
                                                               : std::string();
                          }});
    }
    std::shared_ptr<ObjectEntry> object(const std::string& uri)
    {
        const auto& interface = InterfaceTraits<probe::Probe>::descriptor();
        auto entry = std::make_shared<ObjectEntry>(
            uri, interface,
            make_instance_activator(interface, std::make_shared<ProbeServant>(), ActivationMode::published),
            RegistrationOptions{});
        entry->turn().watch(waits_);
        objects_.push_back(entry);
        return entry;
    }
    static IncomingCall call(const std::shared_ptr<ObjectEntry>& object, std::uint64_t chain, std::uint16_t depth)
    {
        IncomingCall call;
        call.object = object;
        call.method = &object->interface().methods.front();
        call.chain = {{77, chain}, depth};
        return call;
    }
    static void run(const std::shared_ptr<ObjectEntry>& object, std::uint64_t chain, std::uint16_t depth = 0)
    {
        EXPECT_TRUE(object->turn().try_enter(call(object, chain, depth)));
    }
    static void wait(const std::shared_ptr<ObjectEntry>& object, std::uint64_t chain, std::uint16_t depth = 0)
    {
        EXPECT_EQ(object->turn().enter_or_wait(std::make_unique<Call>(call(object, chain, depth))), nullptr);
    }
    /// Lets the time pass and does what is to be done then.
    void pass(Duration time)
    {
        clock_.advance(time);
        if (clock_.now() >= wake_) {
            wake_ = TimePoint::max();
            waits_.look();
        }
    }
    std::string said() { return lines_.empty() ? std::string() : lines_.back(); }

    FakeClock clock_;
    LongWaits waits_{clock_};
    TimePoint wake_ = TimePoint::max();
    std::vector<std::string> lines_;
    Id128 held_outside_{};
    std::vector<std::shared_ptr<ObjectEntry>> objects_;  ///< each with a call inside
};

}  // namespace

TEST_F(LongWaiting, IsToldOnceWhenItsTimeIsUpAndNotBefore)
{
    const auto a = object("a");
    run(a, 0x11);
    EXPECT_EQ(wake_, TimePoint::max()) << "a call that runs is not looked at";
    wait(a, 0x22);
    pass(9999ms);
    EXPECT_TRUE(lines_.empty());
    pass(1ms);
    const std::string name(a->interface().methods.front().name);
    ASSERT_EQ(lines_.size(), 1U);
    EXPECT_EQ(said(), "probe.Probe." + name +
                          " on 'a', called by nobody known (chain 00000022) has waited 10.0 s for its turn; "
                          "what runs there is " +
                          name + ", called by nobody known (chain 00000011)");
    pass(100s);
    EXPECT_EQ(lines_.size(), 1U);
}

TEST_F(LongWaiting, IsToldOfEachCallAtItsOwnTime)
{
    const auto a = object("a");
    run(a, 1);
    wait(a, 2);
    pass(4s);
    wait(a, 3);
    pass(6s);
    EXPECT_EQ(lines_.size(), 1U);
    pass(4s);
    EXPECT_EQ(lines_.size(), 2U);
    EXPECT_NE(said().find("chain 00000003"), std::string::npos) << said();
}

TEST_F(LongWaiting, IsNotToldWhenTheTurnComesInTimeAndTheNextQueueIsWatchedAgain)
{
    const auto a = object("a");
    run(a, 1);
    wait(a, 2);
    pass(9s);
    const auto next = a->turn().leave();
    ASSERT_NE(next, nullptr);
    pass(2s);
    EXPECT_TRUE(lines_.empty());
    EXPECT_EQ(wake_, TimePoint::max()) << "nobody waits";
    wait(a, 3);
    pass(10s);
    EXPECT_EQ(lines_.size(), 1U);
}

TEST_F(LongWaiting, NamesTheCallThatTheRunningOneWaitsForElsewhere)
{
    const auto a = object("a");
    run(a, 1);
    held_outside_ = {77, 1};
    wait(a, 2);
    pass(10s);
    EXPECT_TRUE(said().ends_with("(chain 00000001), which waits for x.Y.Z on 'far' at tcp://far:1")) << said();
}

TEST_F(LongWaiting, ShowsTwoChainsThatTookTwoObjectsInOppositeOrder)
{
    const auto a = object("a");
    const auto b = object("b");
    run(a, 1);
    run(b, 2);
    wait(b, 1, 1);
    pass(3s);
    wait(a, 2, 1);
    pass(7s);
    ASSERT_EQ(lines_.size(), 3U);
    EXPECT_EQ(lines_[0], "2 calls wait for each other, the first for 10.0 s, and only their deadlines can end it:");
    EXPECT_NE(lines_[1].find("1 of 2: probe.Probe."), std::string::npos) << lines_[1];
    EXPECT_NE(lines_[1].find("on 'b', called by nobody known (chain 00000001), waits for "), std::string::npos)
        << lines_[1];
    EXPECT_TRUE(lines_[1].ends_with("(chain 00000002)")) << lines_[1];
    EXPECT_NE(lines_[2].find("on 'a', called by nobody known (chain 00000002), waits for "), std::string::npos)
        << lines_[2];
    EXPECT_TRUE(lines_[2].ends_with("(chain 00000001)")) << lines_[2];
    pass(100s);
    EXPECT_EQ(lines_.size(), 3U) << "the second call is told of already";
}

TEST_F(LongWaiting, ShowsACycleOfFiveAmongManyOthersThatWait)
{
    std::vector<std::shared_ptr<ObjectEntry>> objects;
    for (std::uint64_t i = 0; i < 5; ++i) {
        objects.push_back(object(std::string(1, static_cast<char>('a' + i))));
        run(objects.back(), i);
    }
    for (std::uint64_t other = 100; other < 150; ++other) {
        wait(objects[other % 5], other);
    }
    pass(1ms);
    for (std::uint64_t i = 0; i < 5; ++i) {
        wait(objects[(i + 1) % 5], i, 3);
    }
    pass(10s - 1ms);
    EXPECT_EQ(lines_.size(), 50U);
    pass(1ms);
    ASSERT_EQ(lines_.size(), 56U);
    EXPECT_TRUE(lines_[50].starts_with("5 calls wait for each other")) << lines_[50];
    EXPECT_TRUE(lines_[55].starts_with("  5 of 5: ")) << lines_[55];
}

TEST_F(LongWaiting, ShowsACallThatWaitsForTheOneItWasMadeBy)
{
    const auto a = object("a");
    run(a, 1);
    wait(a, 1, 2);  // on a thread that nobody knows to wait
    pass(10s);
    ASSERT_EQ(lines_.size(), 2U);
    EXPECT_TRUE(lines_[0].starts_with("a call and the one it was made by wait for each other")) << lines_[0];
}

TEST_F(LongWaiting, TakesCallsMadeSideBySideForNoCycle)
{
    const auto a = object("a");
    const auto b = object("b");
    run(a, 1, 1);
    run(b, 2, 0);
    wait(b, 1, 1);  // made beside the call that runs in a, which does not wait for it
    wait(a, 2, 1);
    pass(10s);
    ASSERT_EQ(lines_.size(), 2U);
    for (const std::string& line : lines_) {
        EXPECT_NE(line.find("has waited 10.0 s for its turn"), std::string::npos) << line;
    }
}

TEST_F(LongWaiting, IsNobodysBusinessWithoutATime)
{
    for (const Duration longest : {Duration::zero(), infinite}) {
        start(longest);
        EXPECT_FALSE(waits_.is_on());
    }
    start(1ns);
    EXPECT_TRUE(waits_.is_on());
}

TEST_F(LongWaiting, SaysNothingWithControlCharacters)
{
    const auto a = object("a\n\x1b[2J");
    run(a, 1);
    wait(a, 2);
    pass(10s);
    EXPECT_NE(said().find("on 'a  [2J'"), std::string::npos) << said();
}

}  // namespace remoting::test
