// SPDX-License-Identifier: BSL-1.0
#include "processes.hpp"

#include "dial.hpp"
#include "errors.hpp"
#include "raw_peer.hpp"

#include <random>

namespace remoting::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t message_limit = 64 * 1024;  // of the server process

/// Whatever comes in over one connection, others go on.
class HostileBytes : public ProcessTest {
protected:
    void SetUp() override { ASSERT_EQ(control_->Add(1, 2), 3); }
    void TearDown() override
    {
        EXPECT_EQ(control_->Add(2, 3), 5) << "a client that was there before";
        EXPECT_EQ(control_->Measure(Bytes(50'000)), 50'000U);
        Client later(place().client_options());
        EXPECT_EQ(later.get_object<contract::Control>(server_.control_url())->Add(3, 4), 7)
            << "a client that came afterwards";
        ProcessTest::TearDown();
    }

    int dial_server() const { return dial(server_.url()); }
    /// Sends the bytes and expects the server to close, with or without saying why.
    void expect_dropped(const ByteVector& content)
    {
        RawPeer peer(dial_server());
        peer.send(content);
        EXPECT_TRUE(peer.sees_the_end());
    }
    /// The reason the server gives for closing after it was sent `content`.
    std::string close_text(RawPeer& peer, const ByteVector& content, ErrorCode code)
    {
        peer.send(content);
        const auto frame = peer.receive(FrameKind::close);
        if (!frame) {
            ADD_FAILURE() << "no close frame";
            return {};
        }
        EXPECT_EQ(to_string(static_cast<ErrorCode>(frame->header.code)), to_string(code));
        EXPECT_TRUE(peer.sees_the_end());
        return {reinterpret_cast<const char*>(frame->body.data()), frame->body.size()};
    }

private:
    ServerProcess server_{place().free_address()};
    std::shared_ptr<contract::Control> control_ = control_of(server_);
};

INSTANTIATE_TEST_SUITE_P(Contract, HostileBytes, channels_between_processes(), name_of);

RequestHead call_of(std::string_view method)
{
    return {.object_alias = 1,
            .method_alias = 1,
            .deadline_ms = 0,
            .one_way = false,
            .chain = std::nullopt,
            .uri = "control",
            .interface_name = "contract.Control",
            .method_name = method};
}

ByteVector arguments_of_add()
{
    return ByteVector{std::byte{1}, {}, {}, {}, std::byte{2}, {}, {}, {}};
}

ByteVector hello_of_versions(std::uint16_t minimum, std::uint16_t maximum)
{
    return make_hello_frame({.minimum_version = minimum,
                             .maximum_version = maximum,
                             .features = 0,
                             .maximum_message = 65536,
                             .maximum_in_flight = 10,
                             .token = {1, 2}});
}

TEST_P(HostileBytes, AHandWrittenClientIsServed)
{
    RawPeer peer(dial_server());
    ASSERT_TRUE(peer.send(hello_of() + request_of(1, call_of("Add"), arguments_of_add())));
    ASSERT_TRUE(peer.receive(FrameKind::hello));
    const auto reply = peer.receive(FrameKind::reply);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->header.code, 0);
    EXPECT_EQ(reply->body, (ByteVector{std::byte{3}, {}, {}, {}}));
}

TEST_P(HostileBytes, AnHttpRequestIsDropped)
{
    expect_dropped(bytes_of("GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n"));
}

TEST_P(HostileBytes, RandomBytesAreDropped)
{
    std::mt19937 random(20240611);
    for (int round = 0; round < 50; ++round) {
        ByteVector content(1 + random() % 5000);
        for (auto& byte : content) {
            byte = static_cast<std::byte>(random());
        }
        RawPeer peer(dial_server());
        peer.send(content);
        peer.finish_sending();
        EXPECT_TRUE(peer.sees_the_end()) << "round " << round;
    }
}

TEST_P(HostileBytes, RandomBytesBehindAProperHelloAreDropped)
{
    std::mt19937 random(42);
    for (int round = 0; round < 50; ++round) {
        ByteVector content(16 + random() % 5000);
        for (auto& byte : content) {
            byte = static_cast<std::byte>(random());
        }
        RawPeer peer(dial_server());
        peer.send(hello_of() + content);
        peer.finish_sending();
        EXPECT_TRUE(peer.sees_the_end()) << "round " << round;
    }
}

TEST_P(HostileBytes, HalfAHelloIsDroppedWhenItsTimeIsUp)
{
    const ByteVector hello = hello_of();
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, hello.size() / 2, hello.size() - 1}) {
        expect_dropped({hello.begin(), hello.begin() + static_cast<std::ptrdiff_t>(size)});
    }
}

TEST_P(HostileBytes, HalfAHelloAndThenTheEndIsDropped)
{
    const ByteVector hello = hello_of();
    RawPeer peer(dial_server());
    peer.send(std::span(hello).first(hello.size() / 2));
    peer.finish_sending();
    EXPECT_TRUE(peer.sees_the_end());
}

TEST_P(HostileBytes, AFrameAboveTheLimitIsAnsweredWithTheLimit)
{
    ByteVector header(frame_header_size);
    write_header(std::span(header).first<frame_header_size>(),
                 {.size = message_limit + 1, .kind = FrameKind::request, .flags = 0, .code = 0, .id = 1});
    RawPeer peer(dial_server());
    const std::string text = close_text(peer, hello_of() + header, ErrorCode::limit_exceeded);
    EXPECT_TRUE(contains(text, std::to_string(message_limit))) << text;
    EXPECT_TRUE(contains(text, std::to_string(message_limit + 1))) << text;
}

TEST_P(HostileBytes, AFrameOfExactlyTheLimitIsRead)
{
    for (const std::uint32_t below : {0U, 1U}) {
        RawPeer peer(dial_server());
        const std::size_t head = request_head_size(call_of("Measure")) - frame_header_size;
        ByteVector arguments(message_limit - below - head);
        const auto length = static_cast<std::uint32_t>(arguments.size() - sizeof(std::uint32_t));
        std::memcpy(arguments.data(), &length, sizeof length);
        ASSERT_TRUE(peer.send(hello_of() + request_of(1, call_of("Measure"), arguments)));
        const auto reply = peer.receive(FrameKind::reply);
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->header.code, 0);
    }
}

TEST_P(HostileBytes, AHugeFrameBeforeTheHelloIsRefused)
{
    ByteVector header(frame_header_size);
    write_header(std::span(header).first<frame_header_size>(),
                 {.size = 60'000, .kind = FrameKind::hello, .flags = 0, .code = 0, .id = 0});
    RawPeer peer(dial_server());
    EXPECT_FALSE(close_text(peer, header, ErrorCode::limit_exceeded).empty());
}

TEST_P(HostileBytes, AnUnknownKindOfFrameThatIsCriticalCloses)
{
    RawPeer peer(dial_server());
    const auto unknown = frame_of(static_cast<FrameKind>(0xBB), 0, bytes_of("what?"));
    EXPECT_FALSE(close_text(peer, hello_of() + unknown, ErrorCode::protocol_error).empty());
}

TEST_P(HostileBytes, AnUnknownKindOfFrameThatIsNotIsSkipped)
{
    RawPeer peer(dial_server());
    const auto unknown = frame_of(static_cast<FrameKind>(0x3B), 0, bytes_of("what?"));
    ASSERT_TRUE(peer.send(hello_of() + unknown + unknown + request_of(1, call_of("Add"), arguments_of_add())));
    const auto reply = peer.receive(FrameKind::reply);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->header.code, 0);
}

TEST_P(HostileBytes, AVersionNobodySpeaksIsRefusedWithTheVersions)
{
    RawPeer peer(dial_server());
    const std::string text = close_text(peer, hello_of_versions(7, 9), ErrorCode::version_mismatch);
    EXPECT_TRUE(contains(text, "7") && contains(text, "9")) << text;
    RawPeer range(dial_server());
    ASSERT_TRUE(range.send(hello_of_versions(0, 9)));
    const auto answer = range.receive(FrameKind::hello);
    ASSERT_TRUE(answer);
    const auto hello = read_hello_body(answer->body);
    ASSERT_TRUE(hello);
    EXPECT_EQ(hello->minimum_version, wire_version);
    EXPECT_EQ(hello->maximum_version, wire_version);
    EXPECT_EQ(hello->maximum_message, message_limit);
}

TEST_P(HostileBytes, FramesInTheWrongPlaceClose)
{
    const ByteVector wrong[] = {
        frame_of(FrameKind::request, 1),
        frame_of(FrameKind::reply, 1),
        hello_of() + hello_of(),
        hello_of() + frame_of(FrameKind::reply, 1),
        hello_of() + frame_of(FrameKind::request, 1),
        hello_of() + frame_of(FrameKind::request, 1, bytes_of("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF")),
        hello_of() + frame_of(FrameKind::release, 0, bytes_of("x")),
    };
    for (const ByteVector& content : wrong) {
        RawPeer peer(dial_server());
        EXPECT_FALSE(close_text(peer, content, ErrorCode::protocol_error).empty());
    }
}

TEST_P(HostileBytes, CallIdsThatDoNotRiseClose)
{
    RawPeer peer(dial_server());
    auto again = call_of("Add");
    again.uri = again.interface_name = again.method_name = {};
    close_text(
        peer, hello_of() + request_of(5, call_of("Add"), arguments_of_add()) + request_of(5, again, arguments_of_add()),
        ErrorCode::protocol_error);
}

TEST_P(HostileBytes, ArgumentsThatDoNotDecodeFailTheirCallOnly)
{
    RawPeer peer(dial_server());
    auto again = call_of("Add");
    again.uri = again.interface_name = again.method_name = {};
    ASSERT_TRUE(peer.send(hello_of() + request_of(1, call_of("Add"), bytes_of("short")) +
                          request_of(2, again, arguments_of_add())));
    const auto failed = peer.receive(FrameKind::reply);
    const auto served = peer.receive(FrameKind::reply);
    ASSERT_TRUE(failed && served);
    EXPECT_EQ(static_cast<ErrorCode>(failed->header.code), ErrorCode::invalid_payload);
    EXPECT_EQ(served->header.code, 0);
}

TEST_P(HostileBytes, ManyWhoSayNothingDoNotKeepOthersOutForLong)
{
    std::vector<std::unique_ptr<RawPeer>> silent;
    for (int i = 0; i < 200; ++i) {
        silent.push_back(std::make_unique<RawPeer>(dial_server()));
    }
    for (const auto& peer : silent) {
        EXPECT_TRUE(peer->sees_the_end());
    }
}

}  // namespace
}  // namespace remoting::test
