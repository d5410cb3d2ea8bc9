// SPDX-License-Identifier: BSL-1.0
#include "asked_servants.hpp"
#include "calls_servant.hpp"

#include "errors.hpp"
#include "way.hpp"

#include <remoting/messaging/trace_parent.hpp>
#include <remoting/sinks/call_recorder.hpp>
#include <remoting/sinks/compression_sink.hpp>
#include <remoting/sinks/logging_sink.hpp>
#include <remoting/sinks/metrics_sink.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <sstream>
#include <stdexcept>

// The shipped sinks, all of them on both sides, with real calls.

namespace contract {
namespace {

namespace asio = boost::asio;
using remoting::CallRecorder;
using remoting::ErrorCode;
using remoting::Executed;
using remoting::MetricsSink;
using remoting::RecordedCall;
using remoting::test::expect_error;

struct Side {
    remoting::MessageSinks sinks() const
    {
        const auto logger =
            std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(*log));
        return {metrics, recorder, std::make_shared<remoting::LoggingSink>(logger)};
    }

    std::shared_ptr<MetricsSink> metrics = std::make_shared<MetricsSink>();
    std::shared_ptr<CallRecorder> recorder = std::make_shared<CallRecorder>();
    std::shared_ptr<std::ostringstream> log = std::make_shared<std::ostringstream>();
};

class ShippedSinks : public remoting::test::ChannelTest {
protected:
    remoting::test::Rig& both()
    {
        auto server_options = place().server_options();
        auto client_options = place().client_options();
        server_options.message_sinks = server.sinks();
        client_options.message_sinks = client.sinks();
        server_options.byte_sinks = {std::make_shared<remoting::CompressionSink>()};
        client_options.byte_sinks = {std::make_shared<remoting::CompressionSink>()};
        return rig(std::move(server_options), std::move(client_options));
    }

    Side server;
    Side client;
};

INSTANTIATE_TEST_SUITE_P(Contract, ShippedSinks, remoting::test::every_channel(), remoting::test::name_of);

TEST_P(ShippedSinks, SeeEveryCallOfEveryStyleOnBothSides)
{
    auto& made = both();
    made.server().publish<Asked>("plain", std::make_shared<AskedServant>([] {}));
    const auto nothing = []() -> asio::awaitable<void> { co_return; };
    made.server().register_singleton<Asked>("coroutine", [&] { return std::make_shared<AskedCoroutines>(nothing); });
    {
        remoting::CallContextScope scope;
        const auto trace = remoting::start_trace(scope.context());
        for (const char* const object : {"plain", "coroutine"}) {
            const auto asked = made.client().get_object<Asked>(made.url_of(object));
            EXPECT_EQ(asked->Ask(1), 1);
            EXPECT_EQ(asked->async_Ask(2, asio::use_future).get(), 2);
        }
        made.destroy_server();
        for (const Side* const side : {&server, &client}) {
            const auto metrics = side->metrics->snapshot();
            ASSERT_EQ(metrics.size(), 1U);
            EXPECT_EQ(metrics[0].method, "contract.Asked.Ask");
            EXPECT_EQ(metrics[0].calls, 4U);
            EXPECT_EQ(metrics[0].failures(), 0U);
            EXPECT_GT(metrics[0].percentile(0.5), remoting::Duration::zero());
            const auto calls = side->recorder->calls();
            ASSERT_EQ(calls.size(), 4U);
            EXPECT_TRUE(
                std::ranges::all_of(calls, [&](const RecordedCall& call) { return call.trace == trace.to_string(); }));
            EXPECT_EQ(calls[0].object, "plain");
            EXPECT_EQ(calls[3].object, "coroutine");
            const std::string log = side->log->str();
            EXPECT_EQ(std::ranges::count(log, '\n'), 4);
            EXPECT_NE(log.find("contract.Asked.Ask on 'plain', peer "), std::string::npos);
            EXPECT_NE(log.find(": ok traceparent=" + trace.to_string()), std::string::npos);
        }
    }
}

TEST_P(ShippedSinks, SeeHowCallsFail)
{
    auto& made = both();
    made.server().publish<Asked>("declared", std::make_shared<AskedServant>([] { throw Declined("no"); }));
    made.server().publish<Asked>("mistaken", std::make_shared<AskedServant>([] { throw std::runtime_error("oh"); }));
    const auto call = [&](const char* object) {
        const auto asked = made.client().get_object<Asked>(made.url_of(object));
        EXPECT_ANY_THROW(asked->Ask(1));
        EXPECT_ANY_THROW(asked->async_Ask(2, asio::use_future).get());
    };
    call("declared");
    call("mistaken");
    call("absent");
    const std::map<ErrorCode, std::uint64_t> on_client{
        {ErrorCode::user_exception, 2}, {ErrorCode::internal, 2}, {ErrorCode::object_not_found, 2}};
    EXPECT_EQ(client.metrics->snapshot().at(0).errors, on_client);
    const std::map<ErrorCode, std::uint64_t> on_server{{ErrorCode::user_exception, 2}, {ErrorCode::internal, 2}};
    made.destroy_server();
    EXPECT_EQ(server.metrics->snapshot().at(0).errors, on_server);
    EXPECT_EQ(server.recorder->calls().at(0).error, "contract.Declined");
    EXPECT_EQ(server.recorder->calls().at(2).error, "std::runtime_error");
}

TEST_P(ShippedSinks, CarryLargeAndSmallValuesCompressedOrNot)
{
    auto& made = both();
    const auto servant = std::make_shared<ControlServant>();
    const auto control = made.serve<Control>(servant);
    for (const std::uint32_t size : {0U, 100U, 2'000U, 100'000U, 3'000'000U}) {
        EXPECT_EQ(control->Fill(size), servant->Fill(size));
        EXPECT_EQ(control->Measure(servant->Fill(size)), size);
    }
    std::string a = "a";
    std::string b(5000, 'b');
    control->Swap(a, b);
    EXPECT_EQ(a.size(), 5000U);
}

TEST_P(ShippedSinks, KeepToTheLimitOfMessagesThatCompressionWouldPass)
{
    auto options = place().server_options();
    options.limits.message_size = 100'000;
    options.byte_sinks = {std::make_shared<remoting::CompressionSink>(remoting::CompressionOptions{}, options.limits)};
    auto client_options = place().client_options();
    client_options.byte_sinks = {std::make_shared<remoting::CompressionSink>()};
    auto& made = rig(std::move(options), std::move(client_options));
    const auto control = made.serve<Control>(std::make_shared<ControlServant>());
    remoting::Bytes letters(150'000);
    std::minstd_rand random(7);
    std::ranges::generate(letters, [&] { return static_cast<std::byte>('a' + random() % 4); });
    const auto error = expect_error(ErrorCode::limit_exceeded, Executed::no, [&] { control->Measure(letters); });
    EXPECT_NE(error.cause().find("decompressed"), std::string::npos) << error.what();
    EXPECT_EQ(control->Add(1, 2), 3);
}

}  // namespace
}  // namespace contract
