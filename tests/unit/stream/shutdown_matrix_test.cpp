// SPDX-License-Identifier: BSL-1.0
// A server is stopped, in each way, while its connection is in each state: it ends in time and says what it cut.
#include "probe.remoting.async.hpp"
#include "raw_peer.hpp"
#include "stream_fixture.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/serialization/archive.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>

namespace remoting::test {

namespace {

using namespace std::chrono_literals;

enum class Ending { gracefully, at_once, by_destructor };

ByteVector encoded(const auto&... values)
{
    Buffer buffer;
    OutputArchive archive(buffer);
    (void)(archive & ... & values);
    return {buffer.data(), buffer.data() + buffer.size()};
}

ByteVector call_of(std::uint64_t id, std::string_view method, const ByteVector& arguments,
                   std::string_view object = "probe", std::string_view interface_name = "probe.Probe")
{
    return request_of(id,
                      {.object_alias = 1,
                       .method_alias = static_cast<std::uint32_t>(id),
                       .uri = object,
                       .interface_name = interface_name,
                       .method_name = method},
                      arguments);
}

/// Never comes to its end by itself.
class SuspendedWatcher final : public probe::WatcherAsync {
public:
    explicit SuspendedWatcher(Tally& entered) : entered_(entered) {}
    boost::asio::awaitable<std::int32_t> Changed(std::int32_t value) override
    {
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 1h);
        entered_.add();
        co_await timer.async_wait(boost::asio::use_awaitable);
        co_return value;
    }
    boost::asio::awaitable<void> Told(std::int32_t) override { co_return; }

private:
    Tally& entered_;
};

class ShutdownMatrix : public StreamFixture, public testing::WithParamInterface<std::tuple<std::string, Ending>> {
protected:
    void SetUp() override
    {
        server_options.limits.unauthenticated_time = 60s;
        if (std::get<0>(GetParam()) == "PingPending") {
            server_options.limits.ping_interval = 1ms;
        }
        servant->on_run = [this](std::int32_t value) {
            entered.add();
            static_cast<void>(gate.wait());
            return value;
        };
        start();
        server->register_singleton<probe::Watcher>("suspended", [this] { return suspended; });
        peer.emplace(dial());
    }

    void greet()
    {
        peer->send(hello_of());
        ASSERT_TRUE(peer->receive(FrameKind::hello).has_value());
    }
    /// All that was sent before has been read.
    void settle()
    {
        peer->send(frame_of(FrameKind::ping, 99));
        ASSERT_TRUE(peer->receive(FrameKind::pong).has_value());
    }

    /// Brings the connection into the state. Returns how many calls a stop that does not wait cuts.
    std::size_t prepare(const std::string& state)
    {
        if (state == "Handshaking") {
            return 0;
        }
        greet();
        const ByteVector run = call_of(1, "Run", encoded(std::int32_t{1}));
        if (state == "Idle") {
            settle();
        } else if (state == "RequestHalfRead") {
            settle();
            peer->send(std::span(run).first(run.size() - 2));
        } else if (state == "LongRequestHalfRead") {
            const ByteVector whole = call_of(1, "Echo", encoded(Bytes(1'000'000)));
            peer->send(frame_of(FrameKind::piece, 1, std::span(whole).first(first_piece_size), flag_first_piece));
            settle();
            return 1;
        } else if (state == "Running") {
            peer->send(run);
            EXPECT_TRUE(entered.wait_until_at_least(1));
            return 1;
        } else if (state == "Queued") {
            peer->send(run + call_of(2, "Add", encoded(std::int32_t{1}, std::int32_t{2})));
            EXPECT_TRUE(entered.wait_until_at_least(1));
            settle();
            return 2;
        } else if (state == "Nested") {
            const std::string watcher(32, '0');
            ByteVector arguments = encoded(std::uint8_t{1}, watcher, std::string("probe.Watcher"), std::int32_t{5});
            peer->send(call_of(1, "Ask", arguments));
            EXPECT_TRUE(peer->receive(FrameKind::request).has_value()) << "which is not answered";
            return 1;
        } else if (state == "ReplyHalfWritten") {
            peer->send(call_of(1, "Echo", encoded(Bytes(3'000'000))));
            EXPECT_TRUE(eventually([&] { return servant->echoes == 1; }));
            settle();  // the pong passes what is left of the reply
        } else if (state == "CoroutineSuspended" || state == "WaitingForACoroutine") {
            const ByteVector one = encoded(std::int32_t{1});
            peer->send(call_of(1, "Changed", one, "suspended", "probe.Watcher"));
            EXPECT_TRUE(entered.wait_until_at_least(1));
            if (state == "CoroutineSuspended") {
                return 1;
            }
            peer->send(call_of(2, "Changed", one, "suspended", "probe.Watcher"));
            settle();
            return 2;
        } else if (state == "PingPending") {
            EXPECT_TRUE(peer->receive(FrameKind::ping).has_value());
        } else if (state == "CallerGone") {
            peer->send(run);
            EXPECT_TRUE(entered.wait_until_at_least(1));
            peer->finish_sending();
            EXPECT_TRUE(peer->sees_the_end());
        } else {
            ADD_FAILURE() << "no such state: " << state;
        }
        return 0;
    }

    Tally entered;
    const std::shared_ptr<SuspendedWatcher> suspended = std::make_shared<SuspendedWatcher>(entered);
    std::optional<RawPeer> peer;
};

std::string name_of_case(const testing::TestParamInfo<std::tuple<std::string, Ending>>& tested)
{
    const std::map<Ending, std::string> endings{{Ending::gracefully, "StoppedGracefully"},
                                                {Ending::at_once, "StoppedAtOnce"},
                                                {Ending::by_destructor, "Destroyed"}};
    return std::get<0>(tested.param) + endings.at(std::get<1>(tested.param));
}

}  // namespace

TEST_P(ShutdownMatrix, EndsInTimeAndSaysWhatItCut)
{
    const auto [state, ending] = GetParam();
    const std::size_t cut = prepare(state);
    const auto begin = std::chrono::steady_clock::now();
    const auto elapsed = [&] { return std::chrono::steady_clock::now() - begin; };
    switch (ending) {
        case Ending::gracefully: {
            const StopReport report = server->stop(300ms);
            EXPECT_LT(elapsed(), (300ms + 250ms) * slack);
            EXPECT_EQ(report.calls_cut, cut);
            break;
        }
        case Ending::at_once: {
            const StopReport report = server->stop(0s);
            EXPECT_LT(elapsed(), 250ms * slack);
            EXPECT_GE(report.calls_cut, cut);
            EXPECT_LE(report.calls_cut, cut + (state == "ReplyHalfWritten" ? 1 : 0)) << "perhaps the one that is answered";
            break;
        }
        case Ending::by_destructor: {
            // It waits for servants that run, and for nothing else.
            std::thread opener([&] {
                std::this_thread::yield();
                gate.open();
            });
            server.reset();
            opener.join();
            EXPECT_LT(elapsed(), 1s * slack);
            break;
        }
    }
    EXPECT_TRUE(peer->sees_the_end());
    gate.open();
    server.reset();
    EXPECT_EQ(servant.use_count(), 1) << "nobody holds the servant any more";
    EXPECT_EQ(suspended.use_count(), 1);
}

TEST_P(ShutdownMatrix, MayBeAskedForTwiceAndByTwo)
{
    const auto [state, ending] = GetParam();
    if (ending != Ending::gracefully) {
        prepare(state);
        std::thread other([&] { server->stop(0s); });
        server->stop(100ms);
        other.join();
        EXPECT_EQ(server->stop(0s).connections_closed, 0U);
        gate.open();
        return;
    }
    prepare(state);
    gate.open();
    peer.reset();  // what it waited for has no caller
    server->stop(patience);
    EXPECT_EQ(server->stop(0s).calls_cut, 0U);
}

INSTANTIATE_TEST_SUITE_P(Stops, ShutdownMatrix,
                         testing::Combine(testing::Values("Idle", "Handshaking", "RequestHalfRead", "LongRequestHalfRead",
                                                          "Running", "Queued", "Nested", "ReplyHalfWritten", "CallerGone",
                                                          "CoroutineSuspended", "WaitingForACoroutine", "PingPending"),
                                          testing::Values(Ending::gracefully, Ending::at_once, Ending::by_destructor)),
                         name_of_case);

}  // namespace remoting::test
