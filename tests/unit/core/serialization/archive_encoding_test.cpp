// SPDX-License-Identifier: BSL-1.0
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
#include <utility>
#include <variant>
#include <vector>

#include "coding.hpp"
#include "sample_types.hpp"

// The bytes of each type, written out: a change here is a change of the wire format.

namespace remoting::testing {
namespace {

using namespace std::string_literals;

TEST(ArchiveEncoding, OfIntegersIsFixedLittleEndian)
{
    EXPECT_EQ(encoded(std::int8_t{-2}), "fe");
    EXPECT_EQ(encoded(std::uint8_t{200}), "c8");
    EXPECT_EQ(encoded('A'), "41");
    EXPECT_EQ(encoded(std::int16_t{-2}), "fe ff");
    EXPECT_EQ(encoded(std::uint16_t{0x1234}), "34 12");
    EXPECT_EQ(encoded(u'\u20AC'), "ac 20");
    EXPECT_EQ(encoded(std::int32_t{-2}), "fe ff ff ff");
    EXPECT_EQ(encoded(std::uint32_t{0x12345678}), "78 56 34 12");
    EXPECT_EQ(encoded(std::int64_t{-2}), "fe ff ff ff ff ff ff ff");
    EXPECT_EQ(encoded(std::uint64_t{0x123456789ABCDEF0}), "f0 de bc 9a 78 56 34 12");
}

TEST(ArchiveEncoding, OfFloatingPointNumbersIsTheirBits)
{
    EXPECT_EQ(encoded(1.0F), "00 00 80 3f");
    EXPECT_EQ(encoded(-2.0), "00 00 00 00 00 00 00 c0");
    EXPECT_EQ(encoded(std::numeric_limits<double>::infinity()), "00 00 00 00 00 00 f0 7f");
}

TEST(ArchiveEncoding, OfABoolIsOneByte)
{
    EXPECT_EQ(encoded(false, true), "00 01");
    EXPECT_TRUE(decode<bool>(from_hex("01")));
    EXPECT_EQ(error_decoding<bool>("02"), ErrorCode::invalid_payload);
    EXPECT_EQ(error_decoding<bool>("ff"), ErrorCode::invalid_payload);
}

TEST(ArchiveEncoding, OfAnEnumIsItsUnderlyingType)
{
    enum class Wide : std::int32_t { least = -1 };
    enum class Truth : bool { no, yes };
    EXPECT_EQ(encoded(bank::Currency::USD), "0a");
    EXPECT_EQ(encoded(Wide::least), "ff ff ff ff");
    EXPECT_EQ(encoded(Truth::yes), "01");
    EXPECT_EQ(error_decoding<Truth>("02"), ErrorCode::invalid_payload);
    EXPECT_EQ(error_decoding<std::vector<Truth>>("01000000 02"), ErrorCode::invalid_payload);
}

TEST(ArchiveEncoding, OfAnEnumKeepsUnknownValues)
{
    const auto unknown = decode<bank::Currency>(from_hex("63"));
    EXPECT_EQ(static_cast<int>(unknown), 0x63);
    EXPECT_EQ(encoded(unknown), "63");
}

TEST(ArchiveEncoding, OfAStringIsItsLengthAndUtf8)
{
    EXPECT_EQ(encoded(""s), "00 00 00 00");
    EXPECT_EQ(encoded("a\u20AC"s), "04 00 00 00 61 e2 82 ac");
    EXPECT_EQ(encoded("a\0b"s), "03 00 00 00 61 00 62");
    EXPECT_EQ(encoded(std::string_view("ab")), "02 00 00 00 61 62");
}

TEST(ArchiveEncoding, OfAStringRefusesWhatIsNotUtf8)
{
    EXPECT_EQ(error_of([] { static_cast<void>(encode("\xC0\xAF"s)); }), ErrorCode::invalid_argument);
    EXPECT_EQ(error_decoding<std::string>("02000000 c0af"), ErrorCode::invalid_payload);
    EXPECT_EQ(error_decoding<std::string>("01000000 80"), ErrorCode::invalid_payload);
}

TEST(ArchiveEncoding, OfBytesIsTheirLengthAndTheBytes)
{
    EXPECT_EQ(encoded(Bytes("\xFF\x00"s)), "02 00 00 00 ff 00");
    EXPECT_EQ(encoded(std::vector<std::byte>{std::byte{7}}), "01 00 00 00 07");
    EXPECT_EQ(encoded(std::vector<std::uint8_t>{7, 8}), "02 00 00 00 07 08");
    EXPECT_EQ(encoded(std::vector<char>{'a'}), "01 00 00 00 61");
    EXPECT_EQ(decode<Bytes>(from_hex("02000000 ff00")), Bytes("\xFF\x00"s));
}

TEST(ArchiveEncoding, OfATimestampOrDurationIsItsTicks)
{
    using Duration = Timestamp::duration;
    EXPECT_EQ(encoded(Timestamp(Duration(1))), "01 00 00 00 00 00 00 00");
    EXPECT_EQ(encoded(Duration(-1)), "ff ff ff ff ff ff ff ff");
    EXPECT_EQ(decode<Timestamp>(from_hex("0200000000000000")), Timestamp(Duration(2)));
    EXPECT_EQ(decode<Duration>(from_hex("0200000000000000")), Duration(2));
}

TEST(ArchiveEncoding, OfAnOptionalIsAPresenceByteAndTheValue)
{
    EXPECT_EQ(encoded(std::optional<std::int16_t>()), "00");
    EXPECT_EQ(encoded(std::optional<std::int16_t>(5)), "01 05 00");
    EXPECT_EQ(encoded(std::optional<std::optional<bool>>(std::in_place)), "01 00");
    EXPECT_EQ(error_decoding<std::optional<std::int16_t>>("02 0500"), ErrorCode::invalid_payload);
    EXPECT_EQ(error_decoding<std::optional<std::int16_t>>("01"), ErrorCode::invalid_payload);
}

TEST(ArchiveEncoding, OfASequenceIsItsCountAndTheElements)
{
    EXPECT_EQ(encoded(std::vector<std::int16_t>{1, -1}), "02 00 00 00 01 00 ff ff");
    EXPECT_EQ(encoded(std::list<std::int16_t>{1}), "01 00 00 00 01 00");
    EXPECT_EQ(encoded(std::deque<bool>{true}), "01 00 00 00 01");
    EXPECT_EQ(encoded(std::vector<bool>{true, false}), "02 00 00 00 01 00");
    EXPECT_EQ(encoded(std::vector<std::string>{"a", ""}), "02 00 00 00 01 00 00 00 61 00 00 00 00");
    EXPECT_EQ(encoded(std::u16string(u"a")), "01 00 00 00 61 00");
}

TEST(ArchiveEncoding, OfASetOrMapIsItsCountAndTheElementsInOrder)
{
    EXPECT_EQ(encoded(std::set<std::int8_t>{2, 1}), "02 00 00 00 01 02");
    EXPECT_EQ(encoded(std::multiset<std::int8_t>{1, 1}), "02 00 00 00 01 01");
    EXPECT_EQ(encoded(std::map<std::int8_t, bool>{{2, true}, {1, false}}), "02 00 00 00 01 00 02 01");
    EXPECT_EQ(encoded(std::multimap<std::int8_t, bool>{{1, true}, {1, false}}), "02 00 00 00 01 01 01 00");
    EXPECT_EQ(encoded(std::unordered_map<std::int8_t, bool>{{1, true}}), "01 00 00 00 01 01");
}

TEST(ArchiveEncoding, OfASetOrMapRefusesDuplicatesUnlessItMayHoldThem)
{
    EXPECT_EQ(error_decoding<std::set<std::int8_t>>("02000000 01 01"), ErrorCode::invalid_payload);
    EXPECT_EQ((error_decoding<std::map<std::int8_t, bool>>("02000000 0100 0101")), ErrorCode::invalid_payload);
    EXPECT_EQ((error_decoding<std::unordered_map<std::int8_t, bool>>("02000000 0100 0101")),
              ErrorCode::invalid_payload);
    EXPECT_EQ(decode<std::multiset<std::int8_t>>(from_hex("02000000 01 01")).size(), 2U);
    EXPECT_EQ((decode<std::multimap<std::int8_t, bool>>(from_hex("02000000 0100 0101"))).size(), 2U);
}

TEST(ArchiveEncoding, OfAMapTakesKeysInAnyOrder)
{
    using Map = std::map<std::int8_t, std::int8_t>;
    EXPECT_EQ(decode<Map>(from_hex("03000000 0301 0102 0203")), (Map{{1, 2}, {2, 3}, {3, 1}}));
}

TEST(ArchiveEncoding, OfArraysPairsAndTuplesIsTheirElements)
{
    const std::int8_t built_in[2][2] = {{1, 2}, {3, 4}};
    EXPECT_EQ(encoded(std::array<std::int16_t, 2>{1, 2}), "01 00 02 00");
    EXPECT_EQ(encoded(std::array<bool, 2>{true, false}), "01 00");
    EXPECT_EQ(encoded(std::array<std::int16_t, 0>{}), "");
    EXPECT_EQ(encoded(built_in), "01 02 03 04");
    EXPECT_EQ(encoded(std::pair(std::int8_t{1}, "a"s)), "01 01 00 00 00 61");
    EXPECT_EQ(encoded(std::tuple(std::int8_t{1}, true, std::int16_t{3})), "01 01 03 00");
    EXPECT_EQ(encoded(std::tuple()), "");
}

TEST(ArchiveEncoding, OfAVariantIsItsIndexAndTheValueWithItsLength)
{
    using Variant = std::variant<std::monostate, std::int16_t, std::string>;
    EXPECT_EQ(encoded(Variant()), "00 00 00 00 00 00 00 00");
    EXPECT_EQ(encoded(Variant(std::int16_t{7})), "01 00 00 00 02 00 00 00 07 00");
    EXPECT_EQ(encoded(Variant("a")), "02 00 00 00 05 00 00 00 01 00 00 00 61");
    EXPECT_EQ(decode<Variant>(from_hex("01000000 02000000 0700")), Variant(std::int16_t{7}));
    EXPECT_EQ(error_decoding<Variant>("03000000 00000000"), ErrorCode::invalid_payload);
    EXPECT_EQ(error_decoding<Variant>("01000000 03000000 0700"), ErrorCode::invalid_payload);
}

struct Unmovable {
    Unmovable() = default;
    [[noreturn]] Unmovable(const Unmovable& /*other*/) { throw 1; }
    template <class Archive>
    void serialize(Archive& /*archive*/, unsigned /*version*/)
    {
    }
};

TEST(ArchiveEncoding, OfAVariantWithoutAValueIsRefused)
{
    std::variant<std::int16_t, Unmovable> variant;
    const Unmovable source;
    EXPECT_THROW(variant.emplace<1>(source), int);
    ASSERT_TRUE(variant.valueless_by_exception());
    EXPECT_EQ(error_of([&] { static_cast<void>(encode(variant)); }), ErrorCode::invalid_argument);
}

TEST(ArchiveEncoding, OfAPointerIsAPresenceByteAndTheValue)
{
    EXPECT_EQ(encoded(std::unique_ptr<std::int16_t>()), "00");
    EXPECT_EQ(encoded(std::make_unique<std::int16_t>(std::int16_t{5})), "01 05 00");
    EXPECT_EQ(encoded(std::shared_ptr<const std::int16_t>()), "00");
    const auto shared = std::make_shared<const std::int16_t>(std::int16_t{5});
    EXPECT_EQ(encoded(shared, shared), "01 05 00 01 05 00");
    EXPECT_EQ(*decode<std::shared_ptr<const std::int16_t>>(from_hex("01 0500")), 5);
    EXPECT_EQ(decode<std::unique_ptr<std::int16_t>>(from_hex("00")), nullptr);
    EXPECT_EQ(error_decoding<std::unique_ptr<std::int16_t>>("02 0500"), ErrorCode::invalid_payload);
}

TEST(ArchiveEncoding, OfAStructIsItsLengthAndItsFields)
{
    EXPECT_EQ(encoded(bank::Money{bank::Currency::USD, 2}), "09 00 00 00 0a 02 00 00 00 00 00 00 00");
    EXPECT_EQ(encoded(bank::Tree{1, {{2, {}}}}),
              "14 00 00 00 01 00 00 00 01 00 00 00 "  // value, count of branches
              "08 00 00 00 02 00 00 00 00 00 00 00");
}

TEST(ArchiveEncoding, OfManyValuesIsOneBehindTheOther)
{
    EXPECT_EQ(encoded(true, std::int16_t{1}, ""s), "01 01 00 00 00 00 00");
}

TEST(ArchiveEncoding, OfANullWhereNoneMayBeIsRefusedByName)
{
    auto null = std::unique_ptr<std::int16_t>();
    try {
        static_cast<void>(encode(not_null(null, "amount")));
        FAIL() << "nothing thrown";
    } catch (const RemotingError& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
        EXPECT_THAT(error.cause(), ::testing::HasSubstr("'amount'"));
    }
    const auto set = std::make_unique<std::int16_t>(std::int16_t{5});
    EXPECT_EQ(encoded(not_null(set, "amount")), "01 05 00");
}

TEST(ArchiveEncoding, OfANullWhereNoneMayBeIsRefusedWhenReadToo)
{
    for (const char* const hex : {"00", ""}) {
        auto pointer = std::unique_ptr<std::int16_t>();
        const Bytes bytes = from_hex(hex);
        InputArchive archive(bytes);
        EXPECT_EQ(error_of([&] { archive& not_null(pointer, "amount"); }), ErrorCode::invalid_payload);
    }
    const Bytes bytes = from_hex("01 0500");
    InputArchive archive(bytes);
    auto pointer = std::unique_ptr<std::int16_t>();
    archive& not_null(pointer, "amount");
    EXPECT_EQ(*pointer, 5);
}

}  // namespace
}  // namespace remoting::testing
