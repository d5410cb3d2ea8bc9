// SPDX-License-Identifier: BSL-1.0
#include "calls_servant.hpp"

#include "errors.hpp"
#include "threads.hpp"
#include "waiting.hpp"
#include "way.hpp"

#include <optional>

namespace contract {
namespace {

using remoting::Client;
using remoting::Concurrency;
using remoting::ErrorCode;
using remoting::Executed;
using remoting::RemotingError;
using remoting::Server;
using remoting::StopReport;
using remoting::test::at;
using remoting::test::contains;
using remoting::test::eventually;
using remoting::test::Gate;
using remoting::test::Rig;
using remoting::test::run_aside;
using remoting::test::slack;
using remoting::test::Stopwatch;
using remoting::test::Tally;
using remoting::test::thrown;
using namespace std::chrono_literals;

/// What stop() may take beyond its deadline, on a machine under load.
constexpr auto grace = 250ms * slack;

class Stopping : public remoting::test::ChannelTest {
protected:
    void TearDown() override
    {
        leave.open();
        ChannelTest::TearDown();
    }

    /// A proxy of an object whose Do stays until `leave` opens.
    std::shared_ptr<Control> serve_staying(remoting::RegistrationOptions options = {
                                               .concurrency = Concurrency::concurrent})
    {
        servant->action = [this] {
            entered.add();
            EXPECT_TRUE(leave.wait());
        };
        return rig().serve<Control>(servant, options);
    }

    std::shared_ptr<ControlServant> servant = std::make_shared<ControlServant>();
    Tally entered;
    Gate leave;
};

INSTANTIATE_TEST_SUITE_P(Contract, Stopping, remoting::test::every_channel(), remoting::test::name_of);

void expect_refused(const std::optional<RemotingError>& error)
{
    ASSERT_TRUE(error);
    EXPECT_TRUE(error->code() == ErrorCode::shutting_down || error->code() == ErrorCode::connect_failed)
        << error->what();
    EXPECT_EQ(to_string(error->executed()), "no") << error->what();
}

TEST_P(Stopping, AnIdleServerStopsAtOnceAndHasNothingToCut)
{
    const auto control = rig().serve<Control>(servant);
    EXPECT_EQ(control->Add(1, 2), 3);
    const Stopwatch stopwatch;
    const StopReport report = rig().server().stop(30s);
    EXPECT_LT(stopwatch.elapsed(), 5s);
    EXPECT_EQ(report.calls_cut, 0U);
    expect_refused(thrown<RemotingError>([&] { control->Add(1, 2); }));
    expect_refused(thrown<RemotingError>([&] { control->Add(1, 2); }));
}

TEST_P(Stopping, LetsRunningCallsEndAndRefusesNewOnes)
{
    const auto control = serve_staying();
    auto running = run_aside([&] { control->Do(); });
    ASSERT_TRUE(entered.wait_until_at_least(1));
    std::optional<StopReport> report;
    auto stopper = run_aside([&] { report = rig().server().stop(60s); });
    EXPECT_TRUE(eventually([&] {
        try {
            control->Add(1, 1);
            return false;
        } catch (const RemotingError& error) {
            expect_refused(error);
            return true;
        }
    })) << "new calls go on being served";
    leave.open();
    running.join();  // without an error
    stopper.join();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->calls_cut, 0U);
}

TEST_P(Stopping, DeliversTheRepliesOfManyRunningCalls)
{
    const auto control = serve_staying();
    Tally answered;
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < 3; ++i) {
            callers.push_back(run_aside([&] {
                control->Do();
                answered.add();
            }));
        }
        ASSERT_TRUE(entered.wait_until_at_least(3));
        std::optional<StopReport> report;
        auto stopper = run_aside([&] { report = rig().server().stop(60s); });
        leave.open();
        stopper.join();
        EXPECT_EQ(report->calls_cut, 0U);
    }
    EXPECT_EQ(answered.value(), 3);
}

TEST_P(Stopping, ReturnsInTimeWhateverAServantDoesAndCountsWhatItCut)
{
    const auto control = serve_staying();
    std::optional<RemotingError> error;
    auto running = run_aside([&] { error = thrown<RemotingError>([&] { control->Do(); }); });
    ASSERT_TRUE(entered.wait_until_at_least(1));
    const Stopwatch stopwatch;
    const StopReport report = rig().server().stop(100ms);
    EXPECT_GE(stopwatch.elapsed(), 100ms);
    EXPECT_LT(stopwatch.elapsed(), 100ms + grace);
    EXPECT_EQ(report.calls_cut, 1U);
    EXPECT_EQ(report.connections_closed, 1U);
    running.join();
    ASSERT_TRUE(error);
    EXPECT_TRUE(error->code() == ErrorCode::connection_lost || error->code() == ErrorCode::shutting_down)
        << error->what();
    EXPECT_EQ(error->executed(), Executed::maybe);
    EXPECT_EQ(error->method(), "contract.Control.Do");
    leave.open();
}

TEST_P(Stopping, EndsCallsThatWaitForTheirTurnToo)
{
    const auto control = serve_staying({});
    Tally failed;
    std::vector<std::jthread> callers;
    for (int i = 0; i < 3; ++i) {
        callers.push_back(run_aside([&] {
            thrown<RemotingError>([&] { control->Do(); });
            failed.add();
        }));
    }
    ASSERT_TRUE(entered.wait_until_at_least(1));
    rig().server().stop(50ms);
    EXPECT_TRUE(failed.wait_until_at_least(3));
    leave.open();
    rig().destroy_server();
    EXPECT_EQ(entered.value(), 1) << "calls that nobody waits for ran after the stop";
}

TEST_P(Stopping, TwiceIsHarmless)
{
    rig().serve<Control>(servant)->Add(1, 2);
    rig().server().stop(1s);
    const Stopwatch stopwatch;
    const StopReport again = rig().server().stop(30s);
    EXPECT_LT(stopwatch.elapsed(), 5s);
    EXPECT_EQ(again.calls_cut, 0U);
    EXPECT_EQ(again.connections_closed, 0U);
    rig().server().stop();
}

TEST_P(Stopping, FromSeveralThreadsAtOnceIsHarmless)
{
    const auto control = rig().serve<Control>(servant);
    EXPECT_EQ(control->Add(1, 2), 3);
    remoting::test::run_at_once(8, [&](int) { rig().server().stop(5s); });
    expect_refused(thrown<RemotingError>([&] { control->Add(1, 2); }));
}

TEST_P(Stopping, FromAServantCutsItsOwnCallOnly)
{
    StopReport report;
    Gate stopped;
    servant->action = [&] {
        report = rig().server().stop(100ms);
        stopped.open();
    };
    const auto control = rig().serve<Control>(servant);
    const auto error = thrown<RemotingError>([&] { control->Do(); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->executed(), Executed::maybe);
    ASSERT_TRUE(stopped.wait());
    EXPECT_EQ(report.calls_cut, 1U);
    rig().destroy_server();
}

TEST_P(Stopping, EndsRun)
{
    rig();
    Gate returned;
    auto runner = run_aside([&] {
        rig().server().run();
        returned.open();
    });
    EXPECT_FALSE(returned.is_open());
    rig().server().stop(1s);
    EXPECT_TRUE(returned.wait());
}

TEST_P(Stopping, IsWhatTheDestructorDoesAtOnce)
{
    const auto control = rig().serve<Control>(servant);
    EXPECT_EQ(control->Add(1, 2), 3);
    const Stopwatch stopwatch;
    rig().destroy_server();
    EXPECT_LT(stopwatch.elapsed(), 5s);
    expect_refused(thrown<RemotingError>([&] { control->Add(1, 2); }));
}

TEST_P(Stopping, TheDestructorWaitsForServants)
{
    const auto control = serve_staying();
    auto running = run_aside([&] { thrown<RemotingError>([&] { control->Do(); }); });
    ASSERT_TRUE(entered.wait_until_at_least(1));
    Gate destroyed;
    auto destroyer = run_aside([&] {
        rig().destroy_server();
        EXPECT_TRUE(leave.is_open());
        destroyed.open();
    });
    running.join();  // the caller is told at once
    EXPECT_FALSE(destroyed.is_open());
    leave.open();
    EXPECT_TRUE(destroyed.wait());
}

TEST_P(Stopping, FreesTheAddressForAnotherServerAndProxiesFindIt)
{
    const auto control = rig().serve<Control>(servant);
    EXPECT_EQ(control->Add(1, 2), 3);
    rig().server().stop(1s);
    Server second(place().server_options());
    second.publish<Control>("object1", std::make_shared<ControlServant>());
    EXPECT_EQ(second.listen(rig().url()), rig().url());
    EXPECT_EQ(control->Add(2, 3), 5) << "the same proxy, by name, without a word";
}

TEST_P(Stopping, AServerThatWasNeverUsedStopsToo)
{
    Server unused;
    unused.stop(1s);
    Server unheard;
}

TEST_P(Stopping, AStoppedServerDoesNotListenAgain)
{
    rig().server().stop(1s);
    Client client(place().client_options());
    try {
        const auto url = rig().server().listen(place().free_address());
        EXPECT_THROW(client.get_object<Control>(at(url, "object1"))->Add(1, 2), RemotingError);
    } catch (const RemotingError& error) {
        EXPECT_EQ(error.code(), ErrorCode::shutting_down) << error.what();
    }
}

TEST_P(Stopping, ACallAfterTheClientIsGoneFails)
{
    const auto control = rig().serve<Control>(servant);
    EXPECT_EQ(control->Add(1, 2), 3);
    rig().server().publish<Control>("uncalled", servant);
    const auto uncalled = rig().client().get_object<Control>(rig().url_of("uncalled"));
    rig().destroy_client();
    for (const auto& proxy : {control, uncalled}) {
        const auto error = thrown<RemotingError>([&] { proxy->Add(1, 2); });
        ASSERT_TRUE(error);
        EXPECT_TRUE(error->code() == ErrorCode::shutting_down || error->code() == ErrorCode::object_not_found)
            << error->what();
        EXPECT_EQ(error->executed(), Executed::no);
        EXPECT_EQ(error->method(), "contract.Control.Add");
    }
}

TEST_P(Stopping, ClosingAClientEndsItsCalls)
{
    const auto control = serve_staying();
    std::optional<RemotingError> error;
    auto running = run_aside([&] { error = thrown<RemotingError>([&] { control->Do(); }); });
    ASSERT_TRUE(entered.wait_until_at_least(1));
    rig().client().close();
    running.join();
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::shutting_down) << error->what();
    EXPECT_EQ(error->executed(), Executed::maybe);
    rig().client().close();
    leave.open();
    Client other(place().client_options());
    EXPECT_EQ(other.get_object<Control>(remoting::object_url(*control))->Add(1, 2), 3);
}

TEST_P(Stopping, CallsThatRunWhenTheServerGoesFailTyped)
{
    const auto control = rig().serve<Control>(servant);
    remoting::test::Tally calls;
    std::vector<std::jthread> callers;
    for (int i = 0; i < 8; ++i) {
        callers.push_back(run_aside([&] {
            try {
                for (;;) {
                    control->Add(1, 2);
                    calls.add();
                }
            } catch (const RemotingError& error) {
                EXPECT_TRUE(error.code() == ErrorCode::shutting_down || error.code() == ErrorCode::connect_failed ||
                            error.code() == ErrorCode::connection_lost)
                    << error.what();
            }
        }));
    }
    ASSERT_TRUE(calls.wait_until_at_least(100));
    rig().destroy_server();
}

}  // namespace
}  // namespace contract
