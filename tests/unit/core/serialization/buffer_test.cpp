// SPDX-License-Identifier: BSL-1.0
#include <remoting/errors/exceptions.hpp>
#include <remoting/serialization/buffer.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

namespace remoting {
namespace {

void append(Buffer& buffer, std::string_view text)
{
    buffer.append(std::as_bytes(std::span(text)));
}

std::string content(const Buffer& buffer)
{
    return {reinterpret_cast<const char*>(buffer.data()), buffer.size()};
}

TEST(Buffer, GrowsAndKeepsItsContent)
{
    Buffer buffer;
    EXPECT_TRUE(buffer.empty());
    std::string expected;
    for (int i = 0; i < 5000; ++i) {
        const std::string text = std::to_string(i);
        append(buffer, text);
        expected += text;
    }
    EXPECT_EQ(content(buffer), expected);
}

TEST(Buffer, PutsAHeaderBeforeThePayloadWithoutMovingIt)
{
    Buffer buffer;
    append(buffer, "payload");
    const std::byte* const payload = buffer.data();
    EXPECT_EQ(buffer.head_room_left(), Buffer::default_head_room);
    const auto header = buffer.prepend(6);
    std::memcpy(header.data(), "header", 6);
    EXPECT_EQ(content(buffer), "headerpayload");
    EXPECT_EQ(buffer.data() + 6, payload);
    std::memcpy(buffer.prepend(1).data(), "a", 1);
    append(buffer, "!");
    EXPECT_EQ(content(buffer), "aheaderpayload!");
    EXPECT_EQ(buffer.head_room_left(), Buffer::default_head_room - 7);
}

TEST(Buffer, PutsAHeaderBeforeNothing)
{
    Buffer buffer;
    std::memcpy(buffer.prepend(2).data(), "ab", 2);
    append(buffer, "c");
    EXPECT_EQ(content(buffer), "abc");
}

TEST(Buffer, KeepsWhatWasPutInFrontWhenItGrows)
{
    Buffer buffer;
    append(buffer, "b");
    std::memcpy(buffer.prepend(1).data(), "a", 1);
    append(buffer, std::string(10'000, 'c'));
    EXPECT_EQ(content(buffer), "ab" + std::string(10'000, 'c'));
    EXPECT_EQ(buffer.head_room_left(), Buffer::default_head_room - 1);
}

TEST(Buffer, ThrowsWhenTheHeadRoomIsUsedUp)
{
    Buffer buffer(1000, 8);
    append(buffer, "x");
    static_cast<void>(buffer.prepend(8));
    EXPECT_THROW(static_cast<void>(buffer.prepend(1)), std::length_error);
    EXPECT_EQ(buffer.size(), 9U);
}

TEST(Buffer, ThrowsLimitExceededAboveTheLimitAndKeepsItsContent)
{
    Buffer buffer(1000);
    append(buffer, std::string(999, 'x'));
    buffer.append(1);
    try {
        buffer.append(1);
        FAIL() << "nothing thrown";
    } catch (const RemotingError& error) {
        EXPECT_EQ(error.code(), ErrorCode::limit_exceeded);
        EXPECT_EQ(error.executed(), Executed::no);
        EXPECT_NE(error.cause().find("1000 bytes"), std::string::npos);
    }
    EXPECT_EQ(buffer.size(), 1000U);
    EXPECT_THROW(buffer.append(static_cast<std::size_t>(-1)), RemotingError);
}

TEST(Buffer, HoldsExactlyItsLimitWhateverTheHeadRoom)
{
    for (const std::size_t limit : {0U, 1U, 447U, 448U, 449U, 5000U}) {
        Buffer buffer(limit);
        for (std::size_t i = 0; i < limit; ++i) {
            buffer.append(1);
        }
        EXPECT_THROW(buffer.append(1), RemotingError);
        static_cast<void>(buffer.prepend(4));
        EXPECT_EQ(buffer.size(), limit + 4);
    }
}

TEST(Buffer, ObeysALimitThatChanges)
{
    Buffer buffer;
    append(buffer, "12345678");
    buffer.set_limit(4);
    EXPECT_THROW(buffer.append(1), RemotingError);
    EXPECT_EQ(buffer.size(), 8U);
    buffer.clear();
    buffer.append(4);
    EXPECT_THROW(buffer.append(1), RemotingError);
    buffer.set_limit(5);
    buffer.append(1);
    EXPECT_THROW(buffer.append(1), RemotingError);
}

TEST(Buffer, NeverHasALimitThatLengthsOnTheWireCannotExpress)
{
    EXPECT_EQ(Buffer(static_cast<std::size_t>(-1)).limit(), 0xFFFF'FFFFU);
    Buffer buffer;
    buffer.set_limit(static_cast<std::size_t>(-1));
    EXPECT_EQ(buffer.limit(), 0xFFFF'FFFFU);
}

TEST(Buffer, KeepsItsMemoryWhenClearedAndRestoresTheHeadRoom)
{
    Buffer buffer;
    append(buffer, std::string(10'000, 'x'));
    static_cast<void>(buffer.prepend(10));
    const std::size_t capacity = buffer.capacity();
    buffer.clear();
    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(buffer.capacity(), capacity);
    EXPECT_EQ(buffer.head_room_left(), Buffer::default_head_room);
    append(buffer, "y");
    EXPECT_EQ(content(buffer), "y");
}

TEST(Buffer, GivesMemoryBack)
{
    Buffer buffer;
    append(buffer, std::string(10'000, 'x'));
    buffer.shrink(100'000);
    EXPECT_GE(buffer.capacity(), 10'000U);
    buffer.shrink(100);
    EXPECT_EQ(buffer.capacity(), 10'000U);
    EXPECT_EQ(content(buffer), std::string(10'000, 'x'));
    buffer.clear();
    buffer.shrink(100);
    EXPECT_EQ(buffer.capacity(), 100U);
    append(buffer, std::string(200, 'y'));
    EXPECT_EQ(content(buffer), std::string(200, 'y'));
    buffer.clear();
    buffer.shrink(0);
    EXPECT_EQ(buffer.capacity(), 0U);
    append(buffer, "z");
    EXPECT_EQ(content(buffer), "z");
}

TEST(Buffer, MovesItsContent)
{
    Buffer buffer(100, 16);
    append(buffer, "abc");
    const std::byte* const data = buffer.data();
    Buffer other = std::move(buffer);
    EXPECT_EQ(other.data(), data);
    EXPECT_EQ(content(other), "abc");
    EXPECT_EQ(other.limit(), 100U);
    append(buffer, "new");  // NOLINT: a moved-from buffer is empty and usable
    EXPECT_EQ(content(buffer), "new");
    buffer = std::move(other);
    EXPECT_EQ(content(buffer), "abc");
}

TEST(Buffer, ReservesAtOnce)
{
    Buffer buffer;
    buffer.reserve(5000);
    const std::byte* const data = buffer.data();
    append(buffer, std::string(5000, 'x'));
    EXPECT_EQ(buffer.data(), data);
}

TEST(Buffer, IsCutOff)
{
    Buffer buffer;
    append(buffer, "abcdef");
    buffer.truncate(2);
    append(buffer, "x");
    EXPECT_EQ(content(buffer), "abx");
    static_cast<void>(buffer.prepend(3));
    buffer.truncate(1);
    append(buffer, std::string(1000, 'y'));
    EXPECT_EQ(content(buffer).substr(1), std::string(1000, 'y'));
}

}  // namespace
}  // namespace remoting
