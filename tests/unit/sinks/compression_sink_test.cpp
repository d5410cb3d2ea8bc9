// SPDX-License-Identifier: BSL-1.0
#include "errors.hpp"

#include <remoting/sinks/compression_sink.hpp>

#include <gtest/gtest.h>
#include <zstd.h>

#include <algorithm>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace remoting::test {
namespace {

std::string sent(CompressionSink& sink, const std::string& content)
{
    Buffer payload;
    payload.append(std::as_bytes(std::span(content)));
    sink.outgoing(payload);
    return {reinterpret_cast<const char*>(payload.data()), payload.size()};
}

std::string received(CompressionSink& sink, const std::string& bytes)
{
    Buffer payload;
    sink.incoming(std::as_bytes(std::span(bytes)), payload);
    return {reinterpret_cast<const char*>(payload.data()), payload.size()};
}

/// Words of few letters: they shrink to about a fifth.
std::string words(std::size_t size)
{
    std::minstd_rand random(7);
    std::string text(size, ' ');
    std::ranges::generate(text, [&] { return "abc "[random() % 4]; });
    return text;
}

std::string noise(std::size_t size)
{
    std::minstd_rand random(7);
    std::string text(size, ' ');
    std::ranges::generate(text, [&] { return static_cast<char>(random() >> 8U); });
    return text;
}

/// What a hostile peer could send.
std::string packed(const std::string& content)
{
    std::string bytes(ZSTD_compressBound(content.size()), '\0');
    bytes.resize(ZSTD_compress(bytes.data(), bytes.size(), content.data(), content.size(), 3));
    return bytes + '\1';
}

TEST(Compression, GivesBackWhatItWasGiven)
{
    CompressionSink sink;
    for (const std::size_t size : {0U, 1U, 1023U, 1024U, 1025U, 100'000U, 1'000'000U}) {
        EXPECT_EQ(received(sink, sent(sink, words(size))), words(size)) << size;
        EXPECT_EQ(received(sink, sent(sink, noise(size))), noise(size)) << size;
    }
}

TEST(Compression, MakesPayloadsShorterFromTheThresholdOn)
{
    CompressionSink sink({.threshold = 1000});
    EXPECT_EQ(sent(sink, words(999)).size(), 1000U);
    EXPECT_LT(sent(sink, words(1000)).size(), 500U);
}

TEST(Compression, LeavesWhatDoesNotBecomeShorter)
{
    CompressionSink sink;
    EXPECT_EQ(sent(sink, noise(10'000)).size(), 10'001U);
}

TEST(Compression, SendsNothingThatTheOtherSideWouldTakeForABomb)
{
    CompressionSink sink;
    const std::string zeros(4'000'000, '\0');
    EXPECT_EQ(received(sink, sent(sink, zeros)), zeros);
    const std::string some_zeros(60'000, '\0');
    EXPECT_LT(sent(sink, some_zeros).size(), 100U) << "64 KiB are allowed for any message";
    EXPECT_EQ(received(sink, sent(sink, some_zeros)), some_zeros);
}

TEST(Compression, RefusesBombsBeforeAnythingIsAllocated)
{
    CompressionSink sink;
    const std::string bomb = packed(std::string(10'000'000, '\0'));
    ASSERT_LT(bomb.size(), 2000U);
    Buffer payload;
    expect_error(ErrorCode::limit_exceeded, Executed::no,
                 [&] { sink.incoming(std::as_bytes(std::span(bomb)), payload); });
    EXPECT_EQ(payload.capacity(), 0U);
}

TEST(Compression, AcceptsExactlyWhatTheLimitsAllow)
{
    Limits limits;
    limits.message_size = 5000;
    CompressionSink sink({}, limits);
    EXPECT_EQ(received(sink, packed(words(5000))), words(5000));
    expect_error(ErrorCode::limit_exceeded, Executed::no, [&] { received(sink, packed(words(5001))); });
    const std::string zeros = packed(std::string(4000, '\0'));
    limits.decode.memory_factor = 1;
    limits.decode.memory_base = 4000 - (zeros.size() - 1);
    CompressionSink exact({}, limits);
    EXPECT_EQ(received(exact, zeros).size(), 4000U);
    limits.decode.memory_base -= 1;
    CompressionSink stricter({}, limits);
    expect_error(ErrorCode::limit_exceeded, Executed::no, [&] { received(stricter, zeros); });
}

TEST(Compression, RefusesWhatIsMalformed)
{
    CompressionSink sink;
    const auto expect_malformed = [&](const std::string& bytes) {
        expect_error(ErrorCode::invalid_payload, Executed::no, [&] { received(sink, bytes); });
    };
    expect_malformed("");
    expect_malformed("abc\2");
    expect_malformed("abc\1");
    expect_malformed("\1");
    const std::string good = packed(words(5000));
    for (std::size_t size = 0; size + 1 < good.size(); ++size) {
        expect_malformed(good.substr(0, size) + '\1');
    }
    expect_malformed(good.substr(0, good.size() - 1) + good);
}

TEST(Compression, RefusesAFrameThatDoesNotSayItsSize)
{
    CompressionSink sink;
    const std::string content = words(5000);
    std::string bytes(ZSTD_compressBound(content.size()), '\0');
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
    bytes.resize(ZSTD_compress2(context, bytes.data(), bytes.size(), content.data(), content.size()));
    ZSTD_freeCCtx(context);
    expect_error(ErrorCode::invalid_payload, Executed::no, [&] { received(sink, bytes + '\1'); });
}

TEST(Compression, HasTheLevelsOfZstd)
{
    for (const int level : {-7, 1, 19}) {
        CompressionSink sink({.level = level});
        EXPECT_EQ(received(sink, sent(sink, words(5000))), words(5000)) << level;
    }
    expect_error(ErrorCode::invalid_argument, Executed::no, [] { CompressionSink({.level = 23}); });
    expect_error(ErrorCode::invalid_argument, Executed::no, [] { CompressionSink({.level = -8}); });
}

TEST(Compression, WorksForManyThreadsAtOnce)
{
    CompressionSink sink;
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 4; ++i) {
        threads.emplace_back([&sink, i] {
            for (std::size_t n = 0; n < 50; ++n) {
                const std::string content = words(2000 + n * 100 + i);
                EXPECT_EQ(received(sink, sent(sink, content)), content);
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
}

}  // namespace
}  // namespace remoting::test
