// SPDX-License-Identifier: BSL-1.0
#include "coding.hpp"
#include "json_texts.hpp"
#include "shop.remoting.serialization.hpp"

#include <remoting/serialization/any.hpp>

#include <gtest/gtest.h>

#include <limits>

namespace remoting::test {
namespace {

const Coding& shop_coding()
{
    static const Coding coding(TypeModel::of<shop::Shop>());
    return coding;
}

std::string echo(std::string_view type, std::string_view json)
{
    return shop_coding().echo(type, json);
}

std::string mistake(std::string_view type, std::string_view json)
{
    return shop_coding().mistake(type, json);
}

TEST(JsonMapping, IntegersAreNumbersUpTo2To53AndTextsBeyond)
{
    EXPECT_EQ(echo("int64", "9007199254740992"), "9007199254740992");
    EXPECT_EQ(echo("int64", "9007199254740993"), R"("9007199254740993")");
    EXPECT_EQ(echo("int64", R"("-9223372036854775808")"), R"("-9223372036854775808")");
    EXPECT_EQ(echo("uint64", "18446744073709551615"), R"("18446744073709551615")");
    EXPECT_EQ(echo("uint8", R"("255")"), "255");
    EXPECT_EQ(echo("int8", "-128"), "-128");
    EXPECT_EQ(echo("int32", "5.0"), "5");
}

TEST(JsonMapping, IntegersThatDoNotFitAreRefused)
{
    EXPECT_EQ(mistake("uint8", "256"), "value: 256 is out of the range of uint8");
    EXPECT_EQ(mistake("uint8", "-1"), "value: -1 is out of the range of uint8");
    EXPECT_EQ(mistake("int8", "-129"), "value: -129 is out of the range of int8");
    EXPECT_EQ(mistake("int64", "9223372036854775808"), "value: 9223372036854775808 is out of the range of int64");
    EXPECT_EQ(mistake("uint64", "-1"), "value: -1 is out of the range of uint64");
    EXPECT_EQ(echo("uint64", "1.5e19"), R"("15000000000000000000")");
    EXPECT_EQ(mistake("uint64", "2e19"), "value: 2E19 is no uint64");
    EXPECT_EQ(mistake("int32", "5.5"), "value: 5.5E0 is no int32");
    EXPECT_EQ(mistake("int32", R"("five")"), "value: expected a number, found a string");
    EXPECT_EQ(mistake("int32", R"("")"), "value: expected a number, found a string");
    EXPECT_EQ(mistake("int32", "true"), "value: expected a number, found a boolean");
    EXPECT_EQ(mistake("int32", "null"), "value: expected a number, found null");
}

TEST(JsonMapping, FloatsAreTheShortestNumberAndTheirSpecialValuesTexts)
{
    EXPECT_EQ(echo("float", "0.1"), "1E-1");
    EXPECT_EQ(shop_coding().decoded("float", bytes_of(0.1F)).as_double(), 0.1);
    EXPECT_EQ(echo("double", "0.1"), "1E-1");
    EXPECT_EQ(echo("double", "7"), "7E0");
    for (const char* type : {"float", "double"}) {
        for (const char* text : {R"("NaN")", R"("Infinity")", R"("-Infinity")"}) {
            EXPECT_EQ(echo(type, text), text);
        }
    }
    EXPECT_EQ(mistake("float", "1e39"), "value: 1E39 is out of the range of float");
    EXPECT_EQ(mistake("float", "1e309"), "value: it is out of the range of float");
    EXPECT_EQ(mistake("double", "-1e309"), "value: it is out of the range of double");
    EXPECT_EQ(mistake("double", R"("1.5")"), "value: expected a number, found a string");
}

TEST(JsonMapping, BytesAreBase64)
{
    EXPECT_EQ(shop_coding().encoded("bytes", parsed(R"("aGVsbG8=")")), bytes_of(Bytes("hello")));
    for (const char* text : {R"("")", R"("aA==")", R"("aGU=")", R"("aGVs")", R"("/+8=")"}) {
        EXPECT_EQ(echo("bytes", text), text);
    }
    for (const char* text : {R"("a")", R"("aA=")", R"("aA=a")", R"("a===")", R"("aB==")", R"("a b=")", R"("====")"}) {
        EXPECT_EQ(mistake("bytes", text), "value: expected bytes in base64") << text;
    }
}

TEST(JsonMapping, TimestampsAreIso8601)
{
    for (const char* text : {R"("1970-01-01T00:00:00Z")", R"("2024-02-29T12:30:00.0000001Z")",
                             R"("1969-12-31T23:59:59.9999999Z")", R"("-00044-03-15T00:00:00Z")",
                             R"("+31197-09-14T02:48:05.4775807Z")", R"("-27258-04-19T21:11:54.5224192Z")"}) {
        EXPECT_EQ(echo("timestamp", text), text);
    }
    EXPECT_EQ(echo("timestamp", R"("2024-01-01T00:30:00.5+01:00")"), R"("2023-12-31T23:30:00.5Z")");
    EXPECT_EQ(echo("timestamp", "10000000"), R"("1970-01-01T00:00:01Z")");
    for (const std::int64_t ticks : {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
                                     std::int64_t{-1}, std::int64_t{-10'000'000}}) {
        const Timestamp time{TimeSpan(ticks)};
        EXPECT_EQ(parse_timestamp(timestamp_text(time)), time) << timestamp_text(time);
    }
    for (const char* text : {R"("")", R"("2024-02-30T00:00:00Z")", R"("2024-02-29")", R"("2024-02-29T24:00:00Z")",
                             R"("2024-02-29T00:00:00")", R"("2024-02-29T00:00:00.Z")", R"("2024-02-29T00:00:00Zx")",
                             R"("2024-02-29T00:00:00.00000001Z")", R"("+99999-01-01T00:00:00Z")"}) {
        EXPECT_EQ(mistake("timestamp", text), "value: expected a time, as 2024-02-29T12:30:00.5Z") << text;
    }
}

TEST(JsonMapping, DurationsAreSecondsAndMayBeGivenInOtherUnits)
{
    for (const char* text : {R"("0s")", R"("1.5s")", R"("-0.0000001s")", R"("922337203685.4775807s")",
                             R"("-922337203685.4775808s")"}) {
        EXPECT_EQ(echo("duration", text), text);
    }
    EXPECT_EQ(echo("duration", R"("20ms")"), R"("0.02s")");
    EXPECT_EQ(echo("duration", R"("1.5us")"), R"("0.0000015s")");
    EXPECT_EQ(echo("duration", R"("2min")"), R"("120s")");
    EXPECT_EQ(echo("duration", R"("1.5h")"), R"("5400s")");
    EXPECT_EQ(echo("duration", R"("-1d")"), R"("-86400s")");
    EXPECT_EQ(echo("duration", "15000000"), R"("1.5s")");
    for (const char* text : {R"("")", R"("1")", R"("s")", R"("1.s")", R"("1.55us")", R"("1 s")", R"("--1s")",
                             R"("922337203685.4775808s")", R"("999999999999999999d")"}) {
        EXPECT_EQ(mistake("duration", text), "value: expected a duration, as 1.5s, 20ms or 2h") << text;
    }
}

TEST(JsonMapping, CharactersAreTextsOfOneUnit)
{
    for (const char* text : {R"("a")", R"("é")", R"("€")", R"("U+D83D")"}) {
        EXPECT_EQ(echo("char", text), text);
    }
    EXPECT_EQ(echo("char", "97"), R"("a")");
    for (const char* text : {R"("")", R"("ab")", R"("😀")", R"("U+D8")"}) {
        EXPECT_EQ(mistake("char", text), "value: expected one character of 16 bits") << text;
    }
    EXPECT_EQ(mistake("char", "65536"), "value: 65536 is out of the range of char");
}

TEST(JsonMapping, UuidsAndDecimalsAreTexts)
{
    EXPECT_EQ(echo("uuid", R"("01234567-89AB-cdef-0123-456789abcdef")"), R"("01234567-89ab-cdef-0123-456789abcdef")");
    EXPECT_EQ(mistake("uuid", R"("01234567")"), "value: expected a uuid, as 01234567-89ab-cdef-0123-456789abcdef");
    EXPECT_EQ(echo("decimal", R"("12.50")"), R"("12.50")");
    EXPECT_EQ(echo("decimal", "12"), R"("12")");
    EXPECT_EQ(echo("decimal", R"({"low": 1250, "high": 0, "scale": 2, "negative": true})"), R"("-12.50")");
    EXPECT_EQ(mistake("decimal", "12.5"), "value: expected a decimal in a string, as \"12.50\", found a number");
    EXPECT_EQ(mistake("decimal", R"("1e5")"), "value: expected a decimal, as \"12.50\", of at most 28 digits");
    EXPECT_EQ(mistake("decimal", R"({"low": 1})"), "value: expected a decimal, as \"12.50\"");
}

TEST(JsonMapping, EnumsAreNamesAndUnknownOnesNumbers)
{
    EXPECT_EQ(echo("shop.Colour", R"("Green")"), R"("Green")");
    EXPECT_EQ(echo("shop.Colour", "5"), R"("Green")");
    EXPECT_EQ(echo("shop.Colour", "9"), "9");
    EXPECT_EQ(echo("shop.Colour", R"("9")"), "9");
    EXPECT_EQ(echo("shop.Wide", R"("Most")"), R"("Most")");
    EXPECT_EQ(echo("shop.Wide", R"("18446744073709551614")"), R"("18446744073709551614")");
    EXPECT_EQ(mistake("shop.Colour", R"("Pink")"), "value: shop.Colour has no value 'Pink'");
    EXPECT_EQ(mistake("shop.Colour", "256"), "value: 256 is out of the range of uint8");
}

TEST(JsonMapping, StructsAreObjectsWhoseMembersMayBeLeftOut)
{
    EXPECT_EQ(echo("shop.Line", R"({"price": 2})"), R"({"name":"","price":2E0,"count":1})");
    EXPECT_EQ(shop_coding().encoded("shop.Line", parsed(R"({"count": 3, "name": "tea"})")),
              bytes_of(shop::Line{"tea", 0, 3}));
    EXPECT_EQ(shop_coding().encoded("shop.Scalars", parsed("{}")), bytes_of(shop::Scalars{}));
    EXPECT_EQ(shop_coding().encoded("shop.Order", parsed("{}")), bytes_of(shop::Order{}));
    EXPECT_EQ(mistake("shop.Line", R"({"nme": "tea"})"), "value.nme: shop.Line has no such member");
    EXPECT_EQ(mistake("shop.Line", "[]"), "value: expected an object, found an array");
}

TEST(JsonMapping, WhatAnOlderPeerLeftOutIsTheDefaultAndWhatANewerOneAddedIsSkipped)
{
    const std::string older("\x08\0\0\0\4\0\0\0gold", 12);
    EXPECT_EQ(boost::json::serialize(shop_coding().decoded("shop.Line", older)),
              R"({"name":"gold","price":0E0,"count":1})");
    std::string newer = bytes_of(shop::Line{"gold", 1, 2}) + "more";
    newer[0] = static_cast<char>(newer[0] + 4);
    EXPECT_EQ(boost::json::serialize(shop_coding().decoded("shop.Line", newer)),
              R"({"name":"gold","price":1E0,"count":2})");
    EXPECT_EQ(shop_coding().decoded("shop.Scalars", std::string(4, '\0')),
              shop_coding().decoded("shop.Scalars", bytes_of(shop::Scalars{})));
}

TEST(JsonMapping, VariantsAreObjectsOfOneMember)
{
    EXPECT_EQ(echo("shop.Payment", R"({"card": "visa"})"), R"({"card":"visa"})");
    EXPECT_EQ(echo("shop.Payment", R"({"several": [{"card": "a"}, {"voucher": {}}]})"),
              R"({"several":[{"card":"a"},{"voucher":{"name":"","price":0E0,"count":1}}]})");
    EXPECT_EQ(echo("shop.Payment", R"({"#7": "aGVsbG8="})"), R"({"#7":"aGVsbG8="})");
    EXPECT_EQ(shop_coding().encoded("shop.Payment", parsed(R"({"several": [{"card": "a"}]})")), [] {
        shop::Payment several;
        several.emplace<shop::Payment::several>().emplace_back().emplace<shop::Payment::card>() = "a";
        return bytes_of(several);
    }());
    EXPECT_EQ(mistake("shop.Payment", R"({"cash": 1})"), "value.cash: shop.Payment has no such alternative");
    EXPECT_EQ(mistake("shop.Payment", R"({"several": [{"card": 5}]})"),
              "value.several[0].card: expected a string, found a number");
    EXPECT_EQ(mistake("shop.Payment", R"("visa")"),
              "value: expected an object with one member, an alternative of shop.Payment, found a string");
}

TEST(JsonMapping, MapsAreObjectsWhateverTheirKeysAndMayBeListsOfPairs)
{
    EXPECT_EQ(echo("map<int16, string>", R"({"10": "b", "-1": "a"})"), R"({"-1":"a","10":"b"})");
    EXPECT_EQ(echo("map<int16, string>", R"([[10, "b"], [-1, "a"]])"), R"({"-1":"a","10":"b"})");
    EXPECT_EQ(echo("map<bool, int32>", R"({"true": 1, "false": 2})"), R"({"false":2,"true":1})");
    EXPECT_EQ(echo("map<shop.Colour, bool>", R"({"Blue": true, "200": true, "Red": false})"),
              R"({"Red":false,"Blue":true,"200":true})");
    EXPECT_EQ(echo("map<uuid, char>", R"({"ffffffff-89ab-cdef-0123-456789abcdef": "x"})"),
              R"({"ffffffff-89ab-cdef-0123-456789abcdef":"x"})");
    EXPECT_EQ(echo("map<duration, int8>", R"({"1s": 1, "-1s": 2})"), R"({"-1s":2,"1s":1})");
    EXPECT_EQ(shop_coding().encoded("map<string, int32>", parsed(R"({"b": 2, "a": 1, "é": 3})")),
              bytes_of(std::map<std::string, std::int32_t>{{"b", 2}, {"a", 1}, {"é", 3}}));
    EXPECT_EQ(mistake("map<int16, string>", R"({"1": "b", "x": "a"})"),
              "value[\"x\"]: expected a number, found a string");
    EXPECT_EQ(mistake("map<int16, string>", R"([[1, "b"], ["1", "a"]])"), "value[\"1\"]: it is there already");
    EXPECT_EQ(mistake("map<int16, string>", R"({"1": 2})"), "value[\"1\"]: expected a string, found a number");
    EXPECT_EQ(mistake("map<int16, string>", "[[1]]"), "value: expected pairs, arrays of a key and a value");
}

TEST(JsonMapping, SetsAndListsAreArrays)
{
    EXPECT_EQ(echo("set<int32>", "[3, -1, 2]"), "[-1,2,3]");
    EXPECT_EQ(mistake("set<int32>", "[3, 3]"), "value[1]: it is there already");
    EXPECT_EQ(echo("list<bool?>", "[true, null]"), "[true,null]");
    EXPECT_EQ(echo("array<array<uint8, 2>, 2>", "[[1, 2], [3, 4]]"), "[[1,2],[3,4]]");
    EXPECT_EQ(mistake("array<uint8, 3>", "[1, 2]"), "value: expected 3 elements, found 2");
    EXPECT_EQ(mistake("list<list<bool>>", "[[], [true, 1]]"), "value[1][1]: expected a boolean, found a number");
    EXPECT_EQ(mistake("list<bool>", "{}"), "value: expected an array, found an object");
}

TEST(JsonMapping, AnAnyNamesItsType)
{
    EXPECT_EQ(shop_coding().encoded("any", parsed(R"({"type": "list<shop.Line>", "value": [{"name": "x"}]})")),
              bytes_of(make_any(std::vector<shop::Line>{{"x", 0, 1}})));
    EXPECT_EQ(echo("any", R"({"type": "map<string, int8>", "value": {"a": 1}})"),
              R"({"type":"map<string, int8>","value":{"a":1}})");
    EXPECT_EQ(echo("any", "null"), "{}");
    EXPECT_EQ(echo("any", "{}"), "{}");
    EXPECT_EQ(echo("any", R"({"type": "other.Type", "base64": "aGVsbG8="})"),
              R"({"type":"other.Type","base64":"aGVsbG8="})");
    EXPECT_EQ(mistake("any", R"({"type": "shop.Line", "value": {"name": 5}})"),
              "value.value.name: expected a string, found a number");
    EXPECT_EQ(mistake("any", R"({"type": "shop.Nothing", "value": 1})"),
              "value: there is no type 'shop.Nothing' of 0 arguments");
    EXPECT_EQ(mistake("any", R"({"value": 1})"),
              "value: expected an object with 'type' and 'value', or 'type' and 'base64'");
}

TEST(JsonMapping, AnysInAnysEndSomewhere)
{
    std::string json = "1";
    std::string type = "int32";
    for (int depth = 0; depth < 40; ++depth) {
        json = R"({"type": ")" + type + R"(", "value": )" + json + "}";
        type = "any";
    }
    boost::json::parse_options options;
    options.max_depth = 100;
    const auto value = boost::json::parse(json, {}, options);
    EXPECT_THROW(shop_coding().encoded("any", value), JsonError);
    std::string bytes = bytes_of(Any{"int32", Bytes(std::string(4, '\1'))});
    for (int depth = 0; depth < 10'000; ++depth) {
        bytes = bytes_of(Any{"any", Bytes(bytes)});
    }
    EXPECT_TRUE(shop_coding().decoded("any", bytes).is_object());
}

TEST(JsonMapping, TheFirstMistakeIsNamedByItsPath)
{
    EXPECT_EQ(mistake("shop.Order", R"({"lines": [{}, {}, {}, {"price": "12"}]})"),
              "value.lines[3].price: expected a number, found a string");
    EXPECT_EQ(mistake("shop.Order", R"({"page": {"items": [], "next": {"count": 1.5}}})"),
              "value.page.next.count: 1.5E0 is no int32");
    EXPECT_EQ(mistake("shop.Order", R"({"by_number": {"7": {"name": null}}})"),
              "value.by_number[\"7\"].name: expected a string, found null");
}

TEST(JsonMapping, BytesThatAreNoValueAreNamedByTheirPath)
{
    std::string bytes = bytes_of(shop::Order{.lines = {{"a", 1, 1}, {"b", 2, 2}}});
    const std::size_t at = bytes.find('b');
    bytes[at] = '\xFF';
    try {
        shop_coding().decoded("shop.Order", bytes);
        FAIL();
    } catch (const RemotingError& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_payload);
        EXPECT_TRUE(error.cause().starts_with("value.lines[1].name: a string is not UTF-8")) << error.cause();
    }
}

}  // namespace
}  // namespace remoting::test
