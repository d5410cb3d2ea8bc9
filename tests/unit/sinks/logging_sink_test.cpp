// SPDX-License-Identifier: BSL-1.0
#include "observed_call.hpp"

#include <remoting/sinks/logging_sink.hpp>

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/ostream_sink.h>

#include <chrono>
#include <sstream>
#include <stdexcept>

namespace remoting::test {
namespace {

using namespace std::chrono_literals;

class Logging : public testing::Test {
protected:
    LoggingSink& sink(LoggingOptions options = {})
    {
        sink_ = std::make_unique<LoggingSink>(logger, std::move(options), clock);
        return *sink_;
    }
    std::shared_ptr<spdlog::logger> make_logger()
    {
        auto made = std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_st>(said));
        made->set_pattern("%l: %v");
        return made;
    }

    FakeClock clock;
    std::ostringstream said;
    std::shared_ptr<spdlog::logger> logger = make_logger();
    std::unique_ptr<LoggingSink> sink_;
};

TEST_F(Logging, WritesALineForEachCallWhenItIsOver)
{
    ObservedCalls calls(sink(), clock);
    calls.run("Add", 1250us);
    EXPECT_EQ(said.str(), "info: client probe.Probe.Add on 'probe', peer test://peer, 1.25 ms: ok\n");
    said.str("");
    calls.on_server = true;
    calls.run_later("Post", 2ms);
    EXPECT_EQ(said.str(), "info: server probe.Probe.Post on 'probe', peer test://peer, 2.00 ms: ok\n");
}

TEST_F(Logging, SaysHowACallFailedButNotWhatTheServantSays)
{
    ObservedCalls calls(sink(), clock);
    EXPECT_THROW(calls.run("Add", 1ms, [] { throw RemotingError(ErrorCode::cancelled, Executed::no, "given up"); }),
                 RemotingError);
    EXPECT_THROW(calls.run("Add", 1ms, [] { throw probe::Forbidden("the secret", 3); }), probe::Forbidden);
    EXPECT_THROW(calls.run_later("Add", 1ms, [] { throw std::runtime_error("the secret"); }), std::runtime_error);
    const std::string beginning = "warning: client probe.Probe.Add on 'probe', peer test://peer, 1.00 ms: ";
    EXPECT_EQ(said.str(), beginning + "cancelled (given up)\n" + beginning + "user_exception (probe.Forbidden)\n" +
                              beginning + "internal (std::runtime_error)\n");
}

TEST_F(Logging, SaysWhatTheServantSaysWhenItIsAskedTo)
{
    ObservedCalls calls(sink({.exception_texts = true}), clock);
    EXPECT_THROW(calls.run("Add", 1ms, [] { throw std::runtime_error("a mistake"); }), std::runtime_error);
    EXPECT_NE(said.str().find("internal (std::runtime_error): a mistake\n"), std::string::npos) << said.str();
}

TEST_F(Logging, ShowsOnlyThoseKeysOfTheContextThatAreListed)
{
    ObservedCalls calls(sink({.context_keys = {"tenant", "absent"}}), clock);
    calls.context = {{"tenant", "blue"}, {"password", "the secret"}};
    calls.run("Add", 1ms);
    EXPECT_NE(said.str().find(": ok tenant=blue\n"), std::string::npos) << said.str();
}

TEST_F(Logging, ShowsValuesOnlyAsItIsTold)
{
    ObservedCalls calls(
        sink({.describe = [](const MethodCall& call) { return std::string(call.method.name) + "(***)"; }}), clock);
    calls.run("Add", 1ms);
    EXPECT_NE(said.str().find(": ok Add(***)\n"), std::string::npos) << said.str();
}

TEST_F(Logging, KeepsEachCallOnOneLine)
{
    ObservedCalls calls(sink(), clock);
    calls.object = "x\nerror: forged\x1B[2J";
    calls.run("Add", 1ms);
    EXPECT_EQ(said.str(), "info: client probe.Probe.Add on 'x error: forged [2J', peer test://peer, 1.00 ms: ok\n");
}

TEST_F(Logging, AsksTheLoggerForItsLevel)
{
    logger->set_level(spdlog::level::warn);
    ObservedCalls calls(sink({.describe = [](const MethodCall&) -> std::string {
                            ADD_FAILURE() << "nobody would read it";
                            return {};
                        }}),
                        clock);
    calls.run("Add", 1ms);
    EXPECT_EQ(said.str(), "");
}

TEST_F(Logging, FailsNoCallWhenItFails)
{
    ObservedCalls calls(sink({.describe = [](const MethodCall&) -> std::string { throw std::runtime_error("no"); }}),
                        clock);
    EXPECT_NO_THROW(calls.run("Add", 1ms));
    EXPECT_THROW(calls.run_later("Add", 1ms, [] { throw std::logic_error("of the servant"); }), std::logic_error);
}

}  // namespace
}  // namespace remoting::test
