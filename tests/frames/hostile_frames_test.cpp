// SPDX-License-Identifier: BSL-1.0
#include "counted_new.hpp"
#include "frame_files.hpp"
#include "open_descriptors.hpp"
#include "pair_stream.hpp"
#include "probe_servant.hpp"
#include "raw_peer.hpp"
#include "wrapping_channel.hpp"

#include <remoting/client.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/server.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <thread>
#include <utility>

// Every truncation and every single-byte change of each golden frame, fed to a real server and to a real client:
// a typed error or no harm, and no memory beyond what was sent.

namespace remoting::test {

namespace {

/// What one connection of a hostile peer may cost while it lasts: its decoder's block, its tables, its frames' copies.
constexpr std::size_t memory_of_a_connection = std::size_t{512} * 1024;

bool eventually_open_at_most(std::ptrdiff_t count)
{
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (open_descriptors() > count) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

/// The connections before may still be on their way out, which is not the next one's cost.
std::size_t reset_new_peak_when_at_most(std::size_t live)
{
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (;;) {
        const std::size_t now = reset_new_peak();
        if (now <= live || std::chrono::steady_clock::now() > end) {
            EXPECT_LE(now, live);
            return now;
        }
        std::this_thread::yield();
    }
}

bool is_named(ErrorCode code)
{
    return code == ErrorCode::unknown || to_string(code) != "unknown";
}

/// All values of each byte, or a choice of them where a sanitizer makes connections slow (REMOTING_HOSTILE_VALUES).
void for_each_change(const ByteVector& frame, const std::function<void(const ByteVector&)>& use)
{
    const char* const wanted = std::getenv("REMOTING_HOSTILE_VALUES");
    const unsigned values = wanted != nullptr ? static_cast<unsigned>(std::atoi(wanted)) : 255;
    for (std::size_t length = 0; length < frame.size(); ++length) {
        use({frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(length)});
    }
    for (std::size_t position = 0; position < frame.size(); ++position) {
        ByteVector changed = frame;
        for (unsigned value = 1; value <= values; ++value) {
            const unsigned difference = values == 255 ? value
                                        : value <= 8  ? 1U << (value - 1)
                                                      : value * 37U % 255U + 1U;
            changed[position] = frame[position] ^ static_cast<std::byte>(difference);
            use(changed);
        }
    }
}

class HostileClient : public testing::TestWithParam<std::string> {};

/// What the server answered until it closed is well-formed, and its error codes have names.
void expect_sound_answers(RawPeer& peer)
{
    for (;;) {
        const auto frame = peer.receive();
        if (!frame) {
            break;
        }
        const auto code = static_cast<ErrorCode>(frame->header.code);
        switch (frame->header.kind) {
            case FrameKind::reply:
                ASSERT_TRUE(is_named(code)) << frame->header.code;
                ASSERT_LE(frame->header.flags, 2);
                break;
            case FrameKind::close:
                ASSERT_TRUE(is_named(code)) << frame->header.code;
                ASSERT_NE(code, ErrorCode::ok);
                ASSERT_FALSE(frame->body.empty());
                break;
            case FrameKind::hello:
            case FrameKind::pong:
            case FrameKind::goodbye:
                break;
            default:
                FAIL() << "a frame of kind " << static_cast<int>(frame->header.kind);
        }
    }
    ASSERT_TRUE(peer.sees_the_end());
}

void expect_good_service(WrappingChannel& channel)
{
    RawPeer peer(channel.dial("golden"));
    peer.send(golden("hello") + golden("request_defining"));
    const auto reply = peer.receive(FrameKind::reply);
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->header.code, 0);
    peer.finish_sending();
    EXPECT_TRUE(peer.sees_the_end());
}

TEST_P(HostileClient, GetsATypedAnswerAndNoMoreMemoryThanItSent)
{
    const auto channel = std::make_shared<WrappingChannel>();
    const auto servant = std::make_shared<ProbeServant>();
    ServerOptions options;
    options.channels = registry_of(channel);
    options.threads = 2;
    Server server(std::move(options));
    server.publish<probe::Probe>("probe", servant);
    server.listen("test://golden");

    const std::string name = GetParam();
    const ByteVector before =
        name == "hello" ? ByteVector()
                        : golden("hello") + (name == "request_defining" ? ByteVector() : golden("request_defining"));
    const ByteVector after = golden("ping");
    expect_good_service(*channel);
    const std::ptrdiff_t descriptors = open_descriptors();
    const std::size_t quiet = reset_new_peak();
    std::size_t largest = 0;
    for_each_change(golden(name), [&](const ByteVector& changed) {
        if (HasFatalFailure()) {
            return;
        }
        const std::size_t live = reset_new_peak_when_at_most(quiet + memory_of_a_connection / 4);
        RawPeer peer(channel->dial("golden"));
        peer.send(before + changed + (changed.size() < golden(name).size() ? ByteVector() : after));
        peer.finish_sending();
        expect_sound_answers(peer);
        largest = std::max(largest, std::max(NewCounts::of_process().peak_bytes, live) - live);
    });
    EXPECT_LT(largest, memory_of_a_connection);
    EXPECT_TRUE(eventually_open_at_most(descriptors)) << open_descriptors() << " instead of " << descriptors;
    expect_good_service(*channel);
}

INSTANTIATE_TEST_SUITE_P(Frames, HostileClient,
                         testing::Values("hello", "request_defining", "request_plain", "request_one_way",
                                         "request_chain", "request_context", "request_pieces", "release", "goodbye", "ping", "pong",
                                         "cancel", "close", "reply_ok", "reply_internal"),
                         [](const auto& tested) { return tested.param; });

ByteVector text_of(std::string_view text)
{
    ByteVector bytes{static_cast<std::byte>(text.size() & 0xFFU), static_cast<std::byte>(text.size() >> 8U)};
    return std::move(bytes) + bytes_of(text);
}

/// Arguments of Add, and behind them `entries` as a call context.
ByteVector with_context(const ByteVector& entries)
{
    const ByteVector size{static_cast<std::byte>(entries.size() & 0xFFU), static_cast<std::byte>(entries.size() >> 8U)};
    return ByteVector(8) + entries + size;
}

TEST(HostileContext, FailsItsCallAndNothingElse)
{
    const auto channel = std::make_shared<WrappingChannel>();
    const auto servant = std::make_shared<ProbeServant>();
    ServerOptions options;
    options.channels = registry_of(channel);
    Server server(std::move(options));
    server.publish<probe::Probe>("probe", servant);
    server.listen("test://golden");
    RawPeer peer(channel->dial("golden"));
    peer.send(golden("hello") + golden("request_defining"));
    ASSERT_TRUE(peer.receive(FrameKind::reply).has_value());

    ByteVector too_many;
    for (int i = 100; i <= 164; ++i) {
        too_many = std::move(too_many) + text_of(std::to_string(i)) + text_of("");
    }
    const ByteVector too_long = text_of("k") + text_of(std::string(9000, 'v'));
    const std::vector<std::pair<ByteVector, ErrorCode>> hostile{
        {ByteVector(1), ErrorCode::invalid_payload},
        {with_context({}), ErrorCode::invalid_payload},
        {ByteVector(8, std::byte{0xFF}), ErrorCode::invalid_payload},
        {with_context(text_of("key")), ErrorCode::invalid_payload},
        {with_context(text_of("") + text_of("no key")), ErrorCode::invalid_payload},
        {with_context(text_of("twice") + text_of("1") + text_of("twice") + text_of("2")), ErrorCode::invalid_payload},
        {with_context(text_of("key") + text_of("\xC0\x80")), ErrorCode::invalid_payload},
        {with_context(text_of("\xFF") + text_of("value")), ErrorCode::invalid_payload},
        {with_context(too_many), ErrorCode::limit_exceeded},
        {with_context(too_long), ErrorCode::limit_exceeded}};
    std::uint64_t id = 1;
    for (const auto& [arguments, code] : hostile) {
        peer.send(request_of(++id, {.object_alias = 1, .method_alias = 1, .has_context = true}, arguments));
        const auto reply = peer.receive(FrameKind::reply);
        ASSERT_TRUE(reply.has_value()) << id;
        EXPECT_EQ(to_string(static_cast<ErrorCode>(reply->header.code)), to_string(code)) << id;
        EXPECT_EQ(reply->header.flags, static_cast<unsigned>(Executed::no)) << id;
    }
    EXPECT_EQ(servant->adds, 1);
    const ByteVector sound = with_context(text_of("key") + text_of("value"));
    peer.send(request_of(++id, {.object_alias = 1, .method_alias = 1, .has_context = true}, sound));
    EXPECT_EQ(peer.receive(FrameKind::reply)->header.code, 0);
    EXPECT_EQ(servant->adds, 2);
}

/// A server that has its last words ready: `answer` is there as soon as the client has sent its request. Without an
/// answer it ends behind its greeting.
class AnsweringStream final : public ByteStream {
public:
    AnsweringStream(const ByteVector& greeting, const ByteVector* answer)
        : AnsweringStream(make_descriptor_pair(), greeting, answer)
    {
    }

    IoResult read_some(std::span<std::byte> buffer) override { return stream_.read_some(buffer); }
    IoResult read_some_wait(std::span<std::byte> buffer) override { return stream_.read_some_wait(buffer); }
    IoResult write_some(std::span<const std::span<const std::byte>> buffers) override
    {
        const IoResult result = stream_.write_some(buffers);
        if (++writes_ == 2 && answer_ != nullptr) {
            peer_.send(*answer_);
            peer_.finish_sending();
        }
        return result;
    }
    int descriptor() const noexcept override { return stream_.descriptor(); }
    void shutdown() noexcept override { stream_.shutdown(); }
    const PeerIdentity& peer() const noexcept override { return stream_.peer(); }

private:
    AnsweringStream(std::pair<int, int> ends, const ByteVector& greeting, const ByteVector* answer)
        : stream_(ends.first),
          peer_(ends.second),
          answer_(answer)
    {
        peer_.send(greeting);
        if (answer_ == nullptr) {
            peer_.finish_sending();
        }
    }

    PairStream stream_;
    RawPeer peer_;
    const ByteVector* answer_;
    int writes_ = 0;
};

class AnsweringChannel final : public ClientChannel {
public:
    std::shared_ptr<Connection> connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline) override
    {
        return host.open(std::make_unique<AnsweringStream>(greeting, answer), url, deadline);
    }
    ByteVector greeting;
    const ByteVector* answer = nullptr;
};

class HostileServer : public testing::TestWithParam<std::string> {};

/// What came of a call: a value, or an exception of the documented kinds with a code that has a name.
void expect_typed_outcome(probe::Probe& object, bool refuses)
{
    const auto start = std::chrono::steady_clock::now();
    try {
        if (refuses) {
            object.Refuse("no");
        } else {
            object.Add(2, 3);
        }
    } catch (const RemotingError& error) {
        EXPECT_TRUE(is_named(error.code())) << error.what();
        EXPECT_NE(error.code(), ErrorCode::ok) << error.what();
        EXPECT_FALSE(error.method().empty()) << error.what();
    } catch (const RemoteException&) {
    } catch (const UserException&) {
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST_P(HostileServer, CausesATypedErrorAndNoMoreMemoryThanItSent)
{
    const auto channel = std::make_shared<AnsweringChannel>();
    ClientOptions options;
    options.channels.add("test", channel, nullptr);
    options.deadline = std::chrono::seconds(20);
    Client client(std::move(options));
    client.get_object<probe::Probe>("test://warm/up");
    const std::string name = GetParam();
    const bool greets = name == "hello_answer";
    channel->greeting = golden("hello_answer");
    std::size_t largest = 0;
    int number = 0;
    std::ptrdiff_t descriptors = 0;
    for_each_change(golden(name), [&](const ByteVector& changed) {
        if (HasFailure()) {
            return;
        }
        channel->answer = &changed;
        if (greets) {
            channel->greeting = changed;
            channel->answer = nullptr;
        }
        const std::size_t live = reset_new_peak();
        {
            const auto object = client.get_object<probe::Probe>("test://server" + std::to_string(++number) + "/probe");
            expect_typed_outcome(*object, name == "reply_user_exception");
        }
        largest = std::max(largest, std::max(NewCounts::of_process().peak_bytes, live) - live);
        if (number == 1) {
            descriptors = open_descriptors();
        }
    });
    EXPECT_LT(largest, memory_of_a_connection);
    // Connections whose end was not awaited are forgotten with a next one.
    channel->greeting = golden("hello_answer");
    channel->answer = nullptr;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (open_descriptors() > descriptors + 10 && std::chrono::steady_clock::now() < end) {
        expect_typed_outcome(*client.get_object<probe::Probe>("test://last/probe"), false);
    }
    EXPECT_LE(open_descriptors(), descriptors + 10);
}

INSTANTIATE_TEST_SUITE_P(Frames, HostileServer,
                         testing::Values("hello_answer", "reply_ok", "reply_context", "reply_user_exception",
                                         "reply_internal", "reply_object_not_found", "goodbye", "ping", "pong", "close",
                                         "release", "request_chain"),
                         [](const auto& tested) { return tested.param; });

}  // namespace

}  // namespace remoting::test
