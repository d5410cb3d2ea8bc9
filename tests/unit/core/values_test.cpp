// SPDX-License-Identifier: BSL-1.0
#include "fakes.hpp"
#include "probe_servant.hpp"

#include <remoting/channels/channel_registry.hpp>
#include <remoting/dispatch/descriptors.hpp>
#include <remoting/dispatch/function_ref.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/slab.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace remoting::test {

TEST(Id128, ShowsAsThirtyTwoDigits)
{
    EXPECT_EQ((Id128{0x0123456789abcdef, 0x1}).to_string(), "0123456789abcdef0000000000000001");
    EXPECT_TRUE(Id128{}.is_zero());
    EXPECT_FALSE((Id128{0, 1}).is_zero());
    EXPECT_LT((Id128{1, 2}), (Id128{2, 1}));
}

TEST(Id128, ComesFromTheSourceItIsGiven)
{
    FakeRandom random;
    EXPECT_EQ(Id128::random(random), (Id128{1, 0}));
    EXPECT_EQ(Id128::random(random), (Id128{2, 0}));
}

TEST(SystemRandom, DoesNotRepeatItself)
{
    std::set<Id128> ids;
    for (int i = 0; i < 1000; ++i) {
        ids.insert(Id128::random(system_random()));
    }
    EXPECT_EQ(ids.size(), 1000U);
}

TEST(Deadlines, DoNotOverflow)
{
    FakeClock clock;
    EXPECT_EQ(deadline_after(clock.now(), infinite), TimePoint::max());
    EXPECT_EQ(deadline_after(clock.now(), infinite - Duration(1)), TimePoint::max());
    EXPECT_EQ(deadline_after(clock.now(), std::chrono::seconds(5)), clock.now() + std::chrono::seconds(5));
    EXPECT_EQ(deadline_after(TimePoint::max(), std::chrono::seconds(5)), TimePoint::max());
}

TEST(FakeClock, StandsStillUntilItIsAdvanced)
{
    FakeClock clock;
    const TimePoint before = clock.now();
    EXPECT_EQ(clock.now(), before);
    clock.advance(std::chrono::minutes(1));
    EXPECT_EQ(clock.now() - before, std::chrono::minutes(1));
}

TEST(SystemClock, DoesNotGoBackwards)
{
    TimePoint last = system_clock().now();
    for (int i = 0; i < 1000; ++i) {
        const TimePoint now = system_clock().now();
        EXPECT_GE(now, last);
        last = now;
    }
}

TEST(ErrorCodes, HaveNames)
{
    EXPECT_EQ(to_string(ErrorCode::ok), "ok");
    EXPECT_EQ(to_string(ErrorCode::object_not_found), "object_not_found");
    EXPECT_EQ(to_string(ErrorCode::unknown), "unknown");
    EXPECT_EQ(to_string(static_cast<ErrorCode>(999)), "unknown");
    EXPECT_EQ(to_string(Executed::no), "no");
    EXPECT_EQ(to_string(Executed::yes), "yes");
    EXPECT_EQ(to_string(Executed::maybe), "maybe");
}

TEST(ErrorCodes, OfANewerPeerAreUnknown)
{
    EXPECT_EQ(error_code_of(0), ErrorCode::ok);
    EXPECT_EQ(error_code_of(27), ErrorCode::storage_corrupt);
    EXPECT_EQ(error_code_of(28), ErrorCode::unknown);
    EXPECT_EQ(error_code_of(29), ErrorCode::unknown);
    EXPECT_EQ(error_code_of(0xFFFF), ErrorCode::unknown);
}

TEST(RemotingError, NamesMethodObjectAddressCodeCauseAndOutcome)
{
    const RemotingError error(ErrorCode::object_not_found, Executed::no, "withdrawn 12 s ago",
                              {"bank.Account.Withdraw", "counter", "tcp://127.0.0.1:6100"});
    EXPECT_STREQ(error.what(),
                 "bank.Account.Withdraw on tcp://127.0.0.1:6100/counter: object_not_found: withdrawn 12 s ago "
                 "(executed: no)");
    EXPECT_STREQ(RemotingError(ErrorCode::internal, Executed::maybe, "x").what(), "internal: x (executed: maybe)");
}

TEST(RemoteException, TellsWhatItKnows)
{
    EXPECT_NE(std::string(RemoteException("std::bad_alloc", "no memory").what()).find("std::bad_alloc: no memory"),
              std::string::npos);
    EXPECT_NE(std::string(RemoteException("", "").what()).find("custom_errors"), std::string::npos);
}

TEST(InterfaceDescriptor, KnowsItsMethodsByExactName)
{
    const InterfaceDescriptor& interface = InterfaceTraits<probe::Probe>::descriptor();
    ASSERT_NE(interface.find_method("Add"), nullptr);
    EXPECT_EQ(interface.find_method("Add")->name, "Add");
    EXPECT_EQ(interface.find_method("add"), nullptr);
    EXPECT_EQ(interface.find_method(""), nullptr);
    EXPECT_TRUE(interface.find_method("Post")->one_way);
    EXPECT_TRUE(interface.is("probe.Probe"));
    EXPECT_FALSE(interface.is("probe.Session"));
    EXPECT_FALSE(interface.is(""));
}

TEST(InterfaceDescriptor, CastsOnlyWhatIsOne)
{
    const InterfaceDescriptor& interface = InterfaceTraits<probe::Probe>::descriptor();
    ProbeServant servant;
    SessionServant other("x");
    EXPECT_EQ(interface.cast(servant), static_cast<probe::Probe*>(&servant));
    EXPECT_EQ(interface.cast(other), nullptr);
}

TEST(Slab, LivesAsLongAsSomebodyRefersToIt)
{
    SlabRef one = SlabRef::allocate(100);
    EXPECT_EQ(one->capacity(), 100U);
    EXPECT_FALSE(one->is_shared());
    {
        const SlabRef other = one;  // NOLINT
        EXPECT_TRUE(one->is_shared());
    }
    EXPECT_FALSE(one->is_shared());
    SlabRef moved = std::move(one);
    EXPECT_FALSE(moved->is_shared());
    moved.reset();
    EXPECT_FALSE(static_cast<bool>(moved));
}

TEST(FunctionRef, CallsWhatItWasMadeOf)
{
    int calls = 0;
    const auto count = [&](int by) { return calls += by; };
    const FunctionRef<int(int)> reference = count;
    const FunctionRef<int(int)> copy = reference;  // NOLINT
    EXPECT_EQ(reference(2), 2);
    EXPECT_EQ(copy(3), 5);
}

TEST(ChannelRegistry, NamesTheSchemesItKnows)
{
    const ChannelRegistry registry;
    try {
        registry.client("http");
        FAIL();
    } catch (const RemotingError& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_url);
        EXPECT_EQ(error.executed(), Executed::no);
        EXPECT_NE(error.cause().find("http"), std::string::npos);
    }
}

}  // namespace remoting::test
