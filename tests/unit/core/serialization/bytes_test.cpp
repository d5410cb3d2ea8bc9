// SPDX-License-Identifier: BSL-1.0
#include <remoting/types/bytes.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "counted_memory.hpp"

namespace remoting {
namespace {

TEST(Bytes, AreMadeOfTextSpansAndLists)
{
    const std::vector<std::byte> source = {std::byte{'a'}, std::byte{'b'}};
    EXPECT_EQ(Bytes(source), Bytes("ab"));
    EXPECT_EQ(Bytes("ab").as_string_view(), "ab");
    EXPECT_EQ((Bytes{std::byte{'a'}, std::byte{'b'}}), Bytes("ab"));
    EXPECT_EQ(Bytes(3, std::byte{'x'}), Bytes("xxx"));
    EXPECT_EQ(Bytes(std::size_t{5}).size(), 5U);
    EXPECT_TRUE(Bytes().empty());
    EXPECT_EQ(Bytes(""), Bytes());
}

TEST(Bytes, CompareByContent)
{
    EXPECT_LT(Bytes("ab"), Bytes("abc"));
    EXPECT_LT(Bytes("a\x7F"), Bytes("a\x80"));
    EXPECT_NE(Bytes("ab"), Bytes("ac"));
}

TEST(Bytes, KeepTheirContentWhenTheyGrow)
{
    Bytes bytes("ab");
    for (int i = 0; i < 1000; ++i) {
        bytes.push_back(std::byte{'c'});
    }
    bytes.append(std::as_bytes(std::span(std::string_view("de"))));
    EXPECT_EQ(bytes.as_string_view(), "ab" + std::string(1000, 'c') + "de");
    bytes.resize(1);
    EXPECT_EQ(bytes, Bytes("a"));
    EXPECT_GE(bytes.capacity(), 1004U);
}

TEST(Bytes, GrowGeometrically)
{
    testing::CountedMemory memory;
    Bytes bytes;
    for (int i = 0; i < 100'000; ++i) {
        bytes.push_back(std::byte{1});
    }
    EXPECT_LT(memory.allocations(), 40U);
}

TEST(Bytes, CopyDeeplyAndMoveWithoutAllocating)
{
    Bytes original("abc");
    Bytes copy = original;
    copy[0] = std::byte{'x'};
    EXPECT_EQ(original, Bytes("abc"));
    const std::byte* const content = copy.data();
    testing::CountedMemory memory;
    Bytes moved = std::move(copy);
    EXPECT_EQ(moved.data(), content);
    original = std::move(moved);
    EXPECT_EQ(original.data(), content);
    EXPECT_EQ(memory.allocations(), 0U);
    Bytes& itself = original;
    original = itself;
    EXPECT_EQ(original, Bytes("xbc"));
}

TEST(Bytes, ReuseTheirMemoryWhenAssigned)
{
    Bytes bytes("abcdef");
    testing::CountedMemory memory;
    bytes.assign(std::as_bytes(std::span(std::string_view("xyz"))));
    bytes = Bytes();
    EXPECT_EQ(memory.allocations(), 0U);
}

TEST(Bytes, AreARange)
{
    const Bytes bytes("cab");
    EXPECT_EQ(std::count(bytes.begin(), bytes.end(), std::byte{'a'}), 1);
    Bytes sorted = bytes;
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(sorted, Bytes("abc"));
}

}  // namespace
}  // namespace remoting
