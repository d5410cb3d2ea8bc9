// SPDX-License-Identifier: BSL-1.0
#include <cmath>
#include <deque>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "coding.hpp"
#include "counted_memory.hpp"
#include "sample_types.hpp"

namespace remoting::testing {
namespace {

template <class T>
void expect_round_trip(const T& value)
{
    const Bytes bytes = encode(value);
    T loaded{};
    InputArchive archive(bytes);
    archive >> loaded;
    EXPECT_EQ(loaded, value);
    EXPECT_EQ(archive.remaining(), 0U);
}

template <class T>
void expect_limits_round_trip()
{
    expect_round_trip(std::numeric_limits<T>::min());
    expect_round_trip(std::numeric_limits<T>::max());
    expect_round_trip(std::numeric_limits<T>::lowest());
    expect_round_trip(T{});
}

TEST(ArchiveRoundTrip, KeepsTheLimitsOfEachNumberType)
{
    expect_limits_round_trip<bool>();
    expect_limits_round_trip<char>();
    expect_limits_round_trip<std::int8_t>();
    expect_limits_round_trip<std::uint8_t>();
    expect_limits_round_trip<std::int16_t>();
    expect_limits_round_trip<std::uint16_t>();
    expect_limits_round_trip<char16_t>();
    expect_limits_round_trip<std::int32_t>();
    expect_limits_round_trip<std::uint32_t>();
    expect_limits_round_trip<std::int64_t>();
    expect_limits_round_trip<std::uint64_t>();
    expect_limits_round_trip<long>();
    expect_limits_round_trip<unsigned long long>();
    expect_limits_round_trip<float>();
    expect_limits_round_trip<double>();
}

TEST(ArchiveRoundTrip, KeepsSpecialFloatingPointNumbers)
{
    expect_round_trip(std::numeric_limits<double>::infinity());
    expect_round_trip(-std::numeric_limits<float>::infinity());
    expect_round_trip(std::numeric_limits<double>::denorm_min());
    EXPECT_TRUE(std::isnan(decode<double>(encode(std::nan("")))));
    EXPECT_TRUE(std::signbit(decode<double>(encode(-0.0))));
}

TEST(ArchiveRoundTrip, KeepsTheLimitsOfTimestamps)
{
    expect_round_trip(Timestamp::min());
    expect_round_trip(Timestamp::max());
    expect_round_trip(Timestamp());
}

TEST(ArchiveRoundTrip, KeepsTextOfAnyLength)
{
    for (std::size_t size = 0; size < 100; ++size) {
        expect_round_trip(std::string(size, 'x'));
    }
    expect_round_trip(std::string(1'000'000, 'x'));
}

TEST(ArchiveRoundTrip, KeepsContainers)
{
    expect_round_trip(std::vector<std::int32_t>{});
    expect_round_trip(std::vector<std::int32_t>{1, -2, 3});
    expect_round_trip(std::vector<std::uint8_t>{1, 2, 255});
    expect_round_trip(std::vector<std::byte>{std::byte{1}});
    expect_round_trip(std::vector<bool>{true, false, true});
    expect_round_trip(std::vector<bank::Currency>{bank::Currency::USD});
    expect_round_trip(std::vector<std::vector<std::string>>{{"a", "b"}, {}, {""}});
    expect_round_trip(std::list<std::string>{"a", "b"});
    expect_round_trip(std::deque<std::int16_t>{1, 2, 3});
    expect_round_trip(std::set<std::string>{"b", "a"});
    expect_round_trip(std::multiset<std::int32_t>{1, 1, 2});
    expect_round_trip(std::unordered_set<std::int32_t>{3, 1, 2});
    expect_round_trip(std::unordered_multiset<std::int32_t>{3, 3});
    expect_round_trip(std::map<std::string, std::vector<bank::Money>>{{"a", {{}, {}}}, {"b", {}}});
    expect_round_trip(std::multimap<std::int32_t, std::string>{{1, "a"}, {1, "b"}});
    expect_round_trip(std::unordered_map<std::string, std::int32_t>{{"a", 1}, {"b", 2}});
    expect_round_trip(std::unordered_multimap<std::int32_t, std::int32_t>{{1, 2}, {1, 2}});
    expect_round_trip(std::u16string(u"\u20AC"));
    expect_round_trip(Bytes("abc"));
}

TEST(ArchiveRoundTrip, KeepsCompounds)
{
    expect_round_trip(std::optional<std::string>("a"));
    expect_round_trip(std::optional<std::string>());
    expect_round_trip(std::pair(1, std::string("a")));
    expect_round_trip(std::tuple(1, std::string("a"), std::optional<bool>(true)));
    expect_round_trip(std::array<std::int64_t, 3>{1, 2, 3});
    expect_round_trip(std::array<std::string, 2>{"a", "b"});
    expect_round_trip(std::array<std::array<bool, 2>, 2>{{{true, false}, {false, true}}});
    expect_round_trip(std::variant<std::monostate, std::int32_t, std::string>());
    expect_round_trip(std::variant<std::monostate, std::int32_t, std::string>("a"));
    expect_round_trip(bank::sample_report());
    expect_round_trip(bank::Report());
}

TEST(ArchiveRoundTrip, ReplacesWhatAValueHeld)
{
    std::vector<bank::Entry> entries = {{{}, {}, "old", {"old"}}};
    std::map<std::string, std::int32_t> map = {{"old", 1}};
    std::set<std::int32_t> set = {99};
    std::optional<std::int32_t> optional = 1;
    std::string text = "old";
    auto pointer = std::make_unique<std::int32_t>(1);
    decode_into(
        encode(std::vector<bank::Entry>(2), std::map<std::string, std::int32_t>{{"new", 2}}, std::set<std::int32_t>{1},
               std::optional<std::int32_t>(), std::string(), std::unique_ptr<std::int32_t>()),
        entries, map, set, optional, text, pointer);
    EXPECT_EQ(entries, std::vector<bank::Entry>(2));
    EXPECT_EQ(map, (std::map<std::string, std::int32_t>{{"new", 2}}));
    EXPECT_EQ(set, std::set<std::int32_t>{1});
    EXPECT_EQ(optional, std::nullopt);
    EXPECT_EQ(text, "");
    EXPECT_EQ(pointer, nullptr);
}

TEST(ArchiveRoundTrip, KeepsRawBytesAndStructsWrittenByHand)
{
    Buffer buffer;
    OutputArchive out(buffer);
    const auto start = out.begin_struct();
    out.save_binary("abc", 3);
    out.end_struct(start);
    out << std::int8_t{7};
    EXPECT_EQ(to_hex(buffer.bytes()), "03 00 00 00 61 62 63 07");

    InputArchive in(buffer.bytes());
    const auto end = in.begin_struct();
    char text[2];
    in.load_binary(text, 2);
    EXPECT_EQ(std::string_view(text, 2), "ab");
    EXPECT_EQ(in.remaining(), 1U);
    in.end_struct(end);
    EXPECT_EQ(in.read<std::int8_t>(), 7);
    EXPECT_EQ(error_of([&] { static_cast<void>(in.read<std::int8_t>()); }), ErrorCode::invalid_payload);
}

TEST(ArchiveRoundTrip, AllocatesNothingForNumbersOnceTheBufferIsWarm)
{
    Buffer buffer;
    buffer.reserve(1000);
    const bank::Money money{bank::Currency::USD, 5};
    bank::Money loaded;
    std::vector<std::int32_t> numbers(10);
    const CountedMemory memory;
    for (int i = 0; i < 3; ++i) {
        buffer.clear();
        OutputArchive out(buffer);
        out& money & 7 & numbers;
        InputArchive in(buffer.bytes());
        int seven = 0;
        in& loaded& seven& numbers;
    }
    EXPECT_EQ(memory.allocations(), 0U);
    EXPECT_EQ(loaded, money);
}

}  // namespace
}  // namespace remoting::testing
