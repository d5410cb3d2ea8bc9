// SPDX-License-Identifier: BSL-1.0
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "coding.hpp"
#include "counted_memory.hpp"
#include "sample_types.hpp"

// Bytes as an enemy would choose them.

namespace remoting::testing {
namespace {

std::size_t memory_limit(std::size_t wire_size)
{
    return 16 * wire_size + 64 * 1024;
}

/// Decodes and, when that works, checks that what came out can be encoded. Never more memory than allowed.
template <class T>
ErrorCode probe(std::span<const std::byte> bytes)
{
    ErrorCode code = ErrorCode::ok;
    std::size_t peak = 0;
    {
        T value{};
        const CountedMemory memory;
        try {
            decode_into(bytes, value);
        } catch (const RemotingError& error) {
            code = error.code();
        }
        peak = memory.peak();
        if (code == ErrorCode::ok) {
            static_cast<void>(encode(value));
        }
    }
    EXPECT_LE(peak, memory_limit(bytes.size()));
    EXPECT_TRUE(code == ErrorCode::ok || code == ErrorCode::invalid_payload || code == ErrorCode::limit_exceeded)
        << to_string(code);
    return code;
}

TEST(ArchiveHostile, ATruncatedStructNeverFits)
{
    const Bytes bytes = encode(bank::sample_report());
    for (std::size_t size = 1; size < bytes.size(); ++size) {
        ASSERT_EQ(probe<bank::Report>({bytes.data(), size}), ErrorCode::invalid_payload) << size;
    }
}

/// Each value's end in the encoding of a list of arguments.
std::set<std::size_t> boundaries(const bank::Report& report)
{
    std::set<std::size_t> ends = {0};
    Buffer buffer;
    OutputArchive archive(buffer);
    const auto add = [&](const auto& value) {
        archive& value;
        ends.insert(buffer.size());
    };
    add(report.final);
    add(report.large);
    add(report.title);
    add(report.attachment);
    add(report.entries);
    add(report.totals);
    add(report.triple);
    add(report.names);
    add(report.bonus);
    add(report.owner);
    add(report.tree);
    return ends;
}

TEST(ArchiveHostile, TruncatedArgumentsAreDefaultsAtABoundaryAndAnErrorAnywhereElse)
{
    const bank::Report sample = bank::sample_report();
    const Bytes bytes = encode(sample.final, sample.large, sample.title, sample.attachment, sample.entries,
                               sample.totals, sample.triple, sample.names, sample.bonus, sample.owner, sample.tree);
    const std::set<std::size_t> ends = boundaries(sample);
    ASSERT_EQ(*ends.rbegin(), bytes.size());
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        bank::Report report;
        const ErrorCode code = error_of([&] {
            decode_into(std::span(bytes).first(size), report.final, report.large, report.title, report.attachment,
                        report.entries, report.totals, report.triple, report.names, report.bonus, report.owner,
                        report.tree);
        });
        ASSERT_EQ(code, ends.contains(size) ? ErrorCode::ok : ErrorCode::invalid_payload) << size;
        if (code == ErrorCode::ok) {
            ASSERT_EQ(report.tree, size == bytes.size() ? sample.tree : bank::Tree()) << size;
            ASSERT_EQ(report.large, size > 1 ? sample.large : bank::Report().large) << size;
        }
    }
}

TEST(ArchiveHostile, AChangedByteNeverDoesHarm)
{
    Bytes bytes = encode(bank::sample_report());
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        const std::byte original = bytes[at];
        for (unsigned value = 0; value < 256; ++value) {
            bytes[at] = static_cast<std::byte>(value);
            static_cast<void>(probe<bank::Report>(bytes));
        }
        bytes[at] = original;
        if (HasFailure()) {
            FAIL() << "at byte " << at;
        }
    }
}

TEST(ArchiveHostile, AChangedWordNeverDoesHarm)
{
    const Bytes bytes = encode(bank::sample_report());
    for (std::size_t at = 0; at + 4 <= bytes.size(); ++at) {
        for (const std::uint32_t value : {0U, 1U, 0x7FFF'FFFFU, 0x8000'0000U, 0xFFFF'FFFFU, 0x0001'0000U}) {
            Bytes changed = bytes;
            std::memcpy(changed.data() + at, &value, sizeof value);
            static_cast<void>(probe<bank::Report>(changed));
        }
        ASSERT_FALSE(HasFailure()) << "at byte " << at;
    }
}

template <class T>
void expect_bomb_is_refused()
{
    for (const char* const hex :
         {"ffffffff", "ffffff7f 00000000", "00000080 0101010101010101", "11000000 00000000000000000000000000000000"}) {
        const Bytes bytes = from_hex(hex);
        EXPECT_EQ(probe<T>(bytes), ErrorCode::invalid_payload) << hex;
    }
}

TEST(ArchiveHostile, LengthsBeyondThePayloadAreRefusedBeforeAllocating)
{
    expect_bomb_is_refused<std::string>();
    expect_bomb_is_refused<Bytes>();
    expect_bomb_is_refused<std::vector<std::uint8_t>>();
    expect_bomb_is_refused<std::vector<bool>>();
    expect_bomb_is_refused<std::vector<std::int64_t>>();
    expect_bomb_is_refused<std::vector<std::string>>();
    expect_bomb_is_refused<std::vector<bank::Report>>();
    expect_bomb_is_refused<std::list<std::int8_t>>();
    expect_bomb_is_refused<std::deque<std::int8_t>>();
    expect_bomb_is_refused<std::set<std::int8_t>>();
    expect_bomb_is_refused<std::unordered_set<std::int8_t>>();
    expect_bomb_is_refused<std::map<std::int8_t, std::int8_t>>();
    expect_bomb_is_refused<std::unordered_map<std::string, std::int8_t>>();
    expect_bomb_is_refused<bank::Money>();
}

TEST(ArchiveHostile, ACountIsCheckedAgainstTheLeastSizeOfAnElement)
{
    using Element = std::tuple<std::int64_t, std::string, std::optional<int>, bank::Money, std::array<std::int16_t, 2>>;
    constexpr std::size_t least = 8 + 4 + 1 + 4 + 4;
    static_assert(detail::least_size<Element>() == least);
    for (const std::size_t rest : {least - 1, least}) {
        Bytes bytes = from_hex("01000000");
        bytes.append(Bytes(rest, std::byte{0}));
        EXPECT_EQ(probe<std::vector<Element>>(bytes), rest < least ? ErrorCode::invalid_payload : ErrorCode::ok);
    }
}

/// `count` elements, each of `element`.
Bytes list_of(std::uint32_t count, const Bytes& element)
{
    Bytes bytes(sizeof count);
    std::memcpy(bytes.data(), &count, sizeof count);
    for (std::uint32_t i = 0; i < count; ++i) {
        bytes.append(element);
    }
    return bytes;
}

TEST(ArchiveHostile, MemoryStaysWithinTheBudget)
{
    // Empty structs on the wire that are large in memory.
    EXPECT_EQ(probe<std::vector<bank::Report>>(list_of(10'000, from_hex("00000000"))), ErrorCode::limit_exceeded);
    EXPECT_EQ(probe<std::vector<bank::Report>>(list_of(100, from_hex("00000000"))), ErrorCode::ok);
    EXPECT_EQ(probe<std::list<std::uint8_t>>(list_of(100'000, from_hex("00"))), ErrorCode::limit_exceeded);
    EXPECT_EQ(probe<std::deque<std::uint8_t>>(list_of(100'000, from_hex("00"))), ErrorCode::ok);
    EXPECT_EQ(probe<std::vector<std::deque<std::uint8_t>>>(list_of(10'000, from_hex("00000000"))),
              ErrorCode::limit_exceeded);
    EXPECT_EQ(probe<std::vector<std::unique_ptr<bank::Report>>>(list_of(10'000, from_hex("01 00000000"))),
              ErrorCode::limit_exceeded);
    EXPECT_EQ(probe<std::vector<std::shared_ptr<bank::Report>>>(list_of(10'000, from_hex("01 00000000"))),
              ErrorCode::limit_exceeded);
    EXPECT_EQ(probe<std::vector<std::string>>(list_of(10'000, from_hex("00000000"))), ErrorCode::ok);
    EXPECT_EQ(probe<std::vector<std::string>>(list_of(1000, encode(std::string(16, 'x')))), ErrorCode::ok);
    EXPECT_EQ(probe<std::vector<std::shared_ptr<std::uint8_t>>>(list_of(10'000, from_hex("01 00"))),
              ErrorCode::limit_exceeded);
    EXPECT_EQ((probe<std::multimap<std::int32_t, std::int32_t>>(list_of(10'000, from_hex("0000000000000000")))),
              ErrorCode::ok);
    EXPECT_EQ(
        (probe<std::unordered_multimap<std::int32_t, std::int32_t>>(list_of(10'000, from_hex("0000000000000000")))),
        ErrorCode::ok);
    EXPECT_EQ(probe<std::unordered_multiset<std::uint8_t>>(list_of(10'000, from_hex("00"))), ErrorCode::limit_exceeded);
}

TEST(ArchiveHostile, TheMemoryBudgetIsKeptToTheByte)
{
    const Bytes bytes = encode(std::vector<std::int32_t>(25));  // 104 bytes that become 100
    const auto decode_with = [&](DecodeLimits limits) {
        return error_of([&] {
            InputArchive archive(bytes, limits);
            std::vector<std::int32_t> numbers;
            archive& numbers;
        });
    };
    EXPECT_EQ(decode_with({.memory_factor = 0, .memory_base = 99}), ErrorCode::limit_exceeded);
    EXPECT_EQ(decode_with({.memory_factor = 0, .memory_base = 100}), ErrorCode::ok);
    EXPECT_EQ(decode_with({.memory_factor = 0, .memory_base = 101}), ErrorCode::ok);
    EXPECT_EQ(decode_with({.memory_factor = 1, .memory_base = 0}), ErrorCode::ok);
}

bank::Tree tree_of_depth(std::size_t depth)
{
    bank::Tree tree;
    for (std::size_t i = 1; i < depth; ++i) {
        bank::Tree above;
        above.branches.push_back(std::move(tree));
        tree = std::move(above);
    }
    return tree;
}

Bytes encode_deep(std::size_t depth)
{
    Buffer buffer;
    OutputArchive archive(buffer, nullptr, 1000);
    archive << tree_of_depth(depth);
    return Bytes(buffer.bytes());
}

TEST(ArchiveHostile, NestingIsReadUpToTheLimit)
{
    for (const std::size_t depth : {1U, 63U, 64U}) {
        EXPECT_EQ(decode<bank::Tree>(encode_deep(depth)), tree_of_depth(depth));
    }
    EXPECT_EQ(probe<bank::Tree>(encode_deep(65)), ErrorCode::limit_exceeded);
    EXPECT_EQ(probe<bank::Tree>(encode_deep(900)), ErrorCode::limit_exceeded);
    const Bytes bytes = encode_deep(3);
    const auto decode_with = [&](std::uint32_t depth) {
        return error_of([&] {
            InputArchive archive(bytes, {.depth = depth});
            bank::Tree tree;
            archive& tree;
        });
    };
    EXPECT_EQ(decode_with(2), ErrorCode::limit_exceeded);
    EXPECT_EQ(decode_with(3), ErrorCode::ok);
}

TEST(ArchiveHostile, NestingIsWrittenUpToTheLimit)
{
    for (const std::size_t depth : {63U, 64U}) {
        EXPECT_FALSE(encode(tree_of_depth(depth)).empty());
    }
    EXPECT_EQ(error_of([] { static_cast<void>(encode(tree_of_depth(65))); }), ErrorCode::limit_exceeded);
}

TEST(ArchiveHostile, DepthCountsNestingNotSiblings)
{
    bank::Tree tree;
    tree.branches.resize(1000);
    EXPECT_EQ(decode<bank::Tree>(encode(tree)), tree);
    const Bytes many = encode(std::vector<bank::Money>(1000), bank::Money(), bank::Money());
    std::vector<bank::Money> list;
    bank::Money first;
    bank::Money second;
    decode_into(many, list, first, second);
    EXPECT_EQ(list.size(), 1000U);
}

struct Node {
    std::shared_ptr<Node> next;
    template <class Archive>
    void serialize(Archive& archive, unsigned /*version*/)
    {
        archive& next;
    }
};

TEST(ArchiveHostile, ACycleOfPointersIsRefusedByTheSender)
{
    auto node = std::make_shared<Node>();
    node->next = node;
    EXPECT_EQ(error_of([&] { static_cast<void>(encode(node)); }), ErrorCode::limit_exceeded);
    node->next.reset();
}

TEST(ArchiveHostile, AMessageBeyondTheLimitIsRefusedByTheSender)
{
    const auto encode_with = [](std::size_t limit) {
        return error_of([limit] {
            Buffer buffer(limit);
            OutputArchive archive(buffer);
            archive& std::string(96, 'x');
        });
    };
    EXPECT_EQ(encode_with(99), ErrorCode::limit_exceeded);
    EXPECT_EQ(encode_with(100), ErrorCode::ok);
    EXPECT_EQ(encode_with(101), ErrorCode::ok);
}

TEST(ArchiveHostile, ErrorsSayWhatIsWrongAndWhere)
{
    const Bytes bytes = from_hex("01000000 02");
    try {
        static_cast<void>(decode<std::vector<bool>>(bytes));
        FAIL() << "nothing thrown";
    } catch (const RemotingError& error) {
        EXPECT_EQ(error.cause(), "a bool is neither 0 nor 1 (at byte 5 of the payload)");
    }
}

}  // namespace
}  // namespace remoting::testing
