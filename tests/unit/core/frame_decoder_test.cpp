// SPDX-License-Identifier: BSL-1.0
#include "raw_peer.hpp"

#include <remoting/messaging/frame_decoder.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace remoting::test {

namespace {

constexpr std::size_t limit = std::size_t{4} << 20U;
constexpr std::size_t block = std::size_t{64} * 1024;

struct Decoded {
    FrameHeader header;
    std::string body;

    friend bool operator==(const Decoded& left, const Decoded& right)
    {
        return left.header.kind == right.header.kind && left.header.id == right.header.id && left.body == right.body;
    }
};

/// Gives the decoder bytes as a socket would: no more than it asked room for, no more than `most` at once.
FrameDecoder::Status feed(FrameDecoder& decoder, std::span<const std::byte> bytes, std::vector<Decoded>& frames,
                          std::size_t most = static_cast<std::size_t>(-1))
{
    for (;;) {
        FrameHeader header;
        Payload payload;
        FrameDecoder::Status status = FrameDecoder::Status::frame;
        while ((status = decoder.next(header, payload)) == FrameDecoder::Status::frame) {
            frames.push_back({header, {reinterpret_cast<const char*>(payload.bytes.data()), payload.bytes.size()}});
        }
        if (status != FrameDecoder::Status::need_more || bytes.empty()) {
            return status;
        }
        const auto room = decoder.prepare();
        EXPECT_FALSE(room.empty());
        const std::size_t count = std::min({room.size(), bytes.size(), most});
        std::memcpy(room.data(), bytes.data(), count);
        decoder.commit(count);
        bytes = bytes.subspan(count);
    }
}

ByteVector several_frames()
{
    const ByteVector large(200, std::byte{0x77});
    return frame_of(FrameKind::ping, 1) + frame_of(FrameKind::reply, 2, bytes_of("abc")) +
           frame_of(FrameKind::request, 3, large) + frame_of(FrameKind::pong, 4) +
           frame_of(FrameKind::close, 5, bytes_of("x"));
}

constexpr auto unknown_frame = static_cast<FrameKind>(0x33);
constexpr auto unknown_critical_frame = static_cast<FrameKind>(0xB3);

}  // namespace

TEST(FrameDecoder, GivesTheSameFramesWhereverTheStreamIsCut)
{
    const ByteVector stream = several_frames();
    std::vector<Decoded> expected;
    FrameDecoder whole(limit);
    feed(whole, stream, expected);
    ASSERT_EQ(expected.size(), 5U);
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        FrameDecoder decoder(limit);
        std::vector<Decoded> frames;
        feed(decoder, std::span(stream).first(cut), frames);
        feed(decoder, std::span(stream).subspan(cut), frames);
        EXPECT_EQ(frames, expected) << "cut at " << cut;
        EXPECT_FALSE(decoder.in_frame());
    }
}

TEST(FrameDecoder, GivesTheSameFramesByteByByte)
{
    std::vector<Decoded> expected;
    FrameDecoder whole(limit);
    feed(whole, several_frames(), expected);
    FrameDecoder decoder(limit);
    std::vector<Decoded> frames;
    feed(decoder, several_frames(), frames, 1);
    EXPECT_EQ(frames, expected);
}

TEST(FrameDecoder, KeepsFramesApartInALongStreamOfAllSizes)
{
    std::mt19937 random(7);
    ByteVector stream;
    std::vector<Decoded> expected;
    for (std::uint64_t id = 1; id <= 400; ++id) {
        const std::size_t size = id % 50 == 0 ? random() % 300'000 : random() % 3000;
        const std::string body(size, static_cast<char>(random()));
        expected.push_back({{.kind = FrameKind::reply, .id = id}, body});
        const ByteVector frame = frame_of(FrameKind::reply, id, bytes_of(body));
        stream.insert(stream.end(), frame.begin(), frame.end());
    }
    FrameDecoder decoder(limit);
    std::vector<Decoded> frames;
    std::span<const std::byte> rest = stream;
    while (!rest.empty()) {
        const std::size_t count = std::min<std::size_t>(1 + random() % 70'000, rest.size());
        feed(decoder, rest.first(count), frames);
        rest = rest.subspan(count);
    }
    EXPECT_EQ(frames, expected);
}

TEST(FrameDecoder, LeavesPayloadsAloneThatSomebodyKeeps)
{
    FrameDecoder decoder(limit);
    std::vector<Payload> kept;
    for (int i = 0; i < 300; ++i) {
        const ByteVector frame = frame_of(FrameKind::reply, 1, bytes_of(std::string(1000, static_cast<char>(i))));
        std::span<const std::byte> rest = frame;
        FrameHeader header;
        Payload payload;
        while (decoder.next(header, payload) != FrameDecoder::Status::frame) {
            const auto room = decoder.prepare();
            const std::size_t count = std::min(room.size(), rest.size());
            std::memcpy(room.data(), rest.data(), count);
            decoder.commit(count);
            rest = rest.subspan(count);
        }
        kept.push_back(payload);
    }
    for (int i = 0; i < 300; ++i) {
        const auto& bytes = kept[static_cast<std::size_t>(i)].bytes;
        EXPECT_TRUE(std::ranges::all_of(bytes, [&](std::byte byte) { return byte == static_cast<std::byte>(i); })) << i;
    }
}

TEST(FrameDecoder, TakesABodyUpToTheLimitAndNoLonger)
{
    for (const std::size_t size : {std::size_t{999}, std::size_t{1000}, std::size_t{1001}}) {
        FrameDecoder decoder(1000);
        std::vector<Decoded> frames;
        const auto status = feed(decoder, frame_of(FrameKind::reply, 1, ByteVector(size)), frames);
        EXPECT_EQ(status, size <= 1000 ? FrameDecoder::Status::need_more : FrameDecoder::Status::too_long) << size;
        EXPECT_EQ(frames.size(), size <= 1000 ? 1U : 0U) << size;
    }
}

TEST(FrameDecoder, UsesANewLimitForTheNextFrame)
{
    FrameDecoder decoder(10);
    std::vector<Decoded> frames;
    decoder.set_frame_limit(1000);
    EXPECT_EQ(feed(decoder, frame_of(FrameKind::reply, 1, ByteVector(1000)), frames), FrameDecoder::Status::need_more);
    EXPECT_EQ(frames.size(), 1U);
}

TEST(FrameDecoder, AllocatesNothingForALengthAboveTheLimit)
{
    FrameDecoder decoder(limit);
    std::vector<Decoded> frames;
    ByteVector header = frame_of(FrameKind::request, 1);
    std::fill_n(header.begin(), 4, std::byte{0xFF});
    EXPECT_EQ(feed(decoder, header, frames), FrameDecoder::Status::too_long);
    EXPECT_LE(decoder.memory(), block);
}

TEST(FrameDecoder, LetsMemoryFollowWhatArrivedNotWhatTheHeaderClaims)
{
    FrameDecoder decoder(limit);
    const ByteVector frame = frame_of(FrameKind::request, 1, ByteVector(limit));
    std::vector<Decoded> frames;
    std::size_t received = 0;
    while (frames.empty()) {
        const std::size_t count = std::min<std::size_t>(1000, frame.size() - received);
        feed(decoder, std::span(frame).subspan(received, count), frames);
        received += count;
        ASSERT_LE(decoder.memory(), 16 * received + block) << received;
    }
    EXPECT_EQ(received, frame.size());
    EXPECT_GE(decoder.memory(), limit);
}

TEST(FrameDecoder, GivesItsMemoryBackBetweenFramesOnly)
{
    FrameDecoder decoder(limit);
    std::vector<Decoded> frames;
    const ByteVector frame = frame_of(FrameKind::request, 1, ByteVector(1000));
    feed(decoder, std::span(frame).first(500), frames);
    decoder.release_memory();
    EXPECT_TRUE(decoder.in_frame());
    EXPECT_NE(decoder.memory(), 0U);
    feed(decoder, std::span(frame).subspan(500), frames);
    EXPECT_EQ(frames.size(), 1U);
    decoder.release_memory();
    EXPECT_EQ(decoder.memory(), 0U);
    feed(decoder, frame, frames);
    EXPECT_EQ(frames.size(), 2U);
}

TEST(FrameDecoder, ReusesItsBlockForSmallFrames)
{
    FrameDecoder decoder(limit);
    std::vector<Decoded> frames;
    for (int i = 0; i < 5000; ++i) {
        feed(decoder, frame_of(FrameKind::ping, 1), frames);
    }
    EXPECT_EQ(frames.size(), 5000U);
    EXPECT_LE(decoder.memory(), block);
}

TEST(FrameDecoder, PassesOverUnknownFramesThatAreNotCritical)
{
    FrameDecoder decoder(limit);
    std::vector<Decoded> frames;
    const auto status = feed(decoder,
                             frame_of(unknown_frame, 1, bytes_of("from the future")) + frame_of(FrameKind::ping, 2) +
                                 frame_of(unknown_frame, 3),
                             frames);
    EXPECT_EQ(status, FrameDecoder::Status::need_more);
    ASSERT_EQ(frames.size(), 1U);
    EXPECT_EQ(frames[0].header.id, 2U);
    EXPECT_FALSE(decoder.in_frame());
}

TEST(FrameDecoder, RefusesUnknownCriticalFrames)
{
    FrameDecoder decoder(limit);
    std::vector<Decoded> frames;
    const auto status = feed(decoder, frame_of(FrameKind::ping, 1) + frame_of(unknown_critical_frame, 2), frames);
    EXPECT_EQ(status, FrameDecoder::Status::malformed);
    EXPECT_EQ(frames.size(), 1U);
}

TEST(FrameDecoder, RefusesAnUnknownCriticalFrameBeforeItsBodyArrives)
{
    FrameDecoder decoder(limit);
    std::vector<Decoded> frames;
    const ByteVector frame = frame_of(unknown_critical_frame, 2, ByteVector(1000));
    EXPECT_EQ(feed(decoder, std::span(frame).first(frame_header_size), frames), FrameDecoder::Status::malformed);
}

}  // namespace remoting::test
