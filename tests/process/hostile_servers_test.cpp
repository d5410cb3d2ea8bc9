// SPDX-License-Identifier: BSL-1.0
#include "calls.remoting.hpp"

#include "errors.hpp"
#include "raw_peer.hpp"
#include "threads.hpp"
#include "waiting.hpp"

#include <remoting/client.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>

namespace remoting::test {
namespace {

using namespace std::chrono_literals;

/// A listener that does with its one connection what the test says, byte by byte.
class FakeServer final {
public:
    explicit FakeServer(std::function<void(RawPeer&)> script)
        : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(listener_, 8) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            throw std::runtime_error("cannot listen");
        }
        url_ = "tcp://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/control";
        thread_ = run_aside([this, script = std::move(script)] {
            const int accepted = ::accept(listener_, nullptr, nullptr);
            if (accepted >= 0) {
                RawPeer peer(accepted);
                script(peer);
            }
        });
    }
    ~FakeServer()
    {
        ::shutdown(listener_, SHUT_RDWR);
        thread_ = {};
        ::close(listener_);
    }
    FakeServer(const FakeServer&) = delete;
    FakeServer& operator=(const FakeServer&) = delete;

    const std::string& url() const noexcept { return url_; }

private:
    int listener_;
    std::string url_;
    std::jthread thread_;
};

/// Takes the client's hello, says its own, and gives the id of the client's first request; 0 when none comes.
std::uint64_t first_request(RawPeer& peer)
{
    peer.receive(FrameKind::hello);
    peer.send(hello_of());
    const auto request = peer.receive(FrameKind::request);
    return request ? request->header.id : 0;
}

ByteVector number(std::int32_t value)
{
    ByteVector bytes(sizeof value);
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

/// The error of a call to a server with this script.
RemotingError error_of_call(std::function<void(RawPeer&)> script, Duration deadline = 30s)
{
    FakeServer server(std::move(script));
    Client client;
    const auto control = with_deadline(client.get_object<contract::Control>(server.url()), deadline);
    const auto error = thrown<RemotingError>([&] { control->Add(1, 2); });
    if (!error) {
        return RemotingError(ErrorCode::ok, Executed::yes, "nothing was thrown");
    }
    EXPECT_EQ(error->method(), "contract.Control.Add");
    EXPECT_EQ(error->object(), "control");
    EXPECT_TRUE(contains(error->what(), "tcp://127.0.0.1:")) << error->what();
    return *error;
}

void expect(const RemotingError& error, ErrorCode code, Executed executed)
{
    EXPECT_EQ(to_string(error.code()), to_string(code)) << error.what();
    EXPECT_EQ(to_string(error.executed()), to_string(executed)) << error.what();
}

TEST(HostileServers, OneThatSaysNothingCostsNoMoreThanTheDeadline)
{
    const Stopwatch stopwatch;
    const auto error = error_of_call([](RawPeer& peer) { peer.sees_the_end(); }, 200ms);
    expect(error, ErrorCode::deadline_exceeded, Executed::no);
    EXPECT_LT(stopwatch.elapsed(), 200ms + 250ms * slack * 2);
}

TEST(HostileServers, OneThatHangsUpIsNotConnectedTo)
{
    expect(error_of_call([](RawPeer&) {}), ErrorCode::connect_failed, Executed::no);
}

TEST(HostileServers, OneThatSpeaksAnotherLanguageIsRecognized)
{
    const auto error = error_of_call([](RawPeer& peer) {
        peer.send(bytes_of("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
        peer.sees_the_end();
    });
    EXPECT_TRUE(error.code() == ErrorCode::protocol_error || error.code() == ErrorCode::limit_exceeded) << error.what();
    EXPECT_EQ(error.executed(), Executed::no);
}

TEST(HostileServers, OneOfAnotherVersionSaysSoAndIsQuoted)
{
    const auto error = error_of_call([](RawPeer& peer) {
        peer.receive(FrameKind::hello);
        peer.send(frame_of(FrameKind::close, 0, bytes_of("speaks 7 only"), 0,
                           static_cast<std::uint16_t>(ErrorCode::version_mismatch)));
        peer.sees_the_end();
    });
    expect(error, ErrorCode::version_mismatch, Executed::no);
    EXPECT_TRUE(contains(error.what(), "speaks 7 only")) << error.what();
}

TEST(HostileServers, OneThatChoosesAVersionNobodyOfferedIsRefused)
{
    const auto error = error_of_call([](RawPeer& peer) {
        peer.send(make_hello_frame({.minimum_version = 5,
                                    .maximum_version = 5,
                                    .features = 0,
                                    .maximum_message = 1000,
                                    .maximum_in_flight = 10,
                                    .token = {1, 2}}));
        peer.sees_the_end();
    });
    expect(error, ErrorCode::version_mismatch, Executed::no);
}

TEST(HostileServers, OneThatTakesNoLargeMessagesIsNotSentAny)
{
    FakeServer server([](RawPeer& peer) {
        peer.send(hello_of({7, 1000}, 256));
        peer.sees_the_end();
    });
    Client client;
    const auto control = client.get_object<contract::Control>(server.url());
    expect_error(ErrorCode::limit_exceeded, Executed::no, [&] { control->Measure(Bytes(1000)); });
}

TEST(HostileServers, OneThatDiesBehindTheRequestLeavesItOpenWhetherItWasServed)
{
    expect(error_of_call([](RawPeer& peer) { first_request(peer); }), ErrorCode::connection_lost, Executed::maybe);
}

TEST(HostileServers, OneThatAnswersWithGarbageIsHungUpOn)
{
    const auto error = error_of_call([](RawPeer& peer) {
        first_request(peer);
        peer.send(bytes_of(std::string(1000, '\xAB')));
        EXPECT_TRUE(peer.sees_the_end());
    });
    EXPECT_TRUE(error.code() == ErrorCode::protocol_error || error.code() == ErrorCode::limit_exceeded) << error.what();
    EXPECT_EQ(error.executed(), Executed::maybe);
}

TEST(HostileServers, OneThatAnswersAnotherCallIsHungUpOn)
{
    const auto error = error_of_call([](RawPeer& peer) {
        const auto id = first_request(peer);
        peer.send(frame_of(FrameKind::reply, id + 1, number(3)));
        EXPECT_TRUE(peer.sees_the_end());
    });
    expect(error, ErrorCode::protocol_error, Executed::maybe);
}

TEST(HostileServers, OneThatAnswersWhatDoesNotDecodeFailsThatCallOnly)
{
    FakeServer server([](RawPeer& peer) {
        const auto id = first_request(peer);
        peer.send(frame_of(FrameKind::reply, id, bytes_of("x"), 1));
        const auto next = peer.receive(FrameKind::request);
        if (next) {
            peer.send(frame_of(FrameKind::reply, next->header.id, number(3), 1));
        }
        peer.sees_the_end();
    });
    Client client;
    const auto control = client.get_object<contract::Control>(server.url());
    expect_error(ErrorCode::invalid_payload, Executed::yes, [&] { control->Add(1, 2); });
    EXPECT_EQ(control->Add(1, 2), 3);
}

TEST(HostileServers, OneOfTheFutureMayUseErrorCodesNobodyKnows)
{
    const auto error = error_of_call([](RawPeer& peer) {
        const auto id = first_request(peer);
        peer.send(frame_of(FrameKind::reply, id, {}, static_cast<std::uint8_t>(Executed::maybe), 999));
        peer.sees_the_end();
    });
    EXPECT_TRUE(error.code() == ErrorCode::unknown || error.code() == ErrorCode::invalid_payload) << error.what();
}

TEST(HostileServers, OneThatFailsWithoutATextIsUnderstood)
{
    const auto error = error_of_call([](RawPeer& peer) {
        const auto id = first_request(peer);
        peer.send(frame_of(FrameKind::reply, id, {}, 0, static_cast<std::uint16_t>(ErrorCode::resource_exhausted)));
        peer.sees_the_end();
    });
    EXPECT_TRUE(error.code() == ErrorCode::resource_exhausted || error.code() == ErrorCode::invalid_payload)
        << error.what();
}

TEST(HostileServers, OneThatThrowsAnExceptionNobodyKnowsIsQuoted)
{
    const auto error = error_of_call([](RawPeer& peer) {
        const auto id = first_request(peer);
        ByteVector body = number(1) + number(7) + bytes_of("odd.Odd") + number(0);
        peer.send(frame_of(FrameKind::reply, id, body, static_cast<std::uint8_t>(Executed::yes),
                           static_cast<std::uint16_t>(ErrorCode::user_exception)));
        peer.sees_the_end();
    });
    expect(error, ErrorCode::user_exception, Executed::yes);
    EXPECT_TRUE(contains(error.what(), "odd.Odd")) << error.what();
}

TEST(HostileServers, OneThatCallsBackWithWrongNamesGetsTypedAnswers)
{
    Gate answered;
    FakeServer server([&](RawPeer& peer) {
        const auto id = first_request(peer);
        const RequestHead head{.object_alias = 1,
                               .method_alias = 1,
                               .deadline_ms = 0,
                               .one_way = false,
                               .chain = std::nullopt,
                               .uri = "nothing of yours",
                               .interface_name = "contract.Control",
                               .method_name = "Add"};
        peer.send(request_of(1, head, number(1)));
        const auto reply = peer.receive(FrameKind::reply);
        EXPECT_TRUE(reply && static_cast<ErrorCode>(reply->header.code) == ErrorCode::object_not_found);
        answered.open();
        peer.send(frame_of(FrameKind::reply, id, number(3), 1));
        peer.sees_the_end();
    });
    Client client;
    EXPECT_EQ(client.get_object<contract::Control>(server.url())->Add(1, 2), 3);
    EXPECT_TRUE(answered.wait());
}

}  // namespace
}  // namespace remoting::test
