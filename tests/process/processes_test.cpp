// SPDX-License-Identifier: BSL-1.0
#include "processes.hpp"

#include "../contract/objects_servants.hpp"
#include "errors.hpp"
#include "threads.hpp"
#include "waiting.hpp"

#include <optional>

namespace remoting::test {
namespace {

using namespace std::chrono_literals;

class Processes : public ProcessTest {};

INSTANTIATE_TEST_SUITE_P(Contract, Processes, channels_between_processes(), name_of);

TEST_P(Processes, AServerKilledInTheMiddleOfACallIsNoticedAtOnce)
{
    ServerProcess server(place().free_address());
    const auto control = control_of(server);
    std::optional<RemotingError> error;
    std::chrono::steady_clock::time_point noticed;
    auto caller = run_aside([&] {
        error = thrown<RemotingError>([&] { control->Do(); });
        noticed = std::chrono::steady_clock::now();
    });
    server.process().expect("entered");
    const auto killed = std::chrono::steady_clock::now();
    server.process().kill();
    caller.join();
    ASSERT_TRUE(error);
    EXPECT_EQ(to_string(error->code()), "connection_lost") << error->what();
    EXPECT_EQ(to_string(error->executed()), "maybe") << error->what();
    EXPECT_LT(noticed - killed, 250ms * slack);
    EXPECT_EQ(error->method(), "contract.Control.Do");
    EXPECT_EQ(error->object(), "control");
    EXPECT_EQ(error->address(), server.url());
    EXPECT_TRUE(contains(error->what(), server.url())) << error->what();
}

TEST_P(Processes, AServerThatIsStoppedButNotDeadIsFoundByPings)
{
    ServerProcess server(place().free_address());
    auto options = place().client_options();
    options.limits.ping_interval = 300ms;
    options.limits.ping_timeout = 200ms;
    Gate lost;
    options.on_disconnected = [&](const Connection&, ErrorCode, const std::string&) { lost.open(); };
    Client client(options);
    const auto control = client.get_object<contract::Control>(at(server.url(), "control"));
    const auto idle = client.get_object<contract::Control>(at(server.url(), "control"));
    EXPECT_EQ(control->Add(1, 2), 3);
    server.process().stop();
    const Stopwatch stopwatch;
    const auto error = thrown<RemotingError>([&] { control->Add(1, 2); });
    ASSERT_TRUE(error);
    EXPECT_EQ(to_string(error->code()), "connection_lost") << error->what();
    EXPECT_EQ(to_string(error->executed()), "maybe") << error->what();
    EXPECT_TRUE(contains(error->what(), "no sign of life")) << error->what();
    EXPECT_LT(stopwatch.elapsed(), 1000ms * slack);
    EXPECT_TRUE(lost.wait());
    server.process().send_signal(SIGCONT);
    EXPECT_EQ(idle->Add(1, 2), 3);
}

TEST_P(Processes, ABusyServerIsNotTakenForDead)
{
    ServerProcess server(place().free_address());
    auto options = place().client_options();
    options.limits.ping_interval = 30ms;
    options.limits.ping_timeout = 200ms * slack;
    Client client(options);
    const auto control = client.get_object<contract::Control>(at(server.url(), "control"));
    auto caller = run_aside([&] { control->Do(); });
    server.process().expect("entered");
    const Stopwatch stopwatch;
    ping(*control, 10s);
    while (stopwatch.elapsed() < 300ms * slack) {
        EXPECT_EQ(control->Add(1, 2), 3);
    }
    server.process().write_line("go on");
    caller.join();
}

TEST_P(Processes, AServerKilledInTheMiddleOfManyCallsEndsAllOfThem)
{
    ServerProcess server(place().free_address());
    const auto control = control_of(server);
    constexpr int calls = 4;  // as many as the server has threads
    Tally failed;
    std::vector<std::jthread> callers;
    for (int i = 0; i < calls; ++i) {
        callers.push_back(run_aside([&] {
            const auto error = thrown<RemotingError>([&] { control->Do(); });
            EXPECT_TRUE(error && error->code() == ErrorCode::connection_lost);
            failed.add();
        }));
    }
    for (int i = 0; i < calls; ++i) {
        server.process().expect("entered");
    }
    server.process().kill();
    EXPECT_TRUE(failed.wait_until_at_least(calls, 250ms * slack * 4));
}

TEST_P(Processes, AServerThatComesBackIsFoundByTheSameProxy)
{
    std::optional<ServerProcess> server(place().free_address());
    const std::string url = server->url();
    const auto control = control_of(*server);
    EXPECT_EQ(control->Add(1, 2), 3);
    server->process().kill();
    const auto error = thrown<RemotingError>([&] { control->Add(1, 2); });
    ASSERT_TRUE(error);
    EXPECT_TRUE(error->code() == ErrorCode::connect_failed || error->code() == ErrorCode::connection_lost)
        << error->what();
    server.reset();
    ServerProcess again(url);
    EXPECT_EQ(again.url(), url);
    EXPECT_EQ(control->Add(2, 3), 5);
}

TEST_P(Processes, AServerThatComesBackBetweenTwoCallsIsFoundAtTheFirstOrSecond)
{
    std::optional<ServerProcess> server(place().free_address());
    const auto control = control_of(*server);
    EXPECT_EQ(control->Add(1, 2), 3);
    const std::string url = server->url();
    server->process().kill();
    server.reset();
    ServerProcess again(url);
    try {
        EXPECT_EQ(control->Add(2, 3), 5);
    } catch (const RemotingError& error) {  // the loss had not been noticed yet
        EXPECT_EQ(error.code(), ErrorCode::connection_lost) << error.what();
        EXPECT_EQ(control->Add(2, 3), 5);
    }
}

TEST_P(Processes, AnAddressInUseByAnotherProcessIsNamed)
{
    ServerProcess server(place().free_address());
    Server second(place().server_options());
    const auto error = thrown<RemotingError>([&] { second.listen(server.url()); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), GetParam() == Way::tcp ? ErrorCode::address_in_use : ErrorCode::name_in_use)
        << error->what();
    const ObjectUrl url = ObjectUrl::parse(server.url());
    EXPECT_TRUE(contains(error->what(), GetParam() == Way::tcp ? url.port : url.host)) << error->what();
    EXPECT_EQ(control_of(server)->Add(1, 2), 3) << "the first listener is unharmed";
}

TEST_P(Processes, WhatAKilledServerLeftBehindDoesNotKeepItsAddress)
{
    std::optional<ServerProcess> server(place().free_address());
    const std::string url = server->url();
    server->process().kill();
    for (int i = 0; i < 3; ++i) {
        Server heir(place().server_options());
        EXPECT_EQ(heir.listen(url), url);
    }
}

TEST_P(Processes, AStoppedProcessCostsItsCallersTheirDeadlineAndGoesOnLater)
{
    ServerProcess server(place().free_address());
    const auto control = control_of(server);
    EXPECT_EQ(control->Add(1, 2), 3);
    server.process().stop();
    const Stopwatch stopwatch;
    expect_error(ErrorCode::deadline_exceeded, Executed::maybe, [&] { with_deadline(control, 300ms)->Add(1, 2); });
    EXPECT_LT(stopwatch.elapsed(), 300ms + 250ms * slack);
    server.process().send_signal(SIGCONT);
    EXPECT_EQ(control->Add(2, 3), 5);
}

TEST_P(Processes, TheSignalsOfServiceManagersLetRunningCallsEnd)
{
    for (const int signal : {SIGTERM, SIGINT}) {
        ServerProcess server(place().free_address());
        const auto control = control_of(server);
        auto caller = run_aside([&] { control->Do(); });
        server.process().expect("entered");
        server.process().send_signal(signal);
        EXPECT_TRUE(eventually([&] {
            try {
                control->Add(1, 2);
                return false;
            } catch (const RemotingError& error) {
                EXPECT_EQ(to_string(error.executed()), "no") << error.what();
                return true;
            }
        })) << "new calls go on being served";
        server.process().write_line("leave");
        caller.join();
        server.process().expect("stopped");
        EXPECT_EQ(server.process().wait(), 0);
    }
}

TEST_P(Processes, TheObjectsOfAKilledClientGoWhenTheGraceOfItsSessionEnds)
{
    const auto count = std::make_shared<LiveCount>();
    ServerOptions options = place().server_options();
    options.session_grace = 300ms;
    rig(options, place().client_options());
    rig().server().register_activated<contract::Account>([&](std::string owner, std::int64_t balance) {
        return std::make_shared<contract::AccountServant>(count, std::move(owner), balance);
    });
    if (GetParam() == Way::pipe) {
        EXPECT_TRUE(contains(rig().url(), "directory="));
    }
    ChildProcess client({TEST_SERVER, "hold", rig().url()});
    EXPECT_EQ(client.expect("holds"), "child");
    EXPECT_EQ(count->alive(), 1);
    const Stopwatch stopwatch;
    client.kill();
    EXPECT_TRUE(count->wait_until_alive(0));
    EXPECT_GE(stopwatch.elapsed(), 300ms);
}

}  // namespace
}  // namespace remoting::test
