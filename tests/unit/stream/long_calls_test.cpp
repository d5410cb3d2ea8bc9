// SPDX-License-Identifier: BSL-1.0
// Long requests and replies leave in pieces: what may pass them, what waits, and what becomes of half of one.
#include "raw_peer.hpp"
#include "raw_server.hpp"
#include "stream_fixture.hpp"

#include "probe.remoting.async.hpp"

#include <remoting/serialization/archive.hpp>

#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace remoting::test {

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t megabytes = std::size_t{3} * 1000 * 1000;

ByteVector encoded(const auto&... values)
{
    Buffer buffer;
    OutputArchive archive(buffer);
    (void)(archive & ... & values);
    return {buffer.data(), buffer.data() + buffer.size()};
}

ByteVector defining(std::uint64_t id, std::uint32_t object, const char* uri, std::uint32_t alias, std::string_view method,
                    const ByteVector& arguments)
{
    return request_of(id,
                      {.object_alias = object,
                       .method_alias = alias,
                       .uri = uri,
                       .interface_name = "probe.Probe",
                       .method_name = method},
                      arguments);
}

/// A frame as the first piece of 64 KiB and one with the rest.
std::pair<ByteVector, ByteVector> in_pieces(const ByteVector& frame)
{
    const auto whole = std::span(frame);
    return {frame_of(FrameKind::piece, 1, whole.first(first_piece_size), flag_first_piece),
            frame_of(FrameKind::piece, 1, whole.subspan(first_piece_size))};
}

class LongCalls : public StreamFixture {
protected:
    static RawPeer& greet(RawPeer& peer)
    {
        peer.send(hello_of());
        EXPECT_TRUE(peer.receive(FrameKind::hello).has_value());
        return peer;
    }
    static std::uint64_t id_of(const std::optional<RawPeer::Frame>& frame) { return frame ? frame->header.id : 0; }

    const ByteVector long_echo = defining(1, 1, "probe", 1, "Echo", encoded(Bytes(megabytes)));
    const ByteVector short_add = defining(2, 2, "other", 2, "Add", encoded(std::int32_t{1}, std::int32_t{2}));
};

class LongRequests : public testing::Test {
protected:
    LongRequests()
    {
        options.channels.add("test", server, nullptr);
        options.retry.attempts = 1;
        client.emplace(std::move(options));
        one = client->get_object<probe::Probe>("test://server/one");
        two = client->get_object<probe::Probe>("test://server/two");
        one->Post(0);
        EXPECT_TRUE(server->peer->receive(FrameKind::request));
    }
    /// The first argument of the next request.
    std::int32_t next_value()
    {
        const auto frame = server->peer->receive(FrameKind::request);
        if (!frame) {
            return -1;
        }
        auto body = std::span<const std::byte>(frame->body);
        if (!read_request_head(frame->header.flags, body) || body.size() > 1000) {
            return 0;  // a long one
        }
        std::int32_t value = 0;
        InputArchive archive(body);
        archive & value;
        return value;
    }

    const std::shared_ptr<RawServer> server = std::make_shared<RawServer>();
    ClientOptions options;
    std::optional<Client> client;
    std::shared_ptr<probe::Probe> one;
    std::shared_ptr<probe::Probe> two;
};

}  // namespace

TEST_F(LongCalls, HaveRepliesThatOthersPass)
{
    start();
    RawPeer peer(dial());
    greet(peer).send(long_echo);
    ASSERT_TRUE(eventually([&] { return servant->echoes == 1; }));
    peer.send(short_add);
    ASSERT_TRUE(eventually([&] { return other_servant->adds == 1; }));
    EXPECT_EQ(id_of(peer.receive(FrameKind::reply)), 2U);
    const auto last = peer.receive(FrameKind::reply);
    EXPECT_EQ(id_of(last), 1U);
    EXPECT_EQ(last->body.size(), encoded(Bytes(megabytes)).size());
}

TEST_F(LongCalls, ArePassedByRequestsThatComeBetweenTheirPieces)
{
    start();
    RawPeer peer(dial());
    const auto [first, rest] = in_pieces(long_echo);
    greet(peer).send(first + short_add);
    EXPECT_EQ(id_of(peer.receive(FrameKind::reply)), 2U);
    EXPECT_EQ(servant->echoes, 0);
    peer.send(rest);
    EXPECT_EQ(id_of(peer.receive(FrameKind::reply)), 1U);
    EXPECT_EQ(servant->echoes, 1);
}

TEST_F(LongCalls, AreAcceptedWithTheirFirstPieceSoThatAStoppingServerWaitsForTheRest)
{
    start();
    RawPeer peer(dial());
    const auto [first, rest] = in_pieces(long_echo);
    greet(peer).send(first + frame_of(FrameKind::ping, 9));
    ASSERT_TRUE(peer.receive(FrameKind::pong).has_value());
    std::thread stopper([&] { EXPECT_EQ(server->stop(patience).calls_cut, 0U); });
    const auto goodbye = peer.receive(FrameKind::goodbye);
    EXPECT_EQ(id_of(goodbye), 1U) << "the last that was accepted";
    peer.send(rest);
    EXPECT_EQ(id_of(peer.receive(FrameKind::reply)), 1U);
    peer.finish_sending();
    stopper.join();
    EXPECT_EQ(servant->echoes, 1);
}

TEST_F(LongCalls, AreNotBegunAfterTheGoodbye)
{
    start();
    RawPeer peer(dial());
    servant->on_run = [&](std::int32_t value) {
        static_cast<void>(gate.wait());
        return value;
    };
    greet(peer).send(defining(1, 1, "probe", 1, "Run", encoded(std::int32_t{1})));
    ASSERT_TRUE(eventually([&] { return servant->runs == 1; }));
    std::thread stopper([&] { EXPECT_EQ(server->stop(patience).calls_cut, 0U); });
    ASSERT_TRUE(peer.receive(FrameKind::goodbye).has_value());
    const auto [first, rest] = in_pieces(defining(2, 1, "probe", 2, "Echo", encoded(Bytes(megabytes))));
    peer.send(first + rest + frame_of(FrameKind::ping, 9));
    EXPECT_TRUE(peer.receive(FrameKind::pong).has_value()) << "all of it was read";
    gate.open();
    EXPECT_EQ(id_of(peer.receive(FrameKind::reply)), 1U);
    peer.finish_sending();
    stopper.join();
    EXPECT_EQ(servant->echoes, 0);
}

TEST_F(LongCalls, LeaveNothingWhenTheirCallerGoesHalfWay)
{
    start();
    {
        RawPeer peer(dial());
        greet(peer).send(in_pieces(long_echo).first + frame_of(FrameKind::ping, 9));
        ASSERT_TRUE(peer.receive(FrameKind::pong).has_value());
    }
    EXPECT_EQ(server->stop(patience).calls_cut, 0U);
    EXPECT_EQ(servant->echoes, 0);
}

TEST_F(LongCalls, MayBeCancelledHalfWay)
{
    start();
    RawPeer peer(dial());
    const auto [first, rest] = in_pieces(long_echo);
    greet(peer).send(first + frame_of(FrameKind::cancel, 1) + rest);
    const auto reply = peer.receive(FrameKind::reply);
    EXPECT_EQ(id_of(reply), 1U);
    EXPECT_EQ(static_cast<ErrorCode>(reply->header.code), ErrorCode::cancelled);
    EXPECT_EQ(servant->echoes, 0);
}

TEST_F(LongCalls, GoThroughManyAtATime)
{
    start();
    ClientOptions options = client_options();
    Client client(std::move(options));
    const auto probe = client.get_object<probe::Probe>("test://server/probe");
    const auto other = client.get_object<probe::Probe>("test://server/other");
    std::vector<std::future<Bytes>> echoes;
    std::vector<std::future<std::int32_t>> sums;
    for (int i = 0; i < 40; ++i) {
        const Bytes content(std::size_t{200'000} + static_cast<std::size_t>(i) * 20'000, static_cast<std::byte>(i));
        echoes.push_back((i % 2 == 0 ? probe : other)->async_Echo(content, asio::use_future));
        sums.push_back(other->async_Add(i, 1, asio::use_future));
    }
    for (int i = 0; i < 40; ++i) {
        const auto index = static_cast<std::size_t>(i);
        EXPECT_EQ(echoes[index].get(),
                  Bytes(std::size_t{200'000} + index * 20'000, static_cast<std::byte>(i)));
        EXPECT_EQ(sums[index].get(), i + 1);
    }
}

TEST_F(LongRequests, ArePassedByCallsOfOtherObjectsOnly)
{
    auto echo = one->async_Echo(Bytes(megabytes), asio::use_future);
    auto after = one->async_Run(1, asio::use_future);
    auto beside = two->async_Run(2, asio::use_future);
    auto last = one->async_Post(3, asio::use_future);
    auto posted = two->async_Post(4, asio::use_future);
    EXPECT_EQ(next_value(), 2);
    EXPECT_EQ(next_value(), 4);
    EXPECT_EQ(next_value(), 0) << "the long one";
    EXPECT_EQ(next_value(), 1);
    EXPECT_EQ(next_value(), 3);
}

TEST_F(LongRequests, TellOfHavingLeftWhenTheirLastByteHas)
{
    auto poured = one->async_Pour(Bytes(megabytes), asio::use_future);
    EXPECT_EQ(poured.wait_for(50ms), std::future_status::timeout) << "nobody reads";
    EXPECT_EQ(next_value(), 0);
    poured.get();
}

TEST_F(LongRequests, FailWithTheirConnection)
{
    auto poured = one->async_Pour(Bytes(megabytes), asio::use_future);
    auto echo = two->async_Echo(Bytes(megabytes), asio::use_future);
    auto after = two->async_Run(1, asio::use_future);
    server->peer.reset();
    EXPECT_THROW(poured.get(), RemotingError);
    EXPECT_THROW(echo.get(), RemotingError);
    try {
        after.get();
        ADD_FAILURE() << "nobody answered";
    } catch (const RemotingError& error) {
        EXPECT_EQ(to_string(error.executed()), "no") << "it had not begun to leave";
    }
}

}  // namespace remoting::test
