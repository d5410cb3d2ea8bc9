// SPDX-License-Identifier: BSL-1.0
#include "counted_new.hpp"
#include "probe_servant.hpp"
#include "raw_peer.hpp"
#include "stream_fixture.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/serialization/archive.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

// A server as a peer sees it that writes its frames by hand: limits, misbehaviour, and calls that come in one read.

namespace remoting::test {

namespace {

ByteVector encoded(const auto&... values)
{
    Buffer buffer;
    OutputArchive archive(buffer);
    (void)(archive & ... & values);
    return {buffer.data(), buffer.data() + buffer.size()};
}

/// Defines object 1, the probe, and the method with `alias`.
ByteVector defining(std::uint64_t id, std::uint32_t alias, std::string_view method, const ByteVector& arguments,
                    bool one_way = false)
{
    RequestHead head{.object_alias = 1, .method_alias = alias, .one_way = one_way, .method_name = method};
    if (alias == 1) {
        head.uri = "probe";
        head.interface_name = "probe.Probe";
    }
    return request_of(id, head, arguments);
}

ByteVector plain(std::uint64_t id, std::uint32_t alias, const ByteVector& arguments, bool one_way = false)
{
    return request_of(id, {.object_alias = 1, .method_alias = alias, .one_way = one_way}, arguments);
}

class RawRequests : public StreamFixture {
protected:
    RawPeer& greet(RawPeer& peer)
    {
        peer.send(hello_of());
        EXPECT_TRUE(peer.receive(FrameKind::hello).has_value());
        return peer;
    }
    /// The server says why and closes.
    static void expect_close(RawPeer& peer, ErrorCode code, const std::string& part)
    {
        const auto frame = peer.receive(FrameKind::close);
        ASSERT_TRUE(frame.has_value());
        EXPECT_EQ(to_string(static_cast<ErrorCode>(frame->header.code)), to_string(code));
        const std::string text(reinterpret_cast<const char*>(frame->body.data()), frame->body.size());
        EXPECT_NE(text.find(part), std::string::npos) << text;
        EXPECT_TRUE(peer.sees_the_end());
    }
    static ErrorCode status_of(const std::optional<RawPeer::Frame>& frame)
    {
        return frame ? static_cast<ErrorCode>(frame->header.code) : ErrorCode::connection_lost;
    }
};

}  // namespace

TEST_F(RawRequests, AreAnsweredInOrderWhenTheyComeInOneRead)
{
    start();
    RawPeer peer(dial());
    ByteVector all = hello_of() + defining(1, 1, "Add", encoded(std::int32_t{1}, std::int32_t{1}));
    for (std::uint64_t id = 2; id <= 200; ++id) {
        all = all + plain(id, 1, encoded(static_cast<std::int32_t>(id), std::int32_t{0}));
    }
    peer.send(all);
    for (std::uint64_t id = 1; id <= 200; ++id) {
        const auto reply = peer.receive(FrameKind::reply);
        ASSERT_TRUE(reply.has_value());
        EXPECT_EQ(reply->header.id, id);
        EXPECT_EQ(reply->header.code, 0);
    }
}

TEST_F(RawRequests, LeaveNothingBehindWhenGarbageFollowsInTheSameRead)
{
    start();
    ping_pong();
    const std::ptrdiff_t descriptors = open_descriptors();
    for (int i = 0; i < 200; ++i) {
        RawPeer peer(dial());
        peer.send(hello_of() + defining(1, 1, "Add", encoded(std::int32_t{1}, std::int32_t{1})) +
                  plain(2, 1, encoded(std::int32_t{1}, std::int32_t{1})) + frame_of(static_cast<FrameKind>(0xFF), 0));
        EXPECT_TRUE(peer.sees_the_end());
    }
    EXPECT_TRUE(eventually([&] { return open_descriptors() <= descriptors; }))
        << open_descriptors() - descriptors << " descriptors leaked";
}

TEST_F(RawRequests, MustBeginWithAHello)
{
    start();
    RawPeer peer(dial());
    peer.send(frame_of(FrameKind::ping, 1));
    expect_close(peer, ErrorCode::protocol_error, "not a hello");
}

TEST_F(RawRequests, MayHaveOneHelloOnly)
{
    start();
    RawPeer peer(dial());
    greet(peer).send(hello_of());
    expect_close(peer, ErrorCode::protocol_error, "second hello");
}

TEST_F(RawRequests, NeedAWireVersionInCommon)
{
    start();
    RawPeer peer(dial());
    peer.send(make_hello_frame({.minimum_version = 1,
                                .maximum_version = 9,
                                .features = 0,
                                .maximum_message = 1000,
                                .maximum_in_flight = 1,
                                .token = {1, 1}}));
    expect_close(peer, ErrorCode::version_mismatch, "1 to 9");
}

TEST_F(RawRequests, AreLimitedBeforeTheHello)
{
    server_options.limits.unauthenticated_size = 300;
    start();
    const auto padded = [](std::size_t size) {
        ByteVector frame = hello_of();
        frame.resize(frame_header_size + size);
        frame[0] = static_cast<std::byte>(size);
        frame[1] = static_cast<std::byte>(size >> 8U);
        return frame;
    };
    for (const std::size_t size : {std::size_t{299}, std::size_t{300}}) {
        RawPeer peer(dial());
        peer.send(padded(size));
        EXPECT_TRUE(peer.receive(FrameKind::hello).has_value()) << size;
    }
    RawPeer peer(dial());
    peer.send(padded(301));
    const auto frame = peer.receive(FrameKind::close);
    EXPECT_EQ(status_of(frame), ErrorCode::limit_exceeded);
}

TEST_F(RawRequests, MustBeginInTime)
{
    server_options.limits.unauthenticated_time = std::chrono::milliseconds(30);
    start();
    RawPeer silent(dial());
    EXPECT_TRUE(silent.sees_the_end());
    RawPeer slow(dial());
    const ByteVector hello = hello_of();
    slow.send(std::span(hello).first(20));
    EXPECT_TRUE(slow.sees_the_end());
    RawPeer peer(dial());
    greet(peer);
}

TEST_F(RawRequests, ComeFromSoManyUnknownPeersAndNoMore)
{
    server_options.limits.unauthenticated_connections = 3;
    start();
    std::vector<std::unique_ptr<RawPeer>> silent;
    for (int i = 0; i < 3; ++i) {
        silent.push_back(std::make_unique<RawPeer>(dial()));
    }
    RawPeer refused(dial());
    EXPECT_TRUE(refused.sees_the_end());
    greet(*silent[0]);
    RawPeer admitted(dial());
    greet(admitted);
    silent[1].reset();
    EXPECT_TRUE(eventually([&] {
        RawPeer next(dial());
        next.send(hello_of());
        return next.receive(FrameKind::hello).has_value();
    }));
}

TEST_F(RawRequests, AreTakenUpToTheMessageLimitAndNoLonger)
{
    server_options.limits.message_size = 20'000;
    start();
    for (const std::size_t size : {std::size_t{19'999}, std::size_t{20'000}, std::size_t{20'001}}) {
        RawPeer peer(dial());
        greet(peer);
        ByteVector frame = defining(1, 1, "Add", encoded(std::int32_t{1}, std::int32_t{1}));
        const std::size_t body = frame.size() - frame_header_size;
        frame = defining(1, 1, "Add", encoded(std::int32_t{1}, std::int32_t{1}) + ByteVector(size - body));
        ASSERT_EQ(frame.size(), size + frame_header_size);
        peer.send(frame);
        if (size <= 20'000) {
            EXPECT_TRUE(peer.receive(FrameKind::reply).has_value()) << size;
        } else {
            expect_close(peer, ErrorCode::limit_exceeded, "20000");
        }
    }
}

TEST_F(RawRequests, MayHaveNamesUpToTheHeaderLimit)
{
    server_options.limits.header_size = 1000;
    start();
    for (const std::size_t size : {std::size_t{999}, std::size_t{1000}, std::size_t{1001}}) {
        RawPeer peer(dial());
        greet(peer);
        const std::string uri(size - 14, 'u');
        peer.send(request_of(
            1,
            {.object_alias = 1, .method_alias = 1, .uri = uri, .interface_name = "probe.Probe", .method_name = "Add"}));
        if (size <= 1000) {
            EXPECT_EQ(status_of(peer.receive(FrameKind::reply)), ErrorCode::object_not_found) << size;
        } else {
            expect_close(peer, ErrorCode::limit_exceeded, "1000");
        }
    }
}

TEST_F(RawRequests, MayNotBindNamesWithoutEnd)
{
    start();
    RawPeer peer(dial());
    greet(peer);
    const std::string uri(10'000, 'u');
    for (std::uint32_t i = 1; i <= 200; ++i) {
        peer.send(request_of(i, {.object_alias = i,
                                 .method_alias = 1,
                                 .uri = uri,
                                 .interface_name = "probe.Probe",
                                 .method_name = i == 1 ? "Add" : ""}));
    }
    expect_close(peer, ErrorCode::limit_exceeded, "names");
}

TEST_F(RawRequests, MayBindNamesAgainAndAgain)
{
    start();
    RawPeer peer(dial());
    greet(peer);
    for (std::uint64_t i = 1; i <= 1000; ++i) {
        const std::string uri(5000 + i % 7, 'u');
        peer.send(request_of(i, {.object_alias = 1,
                                 .method_alias = 1,
                                 .uri = uri,
                                 .interface_name = "probe.Probe",
                                 .method_name = i == 1 ? "Add" : ""}));
        EXPECT_EQ(status_of(peer.receive(FrameKind::reply)), ErrorCode::object_not_found);
    }
}

TEST_F(RawRequests, MustHaveIdsThatRise)
{
    start();
    RawPeer peer(dial());
    greet(peer).send(defining(7, 1, "Add", encoded(std::int32_t{1}, std::int32_t{1})) +
                     plain(7, 1, encoded(std::int32_t{1}, std::int32_t{1})));
    expect_close(peer, ErrorCode::protocol_error, "ids");
}

TEST_F(RawRequests, MayNotUseAliasesThatAreNotDefined)
{
    start();
    for (const RequestHead& head :
         {RequestHead{.object_alias = 1, .method_alias = 1},
          RequestHead{.object_alias = 0, .method_alias = 1, .method_name = "Add"},
          RequestHead{.object_alias = 1, .method_alias = 0, .uri = "probe", .interface_name = "probe.Probe"}}) {
        RawPeer peer(dial());
        greet(peer).send(request_of(1, head));
        expect_close(peer, ErrorCode::protocol_error, "alias");
    }
}

TEST_F(RawRequests, AreLimitedInNumberWhileTheyRun)
{
    server_options.limits.requests_in_flight = 3;
    start();
    servant->on_run = [this](std::int32_t value) { return gate.wait() ? value : -1; };
    RawPeer peer(dial());
    greet(peer).send(defining(1, 1, "Run", encoded(std::int32_t{1})));
    peer.send(plain(2, 1, encoded(std::int32_t{2})) + plain(3, 1, encoded(std::int32_t{3})));
    RawPeer greedy(dial());
    greet(greedy).send(defining(1, 1, "Run", encoded(std::int32_t{1})) + plain(2, 1, encoded(std::int32_t{2})) +
                       plain(3, 1, encoded(std::int32_t{3})) + plain(4, 1, encoded(std::int32_t{4})));
    expect_close(greedy, ErrorCode::limit_exceeded, "3 requests");
    gate.open();
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(status_of(peer.receive(FrameKind::reply)), ErrorCode::ok);
    }
}

TEST_F(RawRequests, OfAChainThatNobodyWaitsForAnyMoreAreRefusedBeyondTheirNumberAndCostNoConnection)
{
    server_options.limits.requests_in_flight = 1;
    start();
    servant->on_run = [this](std::int32_t value) { return gate.wait() ? value : -1; };
    RawPeer peer(dial());
    greet(peer).send(defining(1, 1, "Run", encoded(std::int32_t{1})));
    peer.send(request_of(2, {.object_alias = 1, .method_alias = 1, .chain = CallChain{{1, 2}, 1}}, encoded(std::int32_t{2})));
    EXPECT_EQ(status_of(peer.receive(FrameKind::reply)), ErrorCode::resource_exhausted);
    gate.open();
    EXPECT_EQ(status_of(peer.receive(FrameKind::reply)), ErrorCode::ok);
    EXPECT_EQ(servant->runs, 1);
}

TEST_F(RawRequests, OfAChainAreLimitedInNumberToo)
{
    server_options.limits.requests_in_flight = 1;
    server_options.limits.call_depth = 3;
    start();
    Gate entered;
    servant->on_run = [&](std::int32_t value) {
        entered.open();
        return gate.wait() ? value : -1;
    };
    RawPeer peer(dial());
    const ByteVector watcher = encoded(std::uint8_t{1}, std::string("w"), std::string("probe.Watcher"));
    greet(peer).send(defining(1, 1, "Ask", watcher + encoded(std::int32_t{20})));
    const auto callback = peer.receive(FrameKind::request);
    ASSERT_TRUE(callback.has_value());
    const CallChain chain{CallChain::root(Id128{7, 1000}, 1), 2};
    const auto run = [&](std::uint64_t id) {
        return request_of(id,
                          {.object_alias = 1, .method_alias = 2, .chain = chain, .method_name = id == 2 ? "Run" : ""},
                          encoded(std::int32_t{1}));
    };
    peer.send(run(2));
    EXPECT_TRUE(entered.wait());
    peer.send(run(3) + run(4) + run(5));
    EXPECT_EQ(status_of(peer.receive(FrameKind::reply)), ErrorCode::resource_exhausted) << "with the first one it is the fifth";
    gate.open();
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(status_of(peer.receive(FrameKind::reply)), ErrorCode::ok);
    }
    peer.send(frame_of(FrameKind::reply, callback->header.id, encoded(std::int32_t{40}), 1));
    EXPECT_EQ(status_of(peer.receive(FrameKind::reply)), ErrorCode::ok);
    EXPECT_EQ(servant->runs, 3);
}

TEST_F(RawRequests, ThatWantNoAnswerPauseTheReadingInsteadOfEndingTheConnection)
{
    constexpr std::int32_t count = 3000;
    server_options.limits.requests_in_flight = 16;
    start();
    std::int32_t last = 0;
    bool in_order = true;
    servant->on_post = [&](std::int32_t value) {
        in_order = in_order && gate.wait() && value == last + 1;
        last = value;
    };
    RawPeer peer(dial());
    greet(peer);
    ByteVector all = defining(1, 1, "Post", encoded(std::int32_t{1}), true);
    const ByteVector padding(2000);
    for (std::int32_t i = 2; i <= count; ++i) {
        all = std::move(all) + plain(static_cast<std::uint64_t>(i), 1, encoded(i) + padding, true);
    }
    // More than the buffers between the two hold: it is taken as the servant goes on, and not before.
    std::size_t sent = 0;
    EXPECT_TRUE(eventually([&] {
        const std::size_t more = peer.send_some(std::span(all).subspan(sent));
        sent += more;
        return more == 0 && servant->posts == 1;
    }));
    EXPECT_LT(sent, all.size());
    gate.open();
    EXPECT_TRUE(peer.send(std::span(all).subspan(sent)));
    peer.send(defining(count + 1, 2, "Add", encoded(std::int32_t{1}, std::int32_t{1})));
    EXPECT_EQ(status_of(peer.receive(FrameKind::reply)), ErrorCode::ok);
    EXPECT_EQ(servant->posts, count);
    EXPECT_TRUE(in_order);
}

TEST_F(RawRequests, AreAnsweredWholeWhenTheServerStopsAndThePeerIsSlow)
{
    start();
    RawPeer peer(dial());
    const Bytes content(3'000'000);
    greet(peer).send(defining(1, 1, "Echo", encoded(content)));
    ASSERT_TRUE(eventually([&] { return servant->echoes == 1; }));
    Gate stopped;
    std::thread stopper([&] {
        EXPECT_EQ(server->stop(patience).calls_cut, 0U);
        stopped.open();
    });
    EXPECT_FALSE(stopped.wait(std::chrono::milliseconds(500))) << "the peer has not taken the reply";
    const auto reply = peer.receive(FrameKind::reply);
    stopper.join();
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->body.size(), encoded(content).size());
}

TEST_F(RawRequests, AndPingsWithoutReadingDoNotFillTheMemory)
{
    start();
    ping_pong();
    RawPeer peer(dial());
    greet(peer).send(defining(1, 1, "Echo", encoded(Bytes(100'000))));
    const ByteVector ping = frame_of(FrameKind::ping, 1);
    ByteVector pings;
    for (int i = 0; i < 4000; ++i) {
        pings = std::move(pings) + ping;
    }
    const std::size_t live = reset_new_peak();
    std::size_t sent = 0;
    for (int quiet = 0; quiet < 1000 && sent < (std::size_t{64} << 20U);) {
        const std::size_t more = peer.send_some(pings);
        const std::size_t whole = more - more % ping.size();
        if (more != whole) {
            peer.send(std::span(ping).subspan(more % ping.size()));
        }
        sent += more;
        quiet = more == 0 ? quiet + 1 : 0;
        std::this_thread::yield();
    }
    EXPECT_LT(NewCounts::of_process().peak_bytes, live + (std::size_t{6} << 20U)) << "after " << sent << " bytes";
}

TEST_F(RawRequests, BehindOneWhoseServantCallsBackAreRunMeanwhile)
{
    start();
    RawPeer peer(dial());
    greet(peer);
    // Owner (1: the sender's), URI, interface.
    const ByteVector watcher = encoded(std::uint8_t{1}, std::string("w"), std::string("probe.Watcher"));
    RequestHead other{
        .object_alias = 2, .method_alias = 2, .uri = "other", .interface_name = "probe.Probe", .method_name = "Add"};
    peer.send(defining(1, 1, "Ask", watcher + encoded(std::int32_t{20})) +
              request_of(2, other, encoded(std::int32_t{40}, std::int32_t{2})));
    const auto callback = peer.receive(FrameKind::request);
    ASSERT_TRUE(callback.has_value());
    const auto reply = peer.receive(FrameKind::reply);
    ASSERT_TRUE(reply.has_value()) << "the second call waits for the first one";
    EXPECT_EQ(reply->header.id, 2U);
    peer.send(frame_of(FrameKind::reply, callback->header.id, encoded(std::int32_t{40}), 1));
    const auto last = peer.receive(FrameKind::reply);
    ASSERT_TRUE(last.has_value());
    EXPECT_EQ(last->header.id, 1U);
    EXPECT_EQ(last->header.code, 0);
}

TEST_F(RawRequests, AreReadWhileAServantTakesLong)
{
    start();
    servant->on_run = [this](std::int32_t value) { return gate.wait() ? value : -1; };
    RawPeer peer(dial());
    greet(peer).send(defining(1, 1, "Run", encoded(std::int32_t{1})));
    peer.send(frame_of(FrameKind::ping, 5));
    EXPECT_TRUE(peer.receive(FrameKind::pong).has_value());
    gate.open();
    EXPECT_EQ(status_of(peer.receive(FrameKind::reply)), ErrorCode::ok);
}

TEST_F(RawRequests, WithAChainThatNamesANestedCallAreRunAsTheirOwn)
{
    start();
    RawPeer peer(dial());
    peer.send(hello_of());
    const auto hello = peer.receive(FrameKind::hello);
    ASSERT_TRUE(hello.has_value());
    const Id128 token = read_hello_body(hello->body)->token;
    const ByteVector watcher = encoded(std::uint8_t{1}, std::string("w"), std::string("probe.Watcher"));
    peer.send(defining(1, 1, "Ask", watcher + encoded(std::int32_t{20})));
    const auto callback = peer.receive(FrameKind::request);
    ASSERT_TRUE(callback.has_value());
    const CallChain forged{CallChain::root(token, callback->header.id), 5};
    for (std::uint64_t id = 2; id < 50; ++id) {
        peer.send(request_of(id,
                             {.object_alias = 2,
                              .method_alias = 2,
                              .chain = forged,
                              .uri = id == 2 ? "other" : "",
                              .interface_name = id == 2 ? "probe.Probe" : "",
                              .method_name = id == 2 ? "Add" : ""},
                             encoded(std::int32_t{1}, std::int32_t{2})));
    }
    for (std::uint64_t id = 2; id < 50; ++id) {
        EXPECT_EQ(status_of(peer.receive(FrameKind::reply)), ErrorCode::ok);
    }
    peer.send(frame_of(FrameKind::reply, callback->header.id, encoded(std::int32_t{40}), 1));
    EXPECT_EQ(status_of(peer.receive(FrameKind::reply)), ErrorCode::ok);
}

TEST_F(RawRequests, BehindTheGoodbyeAreNotAccepted)
{
    start();
    servant->on_run = [this](std::int32_t value) { return gate.wait() ? value : -1; };
    RawPeer peer(dial());
    greet(peer).send(defining(1, 1, "Run", encoded(std::int32_t{7})));
    ASSERT_TRUE(eventually([&] { return servant->runs == 1; }));
    std::thread stopper([&] { server->stop(patience); });
    const auto goodbye = peer.receive(FrameKind::goodbye);
    ASSERT_TRUE(goodbye.has_value());
    EXPECT_EQ(goodbye->header.id, 1U);
    peer.send(plain(2, 1, encoded(std::int32_t{8})));
    peer.send(frame_of(FrameKind::ping, 1));
    EXPECT_TRUE(peer.receive(FrameKind::pong).has_value());
    gate.open();
    const auto reply = peer.receive(FrameKind::reply);
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->header.id, 1U);
    peer.finish_sending();
    EXPECT_TRUE(peer.sees_the_end());
    stopper.join();
    EXPECT_EQ(servant->runs, 1);
}

}  // namespace remoting::test
