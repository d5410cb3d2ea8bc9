// SPDX-License-Identifier: BSL-1.0
#include "fakes.hpp"
#include "frame_files.hpp"
#include "pair_stream.hpp"
#include "probe_servant.hpp"
#include "raw_peer.hpp"
#include "wrapping_channel.hpp"

#include <remoting/client.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/context_codec.hpp>
#include <remoting/messaging/held_references.hpp>
#include <remoting/proxies/objects.hpp>
#include <remoting/serialization/archive.hpp>
#include <remoting/serialization/limits.hpp>
#include <remoting/server.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <thread>

// The bytes of wire version 0, replayed for ever: what the encoders write, what the decoders make of it, and what a
// real server and a real client send.

namespace remoting::test {

namespace {

constexpr Id128 token{0x0123456789abcdef, 0xfedcba9876543210};

ByteVector arguments(std::int32_t a, std::int32_t b)
{
    Buffer buffer;
    OutputArchive archive(buffer);
    archive& a& b;
    return {buffer.data(), buffer.data() + buffer.size()};
}

ByteVector argument(std::int32_t value)
{
    auto bytes = arguments(value, 0);
    bytes.resize(4);
    return bytes;
}

/// `payload`, and the context behind it.
ByteVector with(const CallContext& context, ByteVector payload)
{
    Buffer behind;
    append_context(behind, context);
    payload.insert(payload.end(), behind.data(), behind.data() + behind.size());
    return payload;
}

ByteVector release_of(const ReleaseBody& body)
{
    ByteVector frame(release_frame_size(body));
    write_release_frame(frame, body);
    return frame;
}

ByteVector in_two_pieces(const ByteVector& frame)
{
    const auto whole = std::span(frame);
    return frame_of(FrameKind::piece, 1, whole.first(32), flag_first_piece) +
           frame_of(FrameKind::piece, 1, whole.subspan(32));
}

ByteVector bare(FrameKind kind, std::uint64_t id)
{
    const auto frame = make_frame(kind, id);
    return {frame.begin(), frame.end()};
}

const RequestHead defining{
    .object_alias = 1, .method_alias = 1, .uri = "probe", .interface_name = "probe.Probe", .method_name = "Add"};
const RequestHead plain{.object_alias = 1, .method_alias = 1, .deadline_ms = 60'000};
const RequestHead one_way{.object_alias = 1, .method_alias = 2, .one_way = true, .method_name = "Post"};
const RequestHead chained{.object_alias = 1, .method_alias = 1, .deadline_ms = 59'999, .chain = CallChain{token, 3}};
const RequestHead with_context{.object_alias = 1, .method_alias = 1, .deadline_ms = 60'000, .has_context = true};
const ReleaseBody released{.alias = 2, .count = 5, .uri = "2a000000000000000000000000000000"};
const Hello hello{.minimum_version = 0,
                  .maximum_version = 0,
                  .features = 0,
                  .maximum_message = 4U << 20U,
                  .maximum_in_flight = 1024,
                  .token = token};
const Hello hello_session{.minimum_version = 0,
                          .maximum_version = 0,
                          .features = feature_session,
                          .maximum_message = 4U << 20U,
                          .maximum_in_flight = 1024,
                          .token = token,
                          .session = {0x1111222233334444, 0x5555666677778888}};

ByteVector held_frame()
{
    const auto frames = make_held_frames({{"2a000000000000000000000000000000-0badcafe", 3}, {"probe", 1}});
    return {frames.at(0).begin(), frames.at(0).end()};
}

std::map<std::string, ByteVector> encoded_today()
{
    return {
        {"hello", make_hello_frame(hello)},
        {"hello_session", make_hello_frame(hello_session)},
        {"held", held_frame()},

        {"request_defining", request_of(1, defining, arguments(2, 3))},
        {"request_plain", request_of(2, plain, arguments(-1, 1))},
        {"request_one_way", request_of(3, one_way, argument(7))},
        {"request_chain", request_of(4, chained, arguments(20, 22))},
        {"request_context", request_of(5, with_context, with({{"user", "ada"}, {"tenant", "blue"}}, arguments(-1, 1)))},
        {"request_pieces", in_two_pieces(request_of(6, plain, arguments(-1, 1)))},
        {"release", release_of(released)},
        {"goodbye", bare(FrameKind::goodbye, 4)},
        {"ping", bare(FrameKind::ping, 0x1122334455667788)},
        {"pong", bare(FrameKind::pong, 0x1122334455667788)},
        {"cancel", bare(FrameKind::cancel, 2)},
        {"close", frame_of(FrameKind::close, 0, bytes_of("an object alias out of order"), 0,
                           static_cast<std::uint16_t>(ErrorCode::protocol_error))},
        {"reply_ok", frame_of(FrameKind::reply, 1, argument(5), 1)},
    };
}

RequestHead read_request(const std::string& name, ByteVector& frame, std::uint64_t id, std::size_t arguments_size)
{
    frame = golden(name);
    const FrameHeader header = read_header(std::span(frame).first<frame_header_size>());
    EXPECT_EQ(header.kind, FrameKind::request);
    EXPECT_EQ(header.id, id);
    EXPECT_EQ(header.code, 0);
    EXPECT_EQ(header.size, frame.size() - frame_header_size);
    auto body = std::span<const std::byte>(frame).subspan(frame_header_size);
    const auto head = read_request_head(header.flags, body);
    EXPECT_TRUE(head.has_value());
    EXPECT_EQ(body.size(), arguments_size);
    return head.value_or(RequestHead{});
}

/// A server of version 0 as its peer sees it.
class GoldenServer : public testing::Test {
protected:
    GoldenServer() : server_(options())
    {
        server_.publish<probe::Probe>("probe", servant_);
        server_.register_activated<probe::Session>(
            [](std::string) -> std::shared_ptr<probe::Session> { throw std::runtime_error("not today"); });
        server_.listen("test://golden");
        peer_.emplace(channel_->dial("golden"));
        peer_->send(golden("hello"));
    }

    ServerOptions options()
    {
        ServerOptions options;
        options.channels = registry_of(channel_);
        options.random = &random_;
        options.custom_errors = CustomErrors::off;
        return options;
    }

    void expect_answer(const std::string& name)
    {
        const auto frame = peer_->receive();
        ASSERT_TRUE(frame.has_value()) << name;
        const auto bytes =
            frame_of(frame->header.kind, frame->header.id, frame->body, frame->header.flags, frame->header.code);
        EXPECT_EQ(hexadecimal(bytes), hexadecimal(golden(name))) << name;
    }

    std::shared_ptr<WrappingChannel> channel_ = std::make_shared<WrappingChannel>();
    FakeRandom random_;
    std::shared_ptr<ProbeServant> servant_ = std::make_shared<ProbeServant>();
    Server server_;
    std::optional<RawPeer> peer_;
};

}  // namespace

TEST(GoldenFrames, AreWhatTheEncodersWriteToday)
{
    for (const auto& [name, bytes] : encoded_today()) {
        EXPECT_EQ(hexadecimal(bytes), hexadecimal(golden(name))) << name;
    }
}

TEST(GoldenFrames, AreAllKnownToTheseTests)
{
    std::vector<std::string> expected{"hello_answer",           "reply_activation_failed", "reply_interface_mismatch",
                                      "reply_context",          "reply_internal",          "reply_method_not_found",
                                      "reply_object_not_found", "reply_user_exception"};
    for (const auto& [name, bytes] : encoded_today()) {
        expected.push_back(name);
    }
    EXPECT_THAT(golden_names(), testing::UnorderedElementsAreArray(expected));
}

TEST(GoldenFrames, HelloHasTheVersionsTheLimitsAndTheToken)
{
    const auto frame = golden("hello");
    const FrameHeader header = read_header(std::span(frame).first<frame_header_size>());
    EXPECT_EQ(header.kind, FrameKind::hello);
    const auto read = read_hello_body(std::span(frame).subspan(frame_header_size));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->minimum_version, 0);
    EXPECT_EQ(read->maximum_version, 0);
    EXPECT_EQ(read->maximum_message, 4U << 20U);
    EXPECT_EQ(read->maximum_in_flight, 1024U);
    EXPECT_EQ(read->token, token);
    EXPECT_TRUE(read->session.is_zero());
}

TEST(GoldenFrames, AHelloMayNameASession)
{
    const auto frame = golden("hello_session");
    const auto read = read_hello_body(std::span(frame).subspan(frame_header_size));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->features, feature_session);
    EXPECT_EQ(read->session, hello_session.session);
}

TEST(GoldenFrames, WhatIsHeldIsAListOfCountsAndUris)
{
    const auto frame = golden("held");
    const FrameHeader header = read_header(std::span(frame).first<frame_header_size>());
    EXPECT_EQ(header.kind, FrameKind::held);
    EXPECT_EQ(header.flags, flag_last_held);
    std::vector<std::string> read;
    EXPECT_TRUE(
        read_held_body(std::span(frame).subspan(frame_header_size), [&](std::string_view uri, std::uint32_t count) {
            read.push_back(std::string(uri) + " " + std::to_string(count));
        }));
    EXPECT_THAT(read, testing::ElementsAre("2a000000000000000000000000000000-0badcafe 3", "probe 1"));
}

TEST(GoldenFrames, TheFirstRequestDefinesItsNames)
{
    ByteVector frame;
    const RequestHead head = read_request("request_defining", frame, 1, 8);
    EXPECT_EQ(head.object_alias, 1U);
    EXPECT_EQ(head.method_alias, 1U);
    EXPECT_EQ(head.uri, "probe");
    EXPECT_EQ(head.interface_name, "probe.Probe");
    EXPECT_EQ(head.method_name, "Add");
    EXPECT_EQ(head.deadline_ms, 0U);
    EXPECT_FALSE(head.one_way);
    EXPECT_FALSE(head.chain.has_value());
}

TEST(GoldenFrames, ALaterRequestHasTheAliasesOnly)
{
    ByteVector frame;
    const RequestHead head = read_request("request_plain", frame, 2, 8);
    EXPECT_FALSE(head.defines_object());
    EXPECT_FALSE(head.defines_method());
    EXPECT_EQ(head.deadline_ms, 60'000U);
}

TEST(GoldenFrames, AOneWayRequestSaysSo)
{
    ByteVector frame;
    const RequestHead head = read_request("request_one_way", frame, 3, 4);
    EXPECT_TRUE(head.one_way);
    EXPECT_EQ(head.method_name, "Post");
}

TEST(GoldenFrames, ANestedRequestHasItsChainAndDepth)
{
    ByteVector frame;
    const RequestHead head = read_request("request_chain", frame, 4, 8);
    ASSERT_TRUE(head.chain.has_value());
    EXPECT_EQ(head.chain->id, token);
    EXPECT_EQ(head.chain->depth, 3);
}

TEST(GoldenFrames, ARequestWithAContextHasItBehindTheArguments)
{
    ByteVector frame;
    const RequestHead head = read_request("request_context", frame, 5, 35);
    EXPECT_TRUE(head.has_context);
    auto rest = std::span<const std::byte>(frame).subspan(frame_header_size + 12);
    const CallContext context = take_context(rest, Limits());
    EXPECT_EQ(ByteVector(rest.begin(), rest.end()), arguments(-1, 1));
    EXPECT_EQ(context.size(), 2U);
    EXPECT_EQ(*context.find("tenant"), "blue");
    EXPECT_EQ(*context.find("user"), "ada");
}

TEST(GoldenFrames, AReleaseHasAliasCountAndUri)
{
    const auto frame = golden("release");
    const auto body = read_release_body(std::span(frame).subspan(frame_header_size));
    ASSERT_TRUE(body.has_value());
    EXPECT_EQ(body->alias, released.alias);
    EXPECT_EQ(body->count, released.count);
    EXPECT_EQ(body->uri, released.uri);
}

TEST_F(GoldenServer, AnswersTheHello)
{
    expect_answer("hello_answer");
}

TEST_F(GoldenServer, RunsTheRequestsAndAnswersThoseThatWantIt)
{
    expect_answer("hello_answer");
    peer_->send(golden("request_defining"));
    expect_answer("reply_ok");
    peer_->send(golden("request_plain") + golden("request_one_way") + golden("request_chain"));
    EXPECT_EQ(peer_->receive()->header.id, 2U);
    EXPECT_EQ(peer_->receive()->header.id, 4U);
    EXPECT_EQ(servant_->adds, 3);
    EXPECT_EQ(servant_->posts, 1);
}

TEST_F(GoldenServer, RunsARequestThatComesInPieces)
{
    expect_answer("hello_answer");
    peer_->send(golden("request_defining") + golden("request_pieces"));
    expect_answer("reply_ok");
    EXPECT_EQ(peer_->receive()->header.id, 6U);
    EXPECT_EQ(servant_->adds, 2);
}

TEST_F(GoldenServer, SendsBackWhatTheServantSetInItsContext)
{
    expect_answer("hello_answer");
    std::string seen;
    servant_->on_run = [&](std::int32_t value) {
        seen = *call_context()->find("tenant");
        call_context()->set("cost", "3");
        return value;
    };
    peer_->send(request_of(1,
                           {.object_alias = 1,
                            .method_alias = 1,
                            .has_context = true,
                            .uri = "probe",
                            .interface_name = "probe.Probe",
                            .method_name = "Run"},
                           with({{"tenant", "blue"}}, argument(8))));
    expect_answer("reply_context");
    EXPECT_EQ(seen, "blue");
}

TEST_F(GoldenServer, RunsARequestWithAContext)
{
    expect_answer("hello_answer");
    peer_->send(golden("request_defining") + golden("request_context"));
    expect_answer("reply_ok");
    const auto reply = peer_->receive();
    EXPECT_EQ(reply->header.id, 5U);
    EXPECT_EQ(reply->header.code, 0);
    EXPECT_EQ(reply->body, argument(0));
}

TEST_F(GoldenServer, AnswersAPing)
{
    expect_answer("hello_answer");
    peer_->send(golden("cancel") + golden("pong") + golden("ping"));
    expect_answer("pong");
}

TEST_F(GoldenServer, SaysWhyACallFailed)
{
    expect_answer("hello_answer");
    Buffer reason;
    OutputArchive(reason) & std::string("no");
    const ByteVector text(reason.data(), reason.data() + reason.size());
    peer_->send(request_of(1,
                           {.object_alias = 1,
                            .method_alias = 1,
                            .uri = "probe",
                            .interface_name = "probe.Probe",
                            .method_name = "Refuse"},
                           text));
    expect_answer("reply_user_exception");
    peer_->send(
        request_of(2, {.object_alias = 2, .method_alias = 1, .uri = "nothing", .interface_name = "probe.Probe"}, text));
    expect_answer("reply_object_not_found");
    peer_->send(
        request_of(3, {.object_alias = 3, .method_alias = 1, .uri = "probe", .interface_name = "probe.Other"}, text));
    expect_answer("reply_interface_mismatch");
    peer_->send(request_of(4, {.object_alias = 1, .method_alias = 2, .method_name = "Subtract"}, text));
    expect_answer("reply_method_not_found");
    peer_->send(request_of(5,
                           {.object_alias = 4,
                            .method_alias = 3,
                            .uri = "~new/",
                            .interface_name = "probe.Session",
                            .method_name = "constructor"},
                           text));
    expect_answer("reply_activation_failed");
    servant_->on_run = [](std::int32_t) -> std::int32_t { throw std::logic_error("a mistake"); };
    peer_->send(request_of(6, {.object_alias = 1, .method_alias = 4, .method_name = "Run"}, argument(1)));
    expect_answer("reply_internal");
}

TEST_F(GoldenServer, EndsWhenThePeerSaysCloseOrGoodbye)
{
    peer_->send(golden("close"));
    EXPECT_TRUE(peer_->sees_the_end());
    RawPeer other(channel_->dial("golden"));
    other.send(golden("hello") + golden("goodbye"));
    EXPECT_TRUE(other.sees_the_end());
}

TEST_F(GoldenServer, SaysCloseToAPeerThatDefinesAliasesOutOfOrder)
{
    expect_answer("hello_answer");
    peer_->send(request_of(
        1,
        {.object_alias = 7, .method_alias = 1, .uri = "probe", .interface_name = "probe.Probe", .method_name = "Add"}));
    expect_answer("close");
    EXPECT_TRUE(peer_->sees_the_end());
}

TEST(GoldenClient, SendsHelloRequestsReleaseAndGoodbye)
{
    auto [near, far] = make_descriptor_pair();
    RawPeer peer(far);
    struct Dialler final : ClientChannel {
        std::shared_ptr<Connection> connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline) override
        {
            return host.open(std::make_unique<PairStream>(descriptor), url, deadline);
        }
        int descriptor = -1;
    };
    const auto dialler = std::make_shared<Dialler>();
    dialler->descriptor = near;
    FakeRandom random;
    ClientOptions options;
    options.channels.add("test", dialler, nullptr);
    options.deadline = infinite;
    options.random = &random;
    {
        Client client(std::move(options));
        std::thread caller([&] {
            const auto probe = client.get_object<probe::Probe>("test://golden/probe");
            EXPECT_EQ(probe->Add(2, 3), 5);
            probe->Post(7);
            EXPECT_EQ(with_deadline(probe, std::chrono::hours(24))->Add(-1, 1), 5);
        });
        const auto said = peer.receive();
        EXPECT_EQ(said->header.kind, FrameKind::hello);
        peer.send(golden("hello_answer"));
        const auto first = peer.receive();
        EXPECT_EQ(hexadecimal(frame_of(first->header.kind, first->header.id, first->body, first->header.flags)),
                  hexadecimal(golden("request_defining")));
        peer.send(golden("reply_ok"));
        EXPECT_EQ(peer.receive()->header.flags, flag_one_way | flag_defines_method);
        const auto later = peer.receive();
        EXPECT_EQ(later->header.flags, 0);
        EXPECT_EQ(later->body.size(), golden("request_plain").size() - frame_header_size);
        auto reply = golden("reply_ok");
        reply[8] = std::byte{3};
        peer.send(reply);
        caller.join();
        const auto release = peer.receive(FrameKind::release);
        const auto body = read_release_body(release->body);
        EXPECT_EQ(body->alias, 1U);
        EXPECT_EQ(body->count, 0U);
    }
    EXPECT_EQ(peer.receive()->header.kind, FrameKind::goodbye);
    EXPECT_TRUE(peer.sees_the_end());
}

}  // namespace remoting::test
