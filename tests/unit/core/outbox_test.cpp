// SPDX-License-Identifier: BSL-1.0
#include "raw_peer.hpp"

#include <remoting/messaging/outbox.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace remoting::test {

namespace {

Buffer buffer_of(std::string_view text)
{
    Buffer buffer;
    buffer.append(std::as_bytes(std::span(text)));
    return buffer;
}

/// Takes `most` bytes from the front, as a write does.
std::string take(Outbox& outbox, std::size_t most)
{
    Outbox::Gathered gathered;
    const std::size_t count = outbox.gather(gathered);
    std::string taken;
    for (std::size_t i = 0; i < count && taken.size() < most; ++i) {
        const auto part = gathered[i].first(std::min(gathered[i].size(), most - taken.size()));
        taken.append(reinterpret_cast<const char*>(part.data()), part.size());
    }
    outbox.consume(taken.size());
    return taken;
}

}  // namespace

TEST(Outbox, KeepsTheOrderOfSmallAndLargeFramesHoweverTheyAreTaken)
{
    std::mt19937 random(3);
    Outbox outbox;
    std::string expected;
    std::string taken;
    for (int i = 0; i < 2000; ++i) {
        const std::size_t size = i % 10 == 0 ? random() % 50'000 : random() % 300;
        const std::string frame(size, static_cast<char>(i));
        switch (random() % 3) {
            case 0:
                outbox.append(std::as_bytes(std::span(frame)));
                expected += frame;
                break;
            case 1:
                outbox.append(buffer_of(frame));
                expected += frame;
                break;
            default: {
                const std::size_t sent = frame.empty() ? 0 : random() % frame.size();
                outbox.append_rest(buffer_of(frame), sent);
                expected += frame.substr(sent);
            }
        }
        EXPECT_EQ(outbox.size(), expected.size() - taken.size());
        while (random() % 2 == 0 && !outbox.empty()) {
            taken += take(outbox, 1 + random() % 30'000);
        }
    }
    while (!outbox.empty()) {
        taken += take(outbox, 100'000);
    }
    EXPECT_EQ(taken, expected);
    EXPECT_EQ(outbox.size(), 0U);
}

TEST(Outbox, GathersManySmallFramesIntoFewWrites)
{
    Outbox outbox;
    for (int i = 0; i < 1000; ++i) {
        outbox.append(bytes_of("sixteen bytes..."));
    }
    Outbox::Gathered gathered;
    EXPECT_LE(outbox.gather(gathered), 2U);
}

TEST(Outbox, KeepsALargeFrameInItsOwnMemory)
{
    Outbox outbox;
    Buffer large = buffer_of(std::string(100'000, 'x'));
    const std::byte* const memory = large.data();
    outbox.append(std::move(large));
    Outbox::Gathered gathered;
    ASSERT_EQ(outbox.gather(gathered), 1U);
    EXPECT_EQ(gathered[0].data(), memory);
}

TEST(Outbox, OffersNoMoreChunksThanOneWriteTakes)
{
    Outbox outbox;
    for (int i = 0; i < 200; ++i) {
        outbox.append(buffer_of(std::string(5000, 'x')));
    }
    Outbox::Gathered gathered;
    EXPECT_EQ(outbox.gather(gathered), Outbox::gather_limit);
    std::size_t taken = 0;
    while (!outbox.empty()) {
        taken += take(outbox, 64'000).size();
    }
    EXPECT_EQ(taken, 1'000'000U);
}

TEST(Outbox, ForgetsEverythingWhenCleared)
{
    Outbox outbox;
    outbox.append(bytes_of("x"));
    outbox.append(buffer_of(std::string(10'000, 'y')));
    outbox.clear();
    EXPECT_TRUE(outbox.empty());
    Outbox::Gathered gathered;
    EXPECT_EQ(outbox.gather(gathered), 0U);
    outbox.append(bytes_of("z"));
    EXPECT_EQ(take(outbox, 10), "z");
}

}  // namespace remoting::test
