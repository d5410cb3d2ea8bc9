// SPDX-License-Identifier: BSL-1.0
#include "calls_servant.hpp"

#include "errors.hpp"
#include "process_usage.hpp"
#include "threads.hpp"
#include "waiting.hpp"
#include "way.hpp"

#include <remoting/messaging/current_call.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <numeric>
#include <optional>

namespace contract {
namespace {

using remoting::Client;
using remoting::Concurrency;
using remoting::ErrorCode;
using remoting::Executed;
using remoting::RemotingError;
using remoting::test::contains;
using remoting::test::expect_error;
using remoting::test::Gate;
using remoting::test::Rig;
using remoting::test::run_aside;
using remoting::test::run_at_once;
using remoting::test::slack;
using remoting::test::Stopwatch;
using remoting::test::Tally;
using remoting::test::thrown;
using namespace std::chrono_literals;

/// The machine's clock, set forward by the test.
class ShiftedClock final : public remoting::Clock {
public:
    remoting::TimePoint now() const noexcept override { return remoting::system_clock().now() + shift.load(); }
    std::atomic<remoting::Duration> shift = remoting::Duration::zero();
};

class Calls : public remoting::test::ChannelTest {
protected:
    void TearDown() override
    {
        leave.open();
        ChannelTest::TearDown();
    }

    // For servants that tests hold up, so that they outlive the server.
    Gate entered;
    Gate leave;
    Tally inside;
    Tally passed;
    ShiftedClock clock;
    std::shared_ptr<ControlServant> servant = std::make_shared<ControlServant>();
};

INSTANTIATE_TEST_SUITE_P(Contract, Calls, remoting::test::every_channel(), remoting::test::name_of);

std::vector<std::int32_t> numbers_to(std::int32_t count)
{
    std::vector<std::int32_t> numbers(static_cast<std::size_t>(count));
    std::iota(numbers.begin(), numbers.end(), 0);
    return numbers;
}

// Concurrency and order

TEST_P(Calls, ComeFromSixtyFourClientsAtOnce)
{
    const auto url = remoting::object_url(*rig().serve<Control>(servant));
    run_at_once(64, [&](int client_number) {
        Client client(place().client_options());
        const auto control = client.get_object<Control>(url);
        for (int i = 0; i < 50; ++i) {
            ASSERT_EQ(control->Add(client_number, i), client_number + i);
        }
    });
}

TEST_P(Calls, ComeFromFiveHundredTwelveThreadsOverOneConnection)
{
    const auto control = rig().serve<Control>(servant, {.concurrency = Concurrency::concurrent});
    run_at_once(512, [&](int thread) {
        for (int i = 0; i < 20; ++i) {
            ASSERT_EQ(control->Add(thread, i), thread + i);
        }
    });
}

TEST_P(Calls, ComeFromFiveHundredTwelveThreadsToASerializedObject)
{
    const auto control = rig().serve<Control>(servant);
    run_at_once(512, [&](int thread) {
        for (int i = 0; i < 5; ++i) {
            ASSERT_EQ(control->Ask(thread, i), i);
        }
    });
    EXPECT_EQ(servant->noted(0), numbers_to(5));
    EXPECT_EQ(servant->noted(511), numbers_to(5));
}

TEST_P(Calls, OfLargeMessagesInBothDirectionsAtOnceDoNotBlockEachOther)
{
    const auto control = rig().serve<Control>(servant, {.concurrency = Concurrency::concurrent});
    const remoting::Bytes large(3'000'000, std::byte{'x'});
    run_at_once(8, [&](int thread) {
        for (int i = 0; i < 3; ++i) {
            if (thread % 2 == 0) {
                ASSERT_EQ(control->Measure(large), large.size());
            } else {
                ASSERT_EQ(control->Fill(3'000'000).size(), 3'000'000U);
            }
        }
    });
}

TEST_P(Calls, OfOneThreadArriveInOrderWhetherOneWayOrNot)
{
    constexpr std::int32_t count = 5000;
    const auto control = rig().serve<Control>(servant);
    for (std::int32_t i = 0; i < count; ++i) {
        if (i % 7 == 0 || i == count - 1) {
            ASSERT_EQ(control->Ask(0, i), i);
        } else {
            control->Note(0, i);
        }
    }
    EXPECT_EQ(servant->noted(0), numbers_to(count));
}

TEST_P(Calls, OfManyThreadsKeepTheOrderOfEachThread)
{
    constexpr std::int32_t count = 300;
    constexpr int threads = 16;
    const auto control = rig().serve<Control>(servant);
    run_at_once(threads, [&](int thread) {
        for (std::int32_t i = 0; i < count; ++i) {
            if (i % 10 == 9) {
                ASSERT_EQ(control->Ask(thread, i), i);
            } else {
                control->Note(thread, i);
            }
        }
    });
    for (int thread = 0; thread < threads; ++thread) {
        EXPECT_EQ(servant->noted(thread), numbers_to(count)) << thread;
    }
}

TEST_P(Calls, OneWayCallsReturnWhileTheServantIsBusy)
{
    servant->action = [&] {
        entered.open();
        EXPECT_TRUE(leave.wait());
    };
    const auto control = rig().serve<Control>(servant);
    control->Post();
    ASSERT_TRUE(entered.wait());
    for (int i = 0; i < 100; ++i) {
        control->Note(0, i);
    }
    EXPECT_TRUE(servant->noted(0).empty()) << "the object takes one call at a time";
    leave.open();
    EXPECT_EQ(control->Ask(0, 100), 100);
    EXPECT_EQ(servant->noted(0), numbers_to(101));
}

TEST_P(Calls, OneWayCallsMayBeMoreThanAServerTakesAtOnce)
{
    constexpr std::int32_t count = 3000;
    auto options = place().server_options();
    options.limits.requests_in_flight = 16;
    servant->action = [&] {
        entered.open();
        EXPECT_TRUE(leave.wait());
    };
    rig(std::move(options), place().client_options());
    const auto control = rig().serve<Control>(servant);
    control->Post();
    ASSERT_TRUE(entered.wait());
    for (std::int32_t i = 0; i < count; ++i) {
        control->Note(0, i);
    }
    leave.open();
    EXPECT_EQ(control->Ask(0, count), count);
    EXPECT_EQ(servant->noted(0), numbers_to(count + 1));
}

TEST_P(Calls, ToOtherObjectsAreServedWhileOneIsBusy)
{
    servant->action = [&] {
        entered.open();
        EXPECT_TRUE(leave.wait());
    };
    const auto busy = rig().serve<Control>(servant);
    const auto other = rig().serve<Control>(std::make_shared<ControlServant>());
    auto caller = run_aside([&] { busy->Do(); });
    ASSERT_TRUE(entered.wait());
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(other->Add(i, 1), i + 1);
    }
    leave.open();
}

TEST_P(Calls, FindAnObjectOrNotWhileItComesAndGoes)
{
    rig();
    std::atomic<bool> is_over = false;
    auto owner = run_aside([&] {
        while (!is_over) {
            rig().server().publish<Control>("comes and goes", servant);
            EXPECT_TRUE(rig().server().withdraw("comes and goes"));
        }
    });
    run_at_once(4, [&](int thread) {
        const auto control = rig().client().get_object<Control>(rig().url_of("comes%20and%20goes"));
        for (int i = 0; i < 300; ++i) {
            try {
                ASSERT_EQ(control->Add(thread, i), thread + i);
            } catch (const RemotingError& error) {
                ASSERT_EQ(error.code(), ErrorCode::object_not_found) << error.what();
                ASSERT_EQ(error.executed(), Executed::no);
            }
        }
    });
    is_over = true;
}

// Errors

TEST_P(Calls, ToUnknownObjectsSaySo)
{
    const auto control = rig().client().get_object<Control>(rig().url_of("nobody"));
    const auto error = expect_error(ErrorCode::object_not_found, Executed::no, [&] { control->Add(1, 2); });
    EXPECT_EQ(error.method(), "contract.Control.Add");
    EXPECT_EQ(error.object(), "nobody");
    EXPECT_EQ(error.address(), rig().url());
    for (const std::string& part : {error.method(), error.object(), error.address(), error.cause(),
                                    std::string("object_not_found"), std::string("executed: no")}) {
        EXPECT_FALSE(part.empty());
        EXPECT_TRUE(contains(error.what(), part)) << part << " is not in: " << error.what();
    }
    rig().server().publish<Control>("nobody", servant);
    EXPECT_EQ(control->Add(1, 2), 3) << "and the connection is unharmed";
}

TEST_P(Calls, ToAddressesWhereNobodyListensSaySo)
{
    std::string gone;
    {
        Rig short_lived(place());
        gone = short_lived.url_of("object");
    }
    const auto control = rig().client().get_object<Control>(gone);
    const auto error = expect_error(ErrorCode::connect_failed, Executed::no, [&] { control->Add(1, 2); });
    EXPECT_EQ(error.method(), "contract.Control.Add");
    EXPECT_EQ(error.object(), "object");
    EXPECT_FALSE(error.address().empty());
    EXPECT_TRUE(contains(error.what(), error.address()) && contains(error.what(), error.method())) << error.what();
}

TEST_P(Calls, UrlsAreCheckedWhenAProxyIsMade)
{
    for (const char* const url : {"", "x", "tcp://", "tcp:///object", "nosuch://host/object", "tcp://127.0.0.1:1",
                                  "tcp://user@127.0.0.1:1/object", "tcp://127.0.0.1:1/object#fragment"}) {
        const auto error =
            expect_error(ErrorCode::invalid_url, Executed::no, [&] { rig().client().get_object<Control>(url); });
        const std::string scheme = std::string(url).substr(0, std::string(url).find("://"));
        EXPECT_TRUE(contains(error.what(), url) || contains(error.what(), "'" + scheme + "://'")) << error.what();
    }
}

TEST_P(Calls, OptionsOutOfRangeAreRefused)
{
    auto no_threads = place().server_options();
    no_threads.threads = 1;
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] { remoting::Server server(no_threads); });
    auto no_depth = place().client_options();
    no_depth.limits.call_depth = 0;
    const auto error = expect_error(ErrorCode::invalid_argument, Executed::no, [&] { Client client(no_depth); });
    EXPECT_TRUE(contains(error.what(), "call_depth")) << error.what();
    auto no_time = place().client_options();
    no_time.deadline = 0s;
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] { Client client(no_time); });
    auto no_sink = place().client_options();
    no_sink.message_sinks = {nullptr};
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] { Client client(no_sink); });
}

TEST_P(Calls, AnAddressThatIsTakenIsNamed)
{
    const std::string taken = rig().url();
    const auto error = thrown<RemotingError>([&] {
        remoting::Server second(place().server_options());
        second.listen(taken);
    });
    ASSERT_TRUE(error);
    EXPECT_TRUE(error->code() == ErrorCode::address_in_use || error->code() == ErrorCode::name_in_use) << error->what();
    EXPECT_EQ(error->executed(), Executed::no);
    EXPECT_TRUE(contains(error->what(), taken.substr(0, taken.find('?')))) << error->what();
}

TEST_P(Calls, OneServerListensOnSeveralAddresses)
{
    const auto control = rig().serve<Control>(servant);
    const std::string second = rig().server().listen(place().free_address());
    EXPECT_NE(second, rig().url());
    const auto same = rig().client().get_object<Control>(remoting::test::at(second, "object1"));
    EXPECT_EQ(control->Ask(0, 0), 0);
    EXPECT_EQ(same->Ask(0, 1), 1);
    EXPECT_EQ(servant->noted(0), numbers_to(2));
}

// Deadlines

TEST_P(Calls, AStuckServantCostsItsCallerNoMoreThanTheDeadline)
{
    servant->action = [&] {
        entered.open();
        EXPECT_TRUE(leave.wait());
        passed.add();
    };
    const auto control = rig().serve<Control>(servant, {.concurrency = Concurrency::concurrent});
    EXPECT_EQ(control->Add(1, 1), 2);
    for (const auto deadline : {50ms, 400ms}) {  // below and above a tick of a blocking read
        const Stopwatch stopwatch;
        const auto error = expect_error(ErrorCode::deadline_exceeded, Executed::maybe,
                                        [&] { remoting::with_deadline(control, deadline)->Do(); });
        EXPECT_GE(stopwatch.elapsed(), deadline);
        EXPECT_LT(stopwatch.elapsed(), deadline + 250ms * slack);
        EXPECT_EQ(error.method(), "contract.Control.Do");
        EXPECT_EQ(control->Add(1, 1), 2) << "the connection is usable meanwhile";
    }
    leave.open();
    ASSERT_TRUE(passed.wait_until_at_least(2));
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(control->Add(i, 1), i + 1) << "late replies are dropped";
    }
}

TEST_P(Calls, WhoseDeadlinePassesInAQueueDoNotRun)
{
    auto options = place().server_options();
    options.clock = &clock;
    rig(std::move(options), place().client_options());
    Tally runs;
    servant->action = [&] {
        runs.add();
        entered.open();
        EXPECT_TRUE(leave.wait());
    };
    const auto control = rig().serve<Control>(servant);
    auto first = run_aside([&] { control->Do(); });
    ASSERT_TRUE(entered.wait());
    const auto error = thrown<RemotingError>([&] { remoting::with_deadline(control, 50ms)->Do(); });
    EXPECT_TRUE(error && error->code() == ErrorCode::deadline_exceeded);
    clock.shift = 10s;  // the server's deadline may be a little later than the client's
    leave.open();
    first.join();
    EXPECT_EQ(control->Add(1, 1), 2) << "behind the late call, were it still in the queue";
    EXPECT_EQ(runs.value(), 1);
}

TEST_P(Calls, TheDeadlineOfTheClientRulesWhereNoneIsGiven)
{
    servant->action = [&] { EXPECT_TRUE(leave.wait()); };
    auto options = place().client_options();
    options.deadline = 60ms;
    rig(place().server_options(), std::move(options));
    const auto control = rig().serve<Control>(servant);
    EXPECT_TRUE(thrown<RemotingError>([&] { control->Do(); }));
    leave.open();
}

TEST_P(Calls, MadeWhileServingEndNoLaterThanTheCallServed)
{
    std::optional<RemotingError> inner;
    Gate has_inner;
    const auto stuck = std::make_shared<ControlServant>();
    stuck->action = [&] { EXPECT_TRUE(leave.wait()); };
    Rig far(place());
    const std::string far_url = remoting::object_url(*far.serve<Control>(stuck));
    servant->action = [&] {
        inner = thrown<RemotingError>([&] { rig().server().client().get_object<Control>(far_url)->Do(); });
        has_inner.open();
        EXPECT_TRUE(leave.wait());
    };
    const auto control = rig().serve<Control>(servant);
    const Stopwatch stopwatch;
    EXPECT_TRUE(thrown<RemotingError>([&] { remoting::with_deadline(control, 100ms)->Do(); }));
    EXPECT_TRUE(has_inner.wait());
    EXPECT_LT(stopwatch.elapsed(), 5s) << "the inner call's own deadline is 60 s";
    ASSERT_TRUE(inner);
    EXPECT_EQ(inner->code(), ErrorCode::deadline_exceeded) << inner->what();
    leave.open();
}

TEST_P(Calls, ThatEndWithTheirDeadlineInACallOfTheServantsDoNotBlameTheServant)
{
    const auto stuck = std::make_shared<ControlServant>();
    stuck->action = [] {
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable_any given_up;
        given_up.wait(lock, remoting::current_call()->stop_token(), [] { return false; });
    };
    rig().server().publish<Control>("stuck", stuck);
    const std::string stuck_url = rig().url_of("stuck");
    Client& onward = rig().server().client();
    servant->action = [&onward, stuck_url] { onward.get_object<Control>(stuck_url)->Do(); };
    const auto control = rig().serve<Control>(servant);
    for (int i = 0; i < 50; ++i) {  // the reply of the one and the deadline of the other pass each other
        const auto error = thrown<RemotingError>([&] { remoting::with_deadline(control, 10ms)->Do(); });
        ASSERT_TRUE(error) << "of a servant";
        EXPECT_EQ(error->code(), ErrorCode::deadline_exceeded) << error->what();
    }
}

TEST_P(Calls, DeadlinesArePositiveOrInfinite)
{
    const auto control = rig().serve<Control>(servant);
    EXPECT_EQ(remoting::with_deadline(control, remoting::infinite)->Add(1, 2), 3);
    for (const auto wrong : {0ms, -1ms}) {
        expect_error(ErrorCode::invalid_argument, Executed::no, [&] { remoting::with_deadline(control, wrong); });
    }
    const std::shared_ptr<Control> local = servant;
    EXPECT_EQ(remoting::with_deadline(local, 1ms), local);
}

// Limits

class Limits : public Calls {
protected:
    static constexpr std::size_t limit = 4096;

    std::shared_ptr<Control> limited(std::size_t server_limit, std::size_t client_limit)
    {
        auto server_options = place().server_options();
        auto client_options = place().client_options();
        server_options.limits.message_size = server_limit;
        client_options.limits.message_size = client_limit;
        for (auto* const options : {static_cast<remoting::CommonOptions*>(&server_options),
                                    static_cast<remoting::CommonOptions*>(&client_options)}) {
            options->limits.header_size = 1024;
            options->limits.unauthenticated_size = 1024;
        }
        return rig(std::move(server_options), std::move(client_options)).serve<Control>(servant);
    }
};

INSTANTIATE_TEST_SUITE_P(Contract, Limits, remoting::test::every_channel(), remoting::test::name_of);

TEST_P(Limits, OfMessagesHoldForRepliesExactly)
{
    constexpr std::size_t overhead = 4;  // of bytes on the wire
    const auto control = limited(std::size_t{1024} * 1024, limit);
    EXPECT_EQ(control->Fill(limit - overhead - 1).size(), limit - overhead - 1);
    EXPECT_EQ(control->Fill(limit - overhead).size(), limit - overhead);
    const auto error =
        expect_error(ErrorCode::limit_exceeded, Executed::yes, [&] { control->Fill(limit - overhead + 1); });
    EXPECT_TRUE(contains(error.what(), "4096") && contains(error.what(), "4097")) << error.what();
    EXPECT_EQ(error.method(), "contract.Control.Fill");
    EXPECT_EQ(control->Fill(limit - overhead).size(), limit - overhead) << "and the connection is unharmed";
}

TEST_P(Limits, OfMessagesHoldForRequests)
{
    const auto control = limited(limit, std::size_t{1024} * 1024);
    const auto is_accepted = [&](std::size_t size) {
        try {
            return control->Measure(remoting::Bytes(size, std::byte{1})) == size;
        } catch (const RemotingError& error) {
            EXPECT_EQ(error.code(), ErrorCode::limit_exceeded) << error.what();
            EXPECT_EQ(error.executed(), Executed::no) << error.what();
            EXPECT_TRUE(contains(error.what(), "4096")) << error.what();
            return false;
        }
    };
    std::size_t accepted = 0;
    for (std::size_t size = limit - 256; size <= limit + 1; ++size) {
        if (is_accepted(size)) {
            EXPECT_TRUE(accepted == 0 || accepted == size - 1) << "a gap below " << size;
            accepted = size;
        }
    }
    EXPECT_GE(accepted, limit - 200) << "what a request needs beside its arguments is little";
    EXPECT_LT(accepted, limit);
    EXPECT_TRUE(is_accepted(accepted - 1));
    EXPECT_TRUE(is_accepted(accepted));
    EXPECT_FALSE(is_accepted(accepted + 1));
    EXPECT_FALSE(is_accepted(1'000'000));
    EXPECT_TRUE(is_accepted(0));
}

TEST_P(Limits, OfRequestsInFlightLetTheOthersWait)
{
    auto options = place().server_options();
    options.limits.requests_in_flight = 2;
    options.threads = 4;
    servant->action = [&] {
        inside.add();
        EXPECT_TRUE(leave.wait());
    };
    rig(std::move(options), place().client_options());
    const auto control = rig().serve<Control>(servant, {.concurrency = Concurrency::concurrent});
    {
        auto first = run_aside([&] { control->Do(); });
        auto second = run_aside([&] { control->Do(); });
        ASSERT_TRUE(inside.wait_until_at_least(2));
        const auto error = expect_error(ErrorCode::deadline_exceeded, Executed::no,
                                        [&] { remoting::with_deadline(control, 60ms)->Do(); });
        EXPECT_TRUE(contains(error.what(), "2 calls are in flight")) << error.what();
        auto third = run_aside([&] { control->Do(); });
        leave.open();
    }
    EXPECT_EQ(inside.value(), 3);
    EXPECT_EQ(control->Add(1, 1), 2);
}

TEST_P(Limits, OfRequestsInFlightAreNotExceededByManyThreads)
{
    auto options = place().server_options();
    options.limits.requests_in_flight = 3;
    rig(std::move(options), place().client_options());
    const auto control = rig().serve<Control>(servant);
    run_at_once(32, [&](int thread) {
        for (int i = 0; i < 50; ++i) {
            ASSERT_EQ(control->Add(thread, i), thread + i);
        }
    });
}

TEST_P(Limits, OfRequestsInFlightHoldBackNeitherCallbacksNorOneWayCalls)
{
    auto server_options = place().server_options();
    auto client_options = place().client_options();
    server_options.limits.requests_in_flight = 1;
    client_options.limits.requests_in_flight = 1;
    rig(std::move(server_options), std::move(client_options));
    const auto control = rig().serve<Control>(servant);
    const auto mine = std::make_shared<ControlServant>();
    for (int i = 0; i < 100; ++i) {
        ASSERT_EQ(control->Relay(mine, i), i + 1);
        control->Note(0, i);
        control->Note(0, i);
    }
    EXPECT_EQ(control->Ask(0, 0), 0);
    EXPECT_EQ(servant->noted(0).size(), 201U);
}

TEST_P(Limits, OfNamesHold)
{
    auto options = place().client_options();
    options.limits.header_size = 256;
    rig(place().server_options(), std::move(options));
    const auto control = rig().client().get_object<Control>(rig().url_of(std::string(300, 'n')));
    expect_error(ErrorCode::limit_exceeded, Executed::no, [&] { control->Add(1, 1); });
    rig().server().publish<Control>("short", servant);
    EXPECT_EQ(rig().client().get_object<Control>(rig().url_of("short"))->Add(1, 1), 2);
}

}  // namespace
}  // namespace contract
