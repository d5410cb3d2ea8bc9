// SPDX-License-Identifier: BSL-1.0
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "coding.hpp"
#include "sample_types.hpp"

// Peers of different age: fields are added at the end of structs and of argument lists.

namespace remoting::testing {
namespace {

struct OldPart {
    std::int32_t id = 0;
    template <class Archive>
    void serialize(Archive& archive, unsigned /*version*/)
    {
        archive& id;
    }
    friend bool operator==(const OldPart&, const OldPart&) = default;
};

struct NewPart {
    std::int32_t id = 0;
    std::string name = "unnamed";
    std::vector<std::int32_t> sizes = {1, 2};
    template <class Archive>
    void serialize(Archive& archive, unsigned /*version*/)
    {
        archive& id& name& sizes;
    }
    friend bool operator==(const NewPart&, const NewPart&) = default;
};

template <class Part>
struct Order {
    Part first;
    std::vector<Part> parts;
    std::optional<Part> last;
    std::string note;
    template <class Archive>
    void serialize(Archive& archive, unsigned /*version*/)
    {
        archive& first& parts& last& note;
    }
    friend bool operator==(const Order&, const Order&) = default;
};

TEST(ArchiveEvolution, ANewReaderGivesFieldsAnOldWriterDidNotKnowTheirDefaults)
{
    const Order<OldPart> old_order = {{1}, {{2}, {3}}, OldPart{4}, "note"};
    const auto order = decode<Order<NewPart>>(encode(old_order));
    EXPECT_EQ(order, (Order<NewPart>{{.id = 1}, {{.id = 2}, {.id = 3}}, NewPart{.id = 4}, "note"}));
}

TEST(ArchiveEvolution, AnOldReaderSkipsFieldsOfANewWriter)
{
    const Order<NewPart> new_order = {{1, "a", {}}, {{2, "b", {5}}, {3, "", {}}}, NewPart{4, "d", {}}, "note"};
    const auto order = decode<Order<OldPart>>(encode(new_order));
    EXPECT_EQ(order, (Order<OldPart>{{1}, {{2}, {3}}, OldPart{4}, "note"}));
}

TEST(ArchiveEvolution, ArgumentsAnOldWriterDidNotSendKeepWhatTheyHold)
{
    std::int32_t first = 0;
    std::string second = "default";
    bank::Money third{bank::Currency::USD, 7};
    decode_into(encode(std::int32_t{5}), first, second, third);
    EXPECT_EQ(first, 5);
    EXPECT_EQ(second, "default");
    EXPECT_EQ(third, (bank::Money{bank::Currency::USD, 7}));
}

TEST(ArchiveEvolution, AnEmptyPayloadLeavesEveryKindOfFieldAlone)
{
    bank::Report report = bank::sample_report();
    bool flag = true;
    bank::Currency currency = bank::Currency::USD;
    std::array<std::int32_t, 2> array = {1, 2};
    auto pointer = std::make_unique<std::int32_t>(3);
    std::int8_t raw = 4;
    InputArchive archive({});
    archive& report& flag& currency& array& pointer;
    archive.load_binary(&raw, 1);
    archive.finish();
    EXPECT_EQ(report, bank::sample_report());
    EXPECT_TRUE(flag);
    EXPECT_EQ(currency, bank::Currency::USD);
    EXPECT_EQ(array[1], 2);
    EXPECT_EQ(*pointer, 3);
    EXPECT_EQ(raw, 4);
}

TEST(ArchiveEvolution, ArgumentsANewWriterAddedAreSkipped)
{
    const Bytes bytes = encode(std::int32_t{5}, std::string("more"), bank::Money());
    InputArchive archive(bytes);
    std::int32_t first = 0;
    archive& first;
    archive.finish();
    EXPECT_EQ(first, 5);
    EXPECT_EQ(archive.remaining(), 0U);
}

TEST(ArchiveEvolution, AFieldThatBeginsMustFit)
{
    // A struct of three bytes, where the first field takes four.
    EXPECT_EQ(error_decoding<OldPart>("03000000 010000"), ErrorCode::invalid_payload);
    EXPECT_EQ(decode<OldPart>(from_hex("00000000")).id, 0);
    // The name's length reaches beyond the struct, not beyond the payload.
    const Bytes bytes = from_hex("09000000 01000000 05000000 61626364656667");
    EXPECT_EQ(error_of([&] { static_cast<void>(decode<NewPart>(bytes)); }), ErrorCode::invalid_payload);
}

TEST(ArchiveEvolution, ElementsHaveNoDefaults)
{
    EXPECT_EQ((error_decoding<std::optional<OldPart>>("01")), ErrorCode::invalid_payload);
    EXPECT_EQ((error_decoding<std::pair<std::int8_t, std::int8_t>>("01")), ErrorCode::invalid_payload);
    EXPECT_EQ((error_decoding<std::array<std::int8_t, 2>>("01")), ErrorCode::invalid_payload);
    EXPECT_EQ((error_decoding<std::array<bool, 2>>("01")), ErrorCode::invalid_payload);
}

using OldVariant = std::variant<std::int32_t, UnknownAlternative>;
using NewVariant = std::variant<std::int32_t, std::string, OldPart>;

TEST(ArchiveEvolution, AnAlternativeOfANewWriterIsKeptAndSentOnAsItCame)
{
    for (const NewVariant& sent : {NewVariant("text"), NewVariant(OldPart{3}), NewVariant(5)}) {
        const auto relayed = decode<OldVariant>(encode(sent));
        EXPECT_EQ(std::holds_alternative<UnknownAlternative>(relayed), sent.index() > 0);
        EXPECT_EQ(decode<NewVariant>(encode(relayed)), sent);
        EXPECT_EQ(encode(relayed), encode(sent));
    }
}

TEST(ArchiveEvolution, UnknownAlternativeIsNotCountedWhereverItStands)
{
    using First = std::variant<UnknownAlternative, std::int32_t, std::string>;
    using Middle = std::variant<std::int32_t, UnknownAlternative, std::string>;
    using Without = std::variant<std::int32_t, std::string>;
    EXPECT_EQ(encode(First(5)), encode(Without(5)));
    EXPECT_EQ(encode(First("a")), encode(Without("a")));
    EXPECT_EQ(encode(Middle("a")), encode(Without("a")));
    EXPECT_EQ(std::get<2>(decode<Middle>(encode(Without("a")))), "a");
    EXPECT_EQ(std::get<1>(decode<First>(encode(Without(5)))), 5);
}

TEST(ArchiveEvolution, AnAlternativeThatGrewIsReadByOldAndNew)
{
    using Old = std::variant<std::monostate, OldPart>;
    using New = std::variant<std::string, NewPart>;
    EXPECT_EQ(decode<Old>(encode(New(NewPart{.id = 3}))), Old(OldPart{3}));
    EXPECT_EQ(decode<New>(encode(Old(OldPart{3}))), New(NewPart{.id = 3}));
    EXPECT_EQ(decode<New>(encode(Old())), New(""));
    EXPECT_EQ(decode<Old>(encode(New("text"))), Old());
}

}  // namespace
}  // namespace remoting::testing
