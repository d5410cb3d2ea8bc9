// SPDX-License-Identifier: BSL-1.0
// One-way calls to a peer that takes none, and connections that nobody uses.
#include "errors.hpp"
#include "raw_server.hpp"
#include "stream_fixture.hpp"

#include "probe.remoting.async.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/proxies/call_options.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <optional>
#include <vector>

namespace remoting::test {

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

std::vector<std::uint8_t> take_requests(RawServer& server)
{
    std::vector<std::uint8_t> flags;
    while (const auto frame = server.peer->receive(FrameKind::request, 200ms)) {
        flags.push_back(frame->header.flags);
    }
    return flags;
}

class SlowPeer : public testing::Test {
protected:
    SlowPeer()
    {
        ClientOptions options;
        options.channels.add("test", server, nullptr);
        client.emplace(std::move(options));
        object = client->get_object<probe::Probe>("test://server/probe");
        object->Post(0);
        const auto refused = with(Overflow::fail);
        EXPECT_THROW(
            for (int i = 0; i < 100; ++i) { refused->Pour(Bytes(100'000)); }, RemotingError);
    }
    std::shared_ptr<probe::Probe> with(Overflow overflow)
    {
        return with_options(object, {.overflow = overflow});
    }
    std::vector<std::uint8_t> take_requests() { return test::take_requests(*server); }

    const std::shared_ptr<RawServer> server = std::make_shared<RawServer>();
    std::optional<Client> client;
    std::shared_ptr<probe::Probe> object;
};

class IdleConnections : public StreamFixture {
protected:
    ClientOptions idle_options()
    {
        ClientOptions options = client_options();
        options.limits.idle_close = 20ms;
        options.on_connected = [this](const auto&) { connected.add(); };
        options.on_disconnected = [this](const auto&...) { disconnected.add(); };
        return options;
    }

    Tally connected;
    Tally disconnected;
};

}  // namespace

TEST_F(SlowPeer, RefusesOneWayCallsThatAskForIt)
{
    const auto expect_refusal = [](auto call) {
        try {
            call();
            ADD_FAILURE() << "there is no room";
        } catch (const RemotingError& error) {
            EXPECT_EQ(error.code(), ErrorCode::resource_exhausted);
            EXPECT_EQ(to_string(error.executed()), "no");
        }
    };
    expect_refusal([&] { with(Overflow::fail)->Post(1); });
    expect_refusal([&] { object->async_Post(CallOptions{.overflow = Overflow::fail}, 1, asio::use_future).get(); });
}

TEST_F(SlowPeer, GetsNothingOfCallsThatAreDropped)
{
    const auto dropping = with(Overflow::drop);
    for (int i = 0; i < 1000; ++i) {
        dropping->Post(i);
    }
    dropping->async_Post(1, asio::use_future).get();
    EXPECT_LT(take_requests().size(), 100U);
    dropping->Post(1);
    EXPECT_EQ(take_requests().size(), 1U) << "there is room again";
}

TEST_F(SlowPeer, MakesOthersWaitUntilTheirDeadline)
{
    const auto waiting = with_options(object, {.deadline = 50ms});
    try {
        waiting->Post(1);
        ADD_FAILURE() << "there is no room";
    } catch (const RemotingError& error) {
        EXPECT_EQ(error.code(), ErrorCode::deadline_exceeded);
        EXPECT_EQ(to_string(error.executed()), "no");
    }
    auto started = object->async_Post(2, asio::use_future);
    EXPECT_EQ(started.wait_for(0s), std::future_status::timeout);
    take_requests();
    started.get();
}

class BlockedPeer : public testing::TestWithParam<std::size_t> {};

TEST_P(BlockedPeer, DoesNotKeepOneWayCallsBeyondTheirDeadlineOrTheirCancellation)
{
    const auto server = std::make_shared<RawServer>();
    ClientOptions options;
    options.channels.add("test", server, nullptr);
    Client client(std::move(options));
    const auto object = client.get_object<probe::Probe>("test://server/probe");
    object->Post(0);
    std::vector<std::future<void>> calls;  // more than is taken, and less than makes them queue up
    for (std::size_t size = 0; size < 800'000; size += GetParam()) {
        calls.push_back(object->async_Pour(CallOptions{.deadline = 50ms}, Bytes(GetParam()), asio::use_future));
    }
    asio::io_context context;  // where the signal is used and the call ends
    asio::cancellation_signal signal;
    std::exception_ptr outcome;
    object->async_Pour(Bytes(10),
                       asio::bind_executor(context, asio::bind_cancellation_slot(
                                                        signal.slot(), [&](std::exception_ptr end) { outcome = end; })));
    const auto error_of = [](std::future<void>& call) -> std::optional<RemotingError> {
        try {
            call.get();
            return std::nullopt;
        } catch (const RemotingError& error) {
            return error;
        }
    };
    std::size_t begun = 1;
    for (auto& call : calls) {
        if (const auto error = error_of(call)) {
            EXPECT_EQ(error->code(), ErrorCode::deadline_exceeded) << error->what();
            begun += error->executed() == Executed::maybe ? 1 : 0;
        }
    }
    EXPECT_GT(begun, 1U);
    signal.emit(asio::cancellation_type::terminal);
    context.run();
    ASSERT_TRUE(outcome != nullptr);
    EXPECT_EQ(thrown<RemotingError>([&] { std::rethrow_exception(outcome); })->code(), ErrorCode::cancelled);
    EXPECT_GE(take_requests(*server).size(), begun) << "what was begun is sent all the same";
}

INSTANTIATE_TEST_SUITE_P(Messages, BlockedPeer, testing::Values(100'000, 400'000), [](const auto& tested) {
    return tested.param > 200'000 ? "OfManyPieces" : "OfOnePiece";
});

TEST_F(IdleConnections, AreClosedAndMadeAgainWhenTheyAreNeeded)
{
    start();
    Client client(idle_options());
    const auto object = client.get_object<probe::Probe>("test://server/probe");
    EXPECT_EQ(object->Add(1, 2), 3);
    ASSERT_TRUE(disconnected.wait_until_at_least(1));
    EXPECT_EQ(object->Add(3, 4), 7);
    EXPECT_EQ(object->async_Add(5, 6, asio::use_future).get(), 11);
    EXPECT_GE(connected.value(), 2);
}

TEST_F(IdleConnections, LastWhileObjectsAreHeldOrCallsRun)
{
    servant->on_run = [this](std::int32_t value) {
        static_cast<void>(gate.wait());
        return value;
    };
    start();
    Client holding(idle_options());
    const auto held = holding.create_object<probe::Session>("test://server", "held");
    Client calling(idle_options());
    auto running = calling.get_object<probe::Probe>("test://server/probe")->async_Run(7, asio::use_future);
    Client idle(idle_options());
    for (int i = 1; i <= 3; ++i) {
        EXPECT_EQ(idle.get_object<probe::Probe>("test://server/other")->Add(1, 1), 2);
        ASSERT_TRUE(disconnected.wait_until_at_least(i));
    }
    EXPECT_EQ(disconnected.value(), 3);
    EXPECT_EQ(held->Name(), "held");
    gate.open();
    EXPECT_EQ(running.get(), 7);
}

TEST_F(IdleConnections, AreClosedByTheServerToo)
{
    server_options.limits.idle_close = 20ms;
    Tally gone;
    server_options.on_disconnected = [&](const auto&...) { gone.add(); };
    start();
    Client client(client_options());
    const auto object = client.get_object<probe::Probe>("test://server/probe");
    for (int i = 1; i <= 3; ++i) {
        EXPECT_EQ(object->Add(i, 2), i + 2);
        EXPECT_TRUE(gone.wait_until_at_least(i));
    }
}

}  // namespace remoting::test
