// SPDX-License-Identifier: BSL-1.0
#include "observed_call.hpp"

#include "errors.hpp"

#include <remoting/sinks/metrics_sink.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

namespace remoting::test {
namespace {

using namespace std::chrono_literals;

class Metrics : public testing::Test {
protected:
    FakeClock clock;
    MetricsSink sink{clock};
    ObservedCalls calls{sink, clock};
};

TEST_F(Metrics, AreEmptyBeforeTheFirstCall)
{
    EXPECT_TRUE(sink.snapshot().empty());
}

TEST_F(Metrics, CountCallsOfEachMethodOnEachSide)
{
    calls.run("Add", 1ms);
    calls.run_later("Add", 3ms);
    calls.run("Echo", 5ms);
    calls.on_server = true;
    calls.run("Add", 7ms);
    const auto seen = sink.snapshot();
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(seen[0].method, "probe.Probe.Add");
    EXPECT_FALSE(seen[0].on_server);
    EXPECT_EQ(seen[0].calls, 2U);
    EXPECT_EQ(seen[0].total, 4ms);
    EXPECT_EQ(seen[0].mean(), 2ms);
    EXPECT_EQ(seen[0].longest, 3ms);
    EXPECT_EQ(seen[1].method, "probe.Probe.Add");
    EXPECT_TRUE(seen[1].on_server);
    EXPECT_EQ(seen[1].longest, 7ms);
    EXPECT_EQ(seen[2].method, "probe.Probe.Echo");
}

TEST_F(Metrics, CountErrorsByTheirCode)
{
    const auto fail_with = [&](auto error) {
        EXPECT_THROW(calls.run("Add", 1ms, [&] { throw error; }), decltype(error));
        EXPECT_THROW(calls.run_later("Add", 1ms, [&] { throw error; }), decltype(error));
    };
    fail_with(RemotingError(ErrorCode::deadline_exceeded, Executed::maybe, "late"));
    fail_with(probe::Forbidden("no", 3));
    fail_with(std::runtime_error("a mistake"));
    EXPECT_THROW(calls.run("Add", 1ms, [] { throw 42; }), int);
    calls.run("Add", 1ms);
    const MethodMetrics seen = sink.snapshot().at(0);
    EXPECT_EQ(seen.calls, 8U);
    EXPECT_EQ(seen.failures(), 7U);
    EXPECT_THAT(seen.errors, testing::ElementsAre(testing::Pair(ErrorCode::user_exception, 2U),
                                                  testing::Pair(ErrorCode::internal, 3U),
                                                  testing::Pair(ErrorCode::deadline_exceeded, 2U)));
}

TEST_F(Metrics, TellPercentilesThatAreTooHighByAnEighthAtMost)
{
    for (int i = 1; i <= 1000; ++i) {
        calls.run("Add", std::chrono::microseconds(i));
    }
    const MethodMetrics seen = sink.snapshot().at(0);
    for (const double share : {0.01, 0.5, 0.9, 0.99}) {
        const auto exact = std::chrono::microseconds(static_cast<int>(share * 1000));
        EXPECT_GE(seen.percentile(share), exact) << share;
        EXPECT_LE(seen.percentile(share), exact + exact / 8) << share;
    }
    EXPECT_EQ(seen.percentile(1), 1ms);
    EXPECT_GT(seen.percentile(0), 0ns);
    EXPECT_EQ(MethodMetrics{}.percentile(0.5), Duration::zero());
}

TEST_F(Metrics, HaveABucketForEveryDuration)
{
    const std::vector<Duration> durations{0ns, 1ns, 7ns, 8ns, 9ns, 15ns, 16ns, 1us, 1ms, 1s, 1h, 2h, 1000h};
    for (const Duration duration : durations) {
        sink.reset();
        calls.run("Add", duration);
        const MethodMetrics seen = sink.snapshot().at(0);
        ASSERT_EQ(seen.latencies.size(), 1U);
        EXPECT_EQ(seen.latencies[0].calls, 1U);
        EXPECT_EQ(seen.longest, duration);
        EXPECT_EQ(seen.percentile(0.5), std::min(seen.latencies[0].longest, duration));
        if (duration <= 2h) {
            EXPECT_GE(seen.latencies[0].longest, duration);
            EXPECT_LE(seen.latencies[0].longest, duration + duration / 8);
        }
    }
}

TEST_F(Metrics, AreForgottenOnDemand)
{
    calls.run("Add", 1ms);
    sink.reset();
    EXPECT_TRUE(sink.snapshot().empty());
    calls.run("Add", 2ms);
    EXPECT_EQ(sink.snapshot().at(0).total, 2ms);
}

TEST_F(Metrics, ArePrintedAsATable)
{
    calls.run("Add", 1500us);
    EXPECT_THROW(calls.run("Add", 1500us, [] { throw probe::Refused("no"); }), probe::Refused);
    calls.on_server = true;
    calls.run("Echo", 2s);
    EXPECT_EQ(
        to_table(sink.snapshot()),
        "method            side        calls       mean        p50        p90        p99    longest  errors\n"
        "probe.Probe.Add   client          2     1.5 ms     1.5 ms     1.5 ms     1.5 ms     1.5 ms  1 user_exception\n"
        "probe.Probe.Echo  server          1     2.00 s     2.00 s     2.00 s     2.00 s     2.00 s  -\n");
}

TEST_F(Metrics, LoseNothingWhenThreadsCountAtOnce)
{
    constexpr int each = 2000;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            ObservedCalls own(sink, clock);
            own.on_server = i % 2 == 0;
            for (int n = 0; n < each; ++n) {
                own.run(n % 2 == 0 ? "Add" : "Echo", 1us);
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    std::uint64_t sum = 0;
    for (const auto& method : sink.snapshot()) {
        sum += method.calls;
        EXPECT_EQ(method.calls, static_cast<std::uint64_t>(each));
    }
    EXPECT_EQ(sum, 4U * each);
}

}  // namespace
}  // namespace remoting::test
