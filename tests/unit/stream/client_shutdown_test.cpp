// SPDX-License-Identifier: BSL-1.0
// A client is closed or destroyed while its connection is in each state: in time, its calls end, and nothing is left.
#include "faulty_stream.hpp"
#include "open_descriptors.hpp"
#include "pair_stream.hpp"
#include "probe.remoting.async.hpp"
#include "probe_servant.hpp"
#include "raw_peer.hpp"
#include "waiting.hpp"

#include <remoting/channels/channel_host.hpp>
#include <remoting/channels/client_channel.hpp>
#include <remoting/client.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/proxies/objects.hpp>
#include <remoting/serialization/archive.hpp>

#include <gtest/gtest.h>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace remoting::test {

namespace {

using namespace std::chrono_literals;

/// What close() may take: for the peers to close their side, and beyond.
constexpr auto closing_time = (200ms + 250ms) * slack;
constexpr auto& use_future = boost::asio::use_future;

/// A client's other end: silent, or written by hand.
class RawListener final : public ClientChannel {
public:
    enum class Manner { greets, is_mute, does_not_answer };

    std::shared_ptr<Connection> connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline) override
    {
        const int attempt = attempts.add();
        if (manner == Manner::does_not_answer) {
            Gate never;
            while (!host.is_stopping()) {
                static_cast<void>(never.wait(1ms));
            }
            throw RemotingError(ErrorCode::shutting_down, Executed::no, "this side is stopping");
        }
        if (attempt > 1) {
            throw RemotingError(ErrorCode::connect_failed, Executed::no, "refused");
        }
        const auto [near, far] = make_descriptor_pair();
        peer.emplace(far);
        if (manner != Manner::is_mute) {
            peer->send(hello_of({7, 1000}, 4U << 20U, places));
        }
        connected.open();
        return host.open(std::make_unique<FaultyStream>(std::make_unique<PairStream>(near), plan), url, deadline);
    }

    Manner manner = Manner::greets;
    std::uint32_t places = 1024;
    Tally attempts;
    Gate connected;
    std::optional<RawPeer> peer;
    const std::shared_ptr<FaultPlan> plan = std::make_shared<FaultPlan>();  ///< without a fault: it counts
};

enum class Ending { closed, destroyed };
enum class Style { waiting, started };

class ClientShutdown : public testing::TestWithParam<std::tuple<std::string, Style, Ending>> {
protected:
    /// Makes a call in that style and remembers how it ends.
    template <class Wait, class Start>
    void call(Wait wait, Start start)
    {
        if (std::get<Style>(GetParam()) == Style::waiting) {
            calls_.push_back(std::async(std::launch::async, [this, wait] { note(wait); }));
        } else {
            calls_.push_back(
                std::async(std::launch::deferred, [this, future = start().share()] { note([&] { future.get(); }); }));
        }
    }
    void add(const CallOptions& options = {})
    {
        call([this, options] { with_options(proxy_, options)->Add(1, 2); },
             [this, options] { return proxy_->async_Add(options, 1, 2, use_future); });
    }
    void echo(std::size_t size)
    {
        call([this, size] { proxy_->Echo(Bytes(size)); },
             [this, size] { return proxy_->async_Echo(Bytes(size), use_future); });
    }
    template <class F>
    void note(F wait)
    {
        try {
            wait();
        } catch (const RemotingError& error) {
            const std::lock_guard lock(mutex_);
            errors_.push_back(error);
        }
    }
    std::uint64_t receive_request()
    {
        EXPECT_TRUE(listener_->connected.wait());
        const auto request = listener_->peer->receive(FrameKind::request);
        EXPECT_TRUE(request.has_value());
        return request ? request->header.id : 0;
    }

    void connect(ClientOptions options = {})
    {
        options.channels = ChannelRegistry();
        options.channels.add("raw", listener_, nullptr);
        client_.emplace(std::move(options));
        proxy_ = client_->get_object<probe::Probe>("raw://server/probe");
    }

    /// Brings the client into the state.
    void prepare(const std::string& state)
    {
        using Manner = RawListener::Manner;
        ClientOptions options;
        if (state == "Connecting") {
            listener_->manner = Manner::does_not_answer;
            connect();
            add();
            EXPECT_TRUE(listener_->attempts.wait_until_at_least(1));
        } else if (state == "Handshaking") {
            listener_->manner = Manner::is_mute;
            connect();
            add();
            EXPECT_TRUE(listener_->connected.wait());
            EXPECT_TRUE(listener_->peer->receive(FrameKind::hello).has_value());
        } else if (state == "Idle") {
            connect();
            add();
            answer(receive_request());
            calls_.clear();
        } else if (state == "CallUnderWay") {
            connect();
            add();
            receive_request();
        } else if (state == "WaitingForAPlace") {
            listener_->places = 1;
            connect();
            add();
            receive_request();
            add();
        } else if (state == "RequestHalfWritten") {
            connect();
            echo(3'000'000);
            EXPECT_TRUE(eventually([&] { return listener_->plan->writes > 2; }))
                << "the hello, what is taken, and more";
        } else if (state == "ReplyHalfRead") {
            connect();
            echo(10);
            const ByteVector reply = frame_of(FrameKind::reply, receive_request(), ByteVector(100));
            listener_->peer->send(std::span(reply).first(60));
        } else if (state == "LongReplyHalfRead") {
            connect();
            echo(10);
            const ByteVector reply = frame_of(FrameKind::reply, receive_request(), ByteVector(1'000'000));
            listener_->peer->send(
                frame_of(FrameKind::piece, 1, std::span(reply).first(first_piece_size), flag_first_piece));
        } else if (state == "CallbackRunning") {
            prepare_callback();
        } else if (state == "Reconnecting") {
            options.retry.first_pause = 30s;
            connect(std::move(options));
            add({.idempotent = true});
            receive_request();
            listener_->peer.reset();
        } else if (state == "PingPending") {
            options.limits.ping_interval = 1ms;
            connect(std::move(options));
            add();
            receive_request();
            EXPECT_TRUE(listener_->peer->receive(FrameKind::ping).has_value());
        } else {
            ADD_FAILURE() << "no such state: " << state;
        }
    }
    void answer(std::uint64_t id)
    {
        Buffer buffer;
        OutputArchive archive(buffer);
        archive& std::int32_t{3};
        listener_->peer->send(
            frame_of(FrameKind::reply, id, {buffer.data(), buffer.size()}, static_cast<std::uint8_t>(Executed::yes)));
        calls_.front().get();
    }
    /// The peer calls the object it was given back, within the call.
    void prepare_callback()
    {
        watcher_->on_changed = [this](std::int32_t value) {
            entered_.open();
            EXPECT_TRUE(leave_.wait());
            return value;
        };
        connect();
        call([this] { proxy_->Ask(watcher_, 1); }, [this] { return proxy_->async_Ask(watcher_, 1, use_future); });
        EXPECT_TRUE(listener_->connected.wait());
        const auto request = listener_->peer->receive(FrameKind::request);
        ASSERT_TRUE(request.has_value());
        const std::string body(reinterpret_cast<const char*>(request->body.data()), request->body.size());
        const auto name = body.find("probe.Watcher");
        ASSERT_NE(name, std::string::npos);
        const char* const characters = "0123456789abcdef-";
        const auto last = body.find_last_of(characters, name - 1);
        const auto before = body.find_last_not_of(characters, last);
        const std::string uri = body.substr(before + 1, last - before);
        Buffer buffer;
        OutputArchive archive(buffer);
        archive& std::int32_t{5};
        listener_->peer->send(request_of(1,
                                         {.object_alias = 1,
                                          .method_alias = 1,
                                          .uri = uri,
                                          .interface_name = "probe.Watcher",
                                          .method_name = "Changed"},
                                         {buffer.data(), buffer.size()}));
        EXPECT_TRUE(entered_.wait());
    }

    /// With one for this thread, for waits that others may end.
    const std::ptrdiff_t descriptors_ = open_descriptors() + 1;
    Gate entered_;
    Gate leave_;
    const std::shared_ptr<WatcherServant> watcher_ = std::make_shared<WatcherServant>();
    const std::shared_ptr<RawListener> listener_ = std::make_shared<RawListener>();
    std::optional<Client> client_;
    std::shared_ptr<probe::Probe> proxy_;
    std::vector<std::future<void>> calls_;
    std::mutex mutex_;
    std::vector<RemotingError> errors_;
};

std::string name_of_case(const testing::TestParamInfo<ClientShutdown::ParamType>& tested)
{
    const auto& [state, style, ending] = tested.param;
    return state + (style == Style::waiting ? "" : "WhereNobodyWaits") +
           (ending == Ending::closed ? "Closed" : "Destroyed");
}

TEST_P(ClientShutdown, EndsInTimeWithAllItsCallsAndLeavesNothing)
{
    const auto [state, style, ending] = GetParam();
    prepare(state);
    const std::size_t calls = calls_.size();
    const Stopwatch stopwatch;
    if (ending == Ending::closed) {
        client_->close();
    } else {
        leave_.open();  // a destructor waits for servants
        client_.reset();
    }
    EXPECT_LT(stopwatch.elapsed(), closing_time);
    leave_.open();
    for (auto& call : calls_) {
        call.get();
    }
    EXPECT_LT(stopwatch.elapsed(), closing_time + 1s * slack);
    EXPECT_EQ(errors_.size(), calls);
    for (const RemotingError& error : errors_) {
        const bool may_have_run = state != "Connecting" && state != "Handshaking";
        EXPECT_EQ(to_string(error.code()),
                  to_string(state == "Reconnecting" ? ErrorCode::connection_lost : ErrorCode::shutting_down))
            << error.what();
        EXPECT_TRUE(error.executed() == Executed::no || (may_have_run && error.executed() == Executed::maybe))
            << error.what();
    }
    if (listener_->peer) {
        EXPECT_TRUE(listener_->peer->sees_the_end());
        listener_->peer.reset();
    }
    client_.reset();
    proxy_.reset();
    // A future is told before the thread that tells it has let go of the arguments.
    EXPECT_TRUE(eventually([&] { return watcher_.use_count() == 1; })) << "somebody holds the client's object";
    EXPECT_TRUE(eventually([&] { return open_descriptors() <= descriptors_; }));
}

INSTANTIATE_TEST_SUITE_P(Stops, ClientShutdown,
                         testing::Combine(testing::Values("Connecting", "Handshaking", "Idle", "CallUnderWay",
                                                          "WaitingForAPlace", "RequestHalfWritten", "ReplyHalfRead",
                                                          "LongReplyHalfRead", "CallbackRunning", "Reconnecting",
                                                          "PingPending"),
                                          testing::Values(Style::waiting, Style::started),
                                          testing::Values(Ending::closed, Ending::destroyed)),
                         name_of_case);

}  // namespace

}  // namespace remoting::test
