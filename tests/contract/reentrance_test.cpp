// SPDX-License-Identifier: BSL-1.0
// Serialized objects that refuse the calls which those they run lead to.
#include "calls_servant.hpp"
#include "nesting_players.hpp"

#include "errors.hpp"
#include "threads.hpp"
#include "waiting.hpp"
#include "way.hpp"

#include <remoting/proxies/objects.hpp>

#include <memory>
#include <string>
#include <vector>

namespace contract {
namespace {

using remoting::Executed;
using remoting::Reentrance;
using remoting::RemotingError;
using remoting::test::ChannelTest;
using remoting::test::contains;
using remoting::test::eventually;
using remoting::test::every_channel;
using remoting::test::Gate;
using remoting::test::run_aside;
using remoting::test::Tally;
using remoting::test::thrown;

/// Passes calls on to its target, and keeps the errors.
class Asker final : public Player {
public:
    std::int32_t Bounce(std::int32_t depth, const std::shared_ptr<Player>& partner) override
    {
        try {
            return 1 + target->Bounce(depth, partner);
        } catch (const RemotingError& error) {
            seen.push_back(error);
            return 100;
        }
    }
    void Tell(const std::string&) override {}

    std::shared_ptr<Player> target;
    std::vector<RemotingError> seen;
};

class Refusing : public ChannelTest {
protected:
    std::shared_ptr<Player> serve(Style style, Reentrance reentrance)
    {
        ++count_;
        rig().server().register_singleton<Player>(uri(), [style] { return make_player(style); },
                                                  {.reentrance = reentrance});
        return rig().client().get_object<Player>(rig().url_of(uri()));
    }
    /// Of what was served last.
    std::string uri() const { return "player" + std::to_string(count_); }

private:
    int count_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Contract, Refusing, every_channel(), remoting::test::name_of);

TEST_P(Refusing, ObjectsAnswerACallThatComesBackWithATypedError)
{
    for (const Style style : every_style) {
        const auto theirs = serve(style, Reentrance::refused);
        const auto asker = std::make_shared<Asker>();
        asker->target = theirs;
        EXPECT_EQ(theirs->Bounce(1, asker), 101) << name_of(style);
        ASSERT_EQ(asker->seen.size(), 1U) << name_of(style);
        const RemotingError& error = asker->seen.front();
        EXPECT_EQ(to_string(error.code()), "reentrancy_rejected") << error.what();
        EXPECT_EQ(error.executed(), Executed::no) << error.what();
        EXPECT_EQ(error.method(), "contract.Player.Bounce");
        EXPECT_EQ(error.object(), uri());
        EXPECT_TRUE(
            contains(error.cause(), "contract.Player.Bounce, nested 2 calls deep, comes back to '" + uri() + "'"))
            << error.what();
        EXPECT_EQ(theirs->Bounce(0, asker), 1) << "and nothing is left behind";
    }
}

TEST_P(Refusing, ObjectsThatAdmitReentranceRunTheSameCall)
{
    for (const Style style : every_style) {
        const auto theirs = serve(style, Reentrance::admitted);
        const auto asker = std::make_shared<Asker>();
        asker->target = theirs;
        EXPECT_EQ(theirs->Bounce(1, asker), 3) << name_of(style);
        EXPECT_TRUE(asker->seen.empty());
    }
}

TEST_P(Refusing, HoldsForProxiesOfAnObjectsOwnProcess)
{
    auto options = place().server_options();
    options.custom_errors = remoting::CustomErrors::off;
    options.log = {};
    rig(std::move(options), place().client_options());
    for (const Style style : every_style) {
        const auto admitting = serve(style, Reentrance::admitted);
        EXPECT_EQ(admitting->Bounce(1, admitting), 2) << name_of(style);
        const auto refusing = serve(style, Reentrance::refused);
        const auto error = thrown<remoting::RemoteException>([&] { refusing->Bounce(1, refusing); });
        ASSERT_TRUE(error) << name_of(style);
        EXPECT_TRUE(contains(error->details(), "reentrancy_rejected")) << error->details();
        EXPECT_TRUE(contains(error->details(), "executed: no")) << error->details();
        EXPECT_EQ(refusing->Bounce(0, refusing), 1);
    }
}

TEST_P(Refusing, LeavesTheCallsOfOthersWaitingForTheirTurn)
{
    const auto servant = std::make_shared<ControlServant>();
    Gate entered;
    Gate leave;
    servant->action = [&] {
        entered.open();
        EXPECT_TRUE(leave.wait());
    };
    const auto control = rig().serve<Control>(servant, {.reentrance = Reentrance::refused});
    auto first = run_aside([&] { control->Do(); });
    ASSERT_TRUE(entered.wait());
    Tally done;
    auto second = run_aside([&] {
        EXPECT_EQ(control->Add(1, 2), 3);
        done.add();
    });
    EXPECT_EQ(done.value(), 0);
    leave.open();
    EXPECT_TRUE(done.wait_until_at_least(1));
}

TEST_P(Refusing, RunsOneWayCallsOfTheChainAfterTheCallThatMadeThem)
{
    const auto servant = std::make_shared<ControlServant>();
    const auto control = rig().serve<Control>(servant, {.reentrance = Reentrance::refused});
    const auto inside = rig().server().client().get_object<Control>(remoting::object_url(*control));
    std::vector<std::int32_t> noted_inside;
    servant->action = [&] {
        inside->Note(1, 2);
        noted_inside = servant->noted(1);
    };
    control->Do();
    EXPECT_TRUE(eventually([&] { return servant->noted(1) == std::vector<std::int32_t>{2}; }));
    EXPECT_TRUE(noted_inside.empty());
}

}  // namespace
}  // namespace contract
