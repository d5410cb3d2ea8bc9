// SPDX-License-Identifier: BSL-1.0
#include <remoting/serialization/any.hpp>
#include <remoting/serialization/boost_archives.hpp>
#include <remoting/types/decimal.hpp>
#include <remoting/types/uuid.hpp>

#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>
#include <boost/archive/xml_iarchive.hpp>
#include <boost/archive/xml_oarchive.hpp>

#include <cstdint>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <variant>

#include "coding.hpp"

namespace remoting::testing {
namespace {

Uuid uuid_of(std::string_view text)
{
    return Uuid::parse(text);
}
Decimal decimal_of(std::string_view text)
{
    return Decimal::parse(text);
}

TEST(Uuids, ReadWhatTheyPrint)
{
    const std::string text = "01234567-89ab-cdef-fedc-ba9876543210";

    EXPECT_EQ(uuid_of(text).to_string(), text);
    EXPECT_EQ(uuid_of("01234567-89AB-CDEF-FEDC-BA9876543210").to_string(), text);
    EXPECT_EQ(uuid_of(text).bytes[0], 0x01);
    EXPECT_EQ(uuid_of(text).bytes[15], 0x10);
    EXPECT_TRUE(Uuid().is_nil());
    EXPECT_FALSE(uuid_of(text).is_nil());
}

TEST(Uuids, ReadNothingElse)
{
    for (const char* text : {"", "01234567-89ab-cdef-fedc-ba987654321", "01234567-89ab-cdef-fedc-ba98765432100",
                             "0123456789abcdeffedcba9876543210----", "01234567-89ab-cdef-fedc-ba987654321g",
                             "{01234567-89ab-cdef-fedc-ba98765432}", "01234567089ab-cdef-fedc-ba987654321"}) {
        Uuid kept = uuid_of("01234567-89ab-cdef-fedc-ba9876543210");
        EXPECT_FALSE(Uuid::try_parse(text, kept)) << text;
        EXPECT_FALSE(kept.is_nil());
        EXPECT_THROW(uuid_of(text), std::invalid_argument);
    }
}

TEST(Uuids, CompareAsTheirTextsDo)
{
    const Uuid low = uuid_of("00000000-0000-0000-0000-000000000001");
    const Uuid high = uuid_of("01000000-0000-0000-0000-000000000000");
    EXPECT_LT(low, high);
    EXPECT_NE(std::hash<Uuid>()(low), std::hash<Uuid>()(high));
    EXPECT_EQ(std::hash<Uuid>()(low), std::hash<Uuid>()(Uuid(low)));
}

TEST(Decimals, ReadWhatTheyPrint)
{
    for (const char* text : {"0", "1", "-1", "0.1", "0.00", "-12.50", "100", "0.0000000000000000000000000001",
                             "79228162514264337593543950335", "-7.9228162514264337593543950335", "18446744073709551616",
                             "4294967296.00000"}) {
        EXPECT_EQ(decimal_of(text).to_string(), text);
    }
    EXPECT_EQ(decimal_of(".5").to_string(), "0.5");
    EXPECT_EQ(Decimal(-5).to_string(), "-5");
    EXPECT_EQ(Decimal(std::numeric_limits<std::int64_t>::min()).to_string(), "-9223372036854775808");
}

TEST(Decimals, ReadNothingElse)
{
    for (const char* text : {"", "-", ".", "1.", "1.2.3", "1e5", "+1", " 1", "0x1", "79228162514264337593543950336",
                             "0.00000000000000000000000000001", "--1"}) {
        Decimal kept(7);
        EXPECT_FALSE(Decimal::try_parse(text, kept)) << text;
        EXPECT_EQ(kept, 7);
        EXPECT_THROW(decimal_of(text), std::invalid_argument) << text;
    }
}

TEST(Decimals, CompareByValueWhateverTheirScale)
{
    EXPECT_EQ(decimal_of("1.0"), decimal_of("1.000"));
    EXPECT_EQ(std::hash<Decimal>()(decimal_of("1.0")), std::hash<Decimal>()(decimal_of("1")));
    EXPECT_EQ(decimal_of("-0.0"), decimal_of("0"));
    EXPECT_EQ(std::hash<Decimal>()(decimal_of("-0.0")), std::hash<Decimal>()(decimal_of("0")));
    EXPECT_EQ(std::hash<Decimal>()(decimal_of("100")), std::hash<Decimal>()(decimal_of("100.00")));
    EXPECT_LT(decimal_of("-2"), decimal_of("-1.5"));
    EXPECT_LT(decimal_of("-1"), decimal_of("0.5"));
    EXPECT_GT(decimal_of("79228162514264337593543950335"), decimal_of("7.9228162514264337593543950335"));
    EXPECT_DOUBLE_EQ(decimal_of("-12.50").to_double(), -12.5);
    EXPECT_DOUBLE_EQ(decimal_of("79228162514264337593543950335").to_double(), 79228162514264337593543950335.0);
}

TEST(ArchiveEncoding, OfUuidsAndDecimalsIsSixteenBytes)
{
    EXPECT_EQ(encoded(uuid_of("01234567-89ab-cdef-fedc-ba9876543210")),
              "01 23 45 67 89 ab cd ef fe dc ba 98 76 54 32 10");
    EXPECT_EQ(encoded(decimal_of("-12.50")), "e2 04 00 00 00 00 00 00 00 00 00 00 00 00 02 80");
    EXPECT_EQ(encoded(decimal_of("79228162514264337593543950335")), "ff ff ff ff ff ff ff ff ff ff ff ff 00 00 00 00");
    for (const char* text : {"-12.50", "0.0000000000000000000000000001", "79228162514264337593543950335"}) {
        EXPECT_EQ(decode<Decimal>(encode(decimal_of(text))).to_string(), text);
    }
    EXPECT_EQ(decode<Uuid>(from_hex("01 23 45 67 89 ab cd ef fe dc ba 98 76 54 32 10")).to_string(),
              "01234567-89ab-cdef-fedc-ba9876543210");
}

TEST(ArchiveEncoding, RefusesWhatIsNoDecimal)
{
    const std::string number = "01 00 00 00 00 00 00 00 00 00 00 00 ";
    EXPECT_EQ(error_decoding<Decimal>(number + "00 00 1c 00"), ErrorCode::ok);
    EXPECT_EQ(error_decoding<Decimal>(number + "00 00 1d 00"), ErrorCode::invalid_payload);
    EXPECT_EQ(error_decoding<Decimal>(number + "01 00 00 00"), ErrorCode::invalid_payload);
    EXPECT_EQ(error_decoding<Decimal>(number + "00 00 00 40"), ErrorCode::invalid_payload);
    EXPECT_EQ(error_decoding<Decimal>(number + "00 00 00"), ErrorCode::invalid_payload);
    EXPECT_EQ(error_decoding<Uuid>(number), ErrorCode::invalid_payload);
    EXPECT_EQ(error_decoding<std::vector<Uuid>>("ff ff ff 0f"), ErrorCode::invalid_payload);
}

TEST(Anys, GiveBackWhatWasPutIn)
{
    const std::map<std::string, std::vector<std::optional<Decimal>>> value = {{"a", {Decimal(1), std::nullopt}}};
    const Any any = decode<Any>(encode(make_any(value)));

    EXPECT_EQ(any.type, "map<string, list<decimal?>>");
    EXPECT_TRUE((holds<std::map<std::string, std::vector<std::optional<Decimal>>>>(any)));
    EXPECT_EQ((any_cast<std::map<std::string, std::vector<std::optional<Decimal>>>>(any)), value);
    EXPECT_FALSE(holds<std::string>(any));
    EXPECT_EQ(error_of([&] { static_cast<void>(any_cast<std::string>(any)); }), ErrorCode::interface_mismatch);
    EXPECT_EQ(error_of([] { static_cast<void>(any_cast<std::string>(Any())); }), ErrorCode::interface_mismatch);
    EXPECT_FALSE(Any().has_value());
}

TEST(Anys, RefuseBytesThatAreNotOfTheirType)
{
    const Any any{"string", Bytes("\x05")};
    EXPECT_EQ(error_of([&] { static_cast<void>(any_cast<std::string>(any)); }), ErrorCode::invalid_payload);
}

TEST(Anys, NameTheirTypesAsTheIdlDoes)
{
    EXPECT_EQ(type_name<char16_t>(), "char");
    EXPECT_EQ((type_name<std::array<TimeSpan, 3>>()), "array<duration, 3>");
    EXPECT_EQ((type_name<std::set<Uuid>>()), "set<uuid>");
    EXPECT_EQ(type_name<std::vector<Any>>(), "list<any>");
}

struct All {
    char16_t letter = u'x';
    std::vector<char16_t> letters;
    TimeSpan span{};
    Uuid uuid;
    Decimal decimal;
    Any any;
    std::variant<ReservedAlternative, Uuid> choice;
    std::set<Uuid> uuids;
    std::array<Decimal, 2> pair;

    template <class Archive>
    void serialize(Archive& archive, unsigned /*version*/)
    {
        archive& BOOST_SERIALIZATION_NVP(letter);
        archive& BOOST_SERIALIZATION_NVP(letters);
        archive& BOOST_SERIALIZATION_NVP(span);
        archive& BOOST_SERIALIZATION_NVP(uuid);
        archive& BOOST_SERIALIZATION_NVP(decimal);
        archive& BOOST_SERIALIZATION_NVP(any);
        archive& BOOST_SERIALIZATION_NVP(choice);
        archive& BOOST_SERIALIZATION_NVP(uuids);
        archive& BOOST_SERIALIZATION_NVP(pair);
    }
    friend bool operator==(const All&, const All&) = default;
};

All sample()
{
    const Uuid uuid = uuid_of("01234567-89ab-cdef-fedc-ba9876543210");
    return {u'\u20AC', {u'a', u'\xD800'}, TimeSpan(-5),          uuid, decimal_of("-12.50"), make_any(5.5),
            uuid,      {uuid, {}},        {1, decimal_of("0.5")}};
}

template <class Output, class Input>
All through(const All& value)
{
    std::stringstream stream;
    {
        Output archive(stream);
        archive << boost::serialization::make_nvp("value", value);
    }
    All loaded;
    Input archive(stream);
    archive >> boost::serialization::make_nvp("value", loaded);
    return loaded;
}

TEST(ValueTypes, GoThroughEveryArchive)
{
    const All value = sample();
    EXPECT_EQ(decode<All>(encode(value)), value);
    EXPECT_EQ((through<boost::archive::text_oarchive, boost::archive::text_iarchive>(value)), value);
    EXPECT_EQ((through<boost::archive::xml_oarchive, boost::archive::xml_iarchive>(value)), value);
}

}  // namespace
}  // namespace remoting::testing
