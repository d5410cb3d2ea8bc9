// SPDX-License-Identifier: BSL-1.0
// Frames that arrive in pieces.
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

ByteVector noise(std::size_t size, unsigned seed)
{
    std::mt19937 random(seed);
    ByteVector bytes(size);
    for (std::byte& byte : bytes) {
        byte = static_cast<std::byte>(random());
    }
    return bytes;
}

ByteVector first_piece(std::uint64_t id, std::span<const std::byte> bytes)
{
    return frame_of(FrameKind::piece, id, bytes, flag_first_piece);
}

ByteVector piece(std::uint64_t id, std::span<const std::byte> bytes)
{
    return frame_of(FrameKind::piece, id, bytes);
}

/// What a decoder made of a stream: "begun 7", "frame 7 (1000)", and how it ended.
struct Decoding {
    std::vector<std::string> events;
    std::vector<ByteVector> bodies;
    FrameDecoder::Status end = FrameDecoder::Status::need_more;
};

Decoding decode(FrameDecoder& decoder, std::span<const std::byte> bytes, std::size_t most = static_cast<std::size_t>(-1))
{
    Decoding decoding;
    for (;;) {
        FrameHeader header;
        Payload payload;
        const auto status = decoder.next(header, payload);
        if (status == FrameDecoder::Status::frame || status == FrameDecoder::Status::begun) {
            const bool is_whole = status == FrameDecoder::Status::frame;
            decoding.events.push_back((is_whole ? "frame " : "begun ") + std::to_string(header.id));
            if (is_whole) {
                EXPECT_EQ(payload.bytes.size(), header.size);
                decoding.bodies.emplace_back(payload.bytes.begin(), payload.bytes.end());
            }
            continue;
        }
        decoding.end = status;
        if (status != FrameDecoder::Status::need_more || bytes.empty()) {
            return decoding;
        }
        const auto room = decoder.prepare();
        EXPECT_FALSE(room.empty());
        const std::size_t count = std::min({room.size(), bytes.size(), most});
        std::memcpy(room.data(), bytes.data(), count);
        decoder.commit(count);
        bytes = bytes.subspan(count);
    }
}

FrameDecoder::Status end_of(const ByteVector& stream)
{
    FrameDecoder decoder(limit);
    return decode(decoder, stream).end;
}

}  // namespace

TEST(LongFrames, ArePutTogetherFromPiecesBetweenWhichOthersCome)
{
    const ByteVector one = noise(300'000, 1);
    const ByteVector two = noise(70'000, 2);
    const ByteVector first = frame_of(FrameKind::request, 11, one);
    const ByteVector second = frame_of(FrameKind::reply, 12, two);
    const auto part = [](const ByteVector& whole, std::size_t from, std::size_t to) {
        return std::span(whole).subspan(from, std::min(to, whole.size()) - from);
    };
    const ByteVector stream = first_piece(1, part(first, 0, 1000)) + frame_of(FrameKind::ping, 13) +
                              first_piece(2, part(second, 0, 65'536)) + piece(1, part(first, 1000, 100'000)) +
                              frame_of(FrameKind::request, 14, noise(5000, 3)) +
                              piece(2, part(second, 65'536, second.size())) +
                              piece(1, part(first, 100'000, first.size())) + frame_of(FrameKind::pong, 15);
    const std::vector<std::string> expected{"begun 11", "frame 13", "begun 12", "frame 14",
                                            "frame 12", "frame 11", "frame 15"};
    for (const std::size_t most : {std::size_t{1}, std::size_t{15}, std::size_t{4096}, std::size_t{100'000}, stream.size()}) {
        FrameDecoder decoder(limit);
        const Decoding decoding = decode(decoder, stream, most);
        EXPECT_EQ(decoding.events, expected) << "reads of " << most;
        ASSERT_EQ(decoding.bodies.size(), 5U);
        EXPECT_EQ(decoding.bodies[2], two);
        EXPECT_EQ(decoding.bodies[3], one);
        EXPECT_FALSE(decoder.in_frame());
    }
}

TEST(LongFrames, BeginWithWhatThereIsOfTheirBody)
{
    FrameDecoder decoder(limit);
    const ByteVector frame = frame_of(FrameKind::request, 5, bytes_of("head and more"));
    const ByteVector stream = first_piece(1, std::span(frame).first(frame_header_size + 4));
    const auto room = decoder.prepare();
    std::memcpy(room.data(), stream.data(), stream.size());
    decoder.commit(stream.size());
    FrameHeader header;
    Payload payload;
    ASSERT_EQ(decoder.next(header, payload), FrameDecoder::Status::begun);
    EXPECT_EQ(header.id, 5U);
    EXPECT_EQ(header.size, 13U);
    EXPECT_EQ(ByteVector(payload.bytes.begin(), payload.bytes.end()), bytes_of("head"));
    EXPECT_TRUE(decoder.in_frame());
}

TEST(LongFrames, AreRefusedWhenTheirPiecesBelongNowhere)
{
    const ByteVector frame = frame_of(FrameKind::request, 5, noise(1000, 1));
    const auto start = std::span(frame).first(500);
    const auto rest = std::span(frame).subspan(500);
    const auto malformed = FrameDecoder::Status::malformed;
    EXPECT_EQ(end_of(first_piece(1, start) + piece(1, rest)), FrameDecoder::Status::need_more) << "as it should be";
    EXPECT_EQ(end_of(piece(1, rest)), malformed) << "of a frame that has not begun";
    EXPECT_EQ(end_of(first_piece(1, start) + piece(1, rest) + piece(1, rest)), malformed) << "of one that has ended";
    EXPECT_EQ(end_of(first_piece(1, start) + piece(2, rest)), malformed) << "of another";
    EXPECT_EQ(end_of(first_piece(1, start) + first_piece(1, start)), malformed) << "begun twice";
    EXPECT_EQ(end_of(first_piece(2, start) + first_piece(1, start)), malformed) << "numbers that do not rise";
    EXPECT_EQ(end_of(first_piece(1, start) + piece(1, frame)), malformed) << "longer than the rest";
    EXPECT_EQ(end_of(first_piece(1, start) + piece(1, {})), malformed) << "of nothing";
    EXPECT_EQ(end_of(first_piece(1, std::span(frame).first(15))), malformed) << "without a whole header";
    EXPECT_EQ(end_of(first_piece(1, frame)), malformed) << "the whole frame";
    const ByteVector hello = frame_of(FrameKind::hello, 5, noise(1000, 1));
    EXPECT_EQ(end_of(first_piece(1, std::span(hello).first(500))), malformed) << "of what may not be long";
    ByteVector many;
    for (std::uint64_t id = 1; id <= frames_in_pieces_limit; ++id) {
        many = many + first_piece(id, start);
    }
    EXPECT_EQ(end_of(many), FrameDecoder::Status::need_more);
    EXPECT_EQ(end_of(many + first_piece(frames_in_pieces_limit + 1, start)), malformed) << "too many at once";
}

TEST(LongFrames, AreTakenUpToTheLimit)
{
    ByteVector header(frame_header_size);
    const auto write = [&](std::size_t size) {
        write_header(std::span(header).first<frame_header_size>(),
                     {.size = static_cast<std::uint32_t>(size), .kind = FrameKind::request, .id = 1});
        return header + ByteVector(10);
    };
    EXPECT_EQ(end_of(first_piece(1, write(limit))), FrameDecoder::Status::need_more);
    EXPECT_EQ(end_of(first_piece(1, write(limit + 1))), FrameDecoder::Status::too_long);
}

TEST(LongFrames, SurviveRandomStreams)
{
    std::mt19937 random(20);
    for (int round = 0; round < 2000; ++round) {
        ByteVector stream;
        for (int i = 0; i < 12; ++i) {
            const ByteVector frame = frame_of(random() % 2 == 0 ? FrameKind::request : FrameKind::reply, random() % 4,
                                              noise(random() % 200, static_cast<unsigned>(random())));
            const auto part = std::span(frame).first(random() % (frame.size() + 1));
            stream = stream + (random() % 2 == 0 ? first_piece(random() % 8, part) : piece(random() % 8, part));
        }
        FrameDecoder decoder(limit);
        decode(decoder, stream, random() % 100 + 1);
    }
}

}  // namespace remoting::test
