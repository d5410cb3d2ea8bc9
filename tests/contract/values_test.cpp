// SPDX-License-Identifier: BSL-1.0
#include "carried.hpp"
#include "values_servant.hpp"

#include "way.hpp"

#include <array>
#include <chrono>
#include <limits>

namespace contract {
namespace {

using remoting::Bytes;
using remoting::Timestamp;

class ValuesOfEveryWay : public remoting::test::WayTest {
protected:
    template <class T>
    void carries(Members<T> members, const std::vector<T>& samples)
    {
        expect_carried(*values_, members, samples);
    }

private:
    std::shared_ptr<Values> values_ = serve<Values>(std::make_shared<ValuesServant>());
};

INSTANTIATE_TEST_SUITE_P(Contract, ValuesOfEveryWay, remoting::test::every_way(), remoting::test::name_of);

template <class T>
std::vector<T> ends()
{
    using limits = std::numeric_limits<T>;
    return {T{0},
            T{1},
            limits::min(),
            static_cast<T>(limits::min() + 1),
            static_cast<T>(limits::max() - 1),
            limits::max(),
            static_cast<T>(limits::max() / 2 + 1)};
}

template <class T>
std::vector<T> special_numbers()
{
    using limits = std::numeric_limits<T>;
    return {T{0},
            -T{0},
            T{1} / T{3},
            limits::lowest(),
            limits::max(),
            limits::min(),
            limits::denorm_min(),
            limits::epsilon(),
            limits::infinity(),
            -limits::infinity(),
            limits::quiet_NaN(),
            -limits::quiet_NaN()};
}

/// Both ends of each length of UTF-8 and of the gap in its middle.
std::string every_class_of_utf8()
{
    std::string text("\x00\x01\x7F", 3);
    text += "\u0080\u07FF\u0800\uD7FF\uE000\uFFFD\uFFFF\U00010000\U0010FFFF";
    for (unsigned lead = 0xC2; lead <= 0xDF; ++lead) {
        text += {static_cast<char>(lead), '\x80', static_cast<char>(lead), '\xBF'};
    }
    for (unsigned lead = 0xE1; lead <= 0xEF; ++lead) {
        text += {static_cast<char>(lead), lead == 0xED ? '\x9F' : '\xBF', '\xBF'};
    }
    for (unsigned lead = 0xF1; lead <= 0xF3; ++lead) {
        text += {static_cast<char>(lead), '\x80', '\x80', '\xBF'};
    }
    return text;
}

Bytes every_byte(std::size_t size)
{
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<std::byte>(i * 7 + i / 251);
    }
    return bytes;
}

constexpr std::size_t mebibyte = std::size_t{1024} * 1024;

Outer full_outer()
{
    return {.inner = {1, "one"},
            .inners = {{2, "two"}, {}, {std::numeric_limits<std::int32_t>::min(), every_class_of_utf8()}},
            .by_name = {{"", {}}, {"three", {3, "three"}}},
            .maybe = Inner{4, "four"},
            .level = Level::High};
}

TEST_P(ValuesOfEveryWay, CarryBools)
{
    carries<bool>({&Values::EchoBool, &Values::get_Bool, &Values::set_Bool}, {true, false, true});
}

TEST_P(ValuesOfEveryWay, CarrySignedIntegers)
{
    carries({&Values::EchoInt8, &Values::get_Int8, &Values::set_Int8}, ends<std::int8_t>());
    carries({&Values::EchoInt16, &Values::get_Int16, &Values::set_Int16}, ends<std::int16_t>());
    carries({&Values::EchoInt32, &Values::get_Int32, &Values::set_Int32}, ends<std::int32_t>());
    carries({&Values::EchoInt64, &Values::get_Int64, &Values::set_Int64}, ends<std::int64_t>());
}

TEST_P(ValuesOfEveryWay, CarryUnsignedIntegers)
{
    carries({&Values::EchoUInt8, &Values::get_UInt8, &Values::set_UInt8}, ends<std::uint8_t>());
    carries({&Values::EchoUInt16, &Values::get_UInt16, &Values::set_UInt16}, ends<std::uint16_t>());
    carries({&Values::EchoUInt32, &Values::get_UInt32, &Values::set_UInt32}, ends<std::uint32_t>());
    carries({&Values::EchoUInt64, &Values::get_UInt64, &Values::set_UInt64}, ends<std::uint64_t>());
}

TEST_P(ValuesOfEveryWay, CarryFloatsBitForBit)
{
    carries({&Values::EchoFloat, &Values::get_Float, &Values::set_Float}, special_numbers<float>());
    carries({&Values::EchoDouble, &Values::get_Double, &Values::set_Double}, special_numbers<double>());
}

TEST_P(ValuesOfEveryWay, CarryTextOfEveryClassOfUtf8)
{
    carries<std::string>({&Values::EchoText, &Values::get_Text, &Values::set_Text},
                         {"", "plain", std::string(1, '\0'), std::string("\0\0\0", 3), every_class_of_utf8()});
}

TEST_P(ValuesOfEveryWay, CarryAMebibyteOfText)
{
    std::string text;
    while (text.size() + every_class_of_utf8().size() < mebibyte) {
        text += every_class_of_utf8();
    }
    carries<std::string>({&Values::EchoText, &Values::get_Text, &Values::set_Text},
                         {text, "", std::string(mebibyte, 'x')});
}

TEST_P(ValuesOfEveryWay, CarryBytes)
{
    carries<Bytes>({&Values::EchoData, &Values::get_Data, &Values::set_Data},
                   {Bytes(), Bytes(1, std::byte{0}), every_byte(256), every_byte(4095), every_byte(4096),
                    every_byte(65'535), every_byte(65'536), every_byte(65'537)});
}

TEST_P(ValuesOfEveryWay, CarryAMebibyteOfBytes)
{
    carries<Bytes>({&Values::EchoData, &Values::get_Data, &Values::set_Data},
                   {every_byte(mebibyte), Bytes(mebibyte, std::byte{0xFF}), every_byte(mebibyte - 1)});
}

TEST_P(ValuesOfEveryWay, CarryTimestampsFromEndToEnd)
{
    using ticks = Timestamp::duration;
    carries<Timestamp>({&Values::EchoTime, &Values::get_Time, &Values::set_Time},
                       {Timestamp(), Timestamp::min(), Timestamp::max(), Timestamp(ticks(1)), Timestamp(ticks(-1)),
                        Timestamp(std::chrono::hours(24 * 365 * 50))});
}

TEST_P(ValuesOfEveryWay, CarryEnumsEvenWithValuesTheIdlDoesNotKnow)
{
    carries<Colour>({&Values::EchoColour, &Values::get_Colour, &Values::set_Colour},
                    {Colour::Red, Colour::Green, Colour::Blue, static_cast<Colour>(-1), static_cast<Colour>(1000)});
    carries<Level>({&Values::EchoLevel, &Values::get_Level, &Values::set_Level},
                   {Level::Low, Level::High, static_cast<Level>(77)});
}

TEST_P(ValuesOfEveryWay, CarryStructsInStructs)
{
    carries<Inner>({&Values::EchoInner, &Values::get_Inner, &Values::set_Inner}, {{}, {7, "seven"}});
    carries<Outer>({&Values::EchoOuter, &Values::get_Outer, &Values::set_Outer}, {{}, full_outer()});
}

TEST_P(ValuesOfEveryWay, CarryStructsWithDefaults)
{
    const Defaults untouched;
    EXPECT_EQ(untouched.number, -7);
    EXPECT_EQ(untouched.text, "text");
    EXPECT_EQ(untouched.colour, Colour::Green);
    EXPECT_EQ(untouched.maybe, 0.5);
    EXPECT_TRUE(untouched.flag);
    const Defaults other{.number = 0, .text = "", .colour = Colour::Red, .maybe = std::nullopt, .flag = false};
    carries<Defaults>({&Values::EchoDefaults, &Values::get_Defaults, &Values::set_Defaults}, {untouched, other});
}

TEST_P(ValuesOfEveryWay, CarryOptionals)
{
    carries<std::optional<std::int32_t>>({&Values::EchoMaybeNumber, &Values::get_MaybeNumber, &Values::set_MaybeNumber},
                                         {std::nullopt, 0, std::numeric_limits<std::int32_t>::min()});
    carries<std::optional<std::string>>({&Values::EchoMaybeText, &Values::get_MaybeText, &Values::set_MaybeText},
                                        {std::nullopt, "", "text"});
    carries<std::optional<Outer>>({&Values::EchoMaybeOuter, &Values::get_MaybeOuter, &Values::set_MaybeOuter},
                                  {std::nullopt, Outer{}, full_outer()});
}

TEST_P(ValuesOfEveryWay, CarryLists)
{
    carries<std::vector<std::int32_t>>({&Values::EchoNumbers, &Values::get_Numbers, &Values::set_Numbers},
                                       {{}, {0}, {1, -2, 3}});
    carries<std::vector<std::string>>({&Values::EchoTexts, &Values::get_Texts, &Values::set_Texts},
                                      {{}, {""}, {"a", "", every_class_of_utf8()}});
    carries<std::vector<bool>>({&Values::EchoFlags, &Values::get_Flags, &Values::set_Flags},
                               {{}, {true}, {false, true, true, false, true, false, false, false, true}});
    carries<std::vector<std::optional<std::int32_t>>>({&Values::EchoHoles, &Values::get_Holes, &Values::set_Holes},
                                                      {{}, {std::nullopt}, {1, std::nullopt, 3}});
    carries<std::vector<std::vector<double>>>({&Values::EchoMatrix, &Values::get_Matrix, &Values::set_Matrix},
                                              {{}, {{}}, {{}, special_numbers<double>(), {1}}});
    carries<std::vector<Outer>>({&Values::EchoOuters, &Values::get_Outers, &Values::set_Outers},
                                {{}, {{}}, {full_outer(), {}, full_outer()}});
}

TEST_P(ValuesOfEveryWay, CarryListsOfAHundredThousand)
{
    constexpr std::size_t many = 100'000;
    std::vector<std::int32_t> numbers(many);
    std::vector<std::string> texts(many);
    std::vector<bool> flags(many);
    std::vector<std::optional<std::int32_t>> holes(many);
    for (std::size_t i = 0; i < many; ++i) {
        numbers[i] = static_cast<std::int32_t>(i);
        texts[i] = std::to_string(i);
        flags[i] = i % 3 == 0;
        holes[i] = i % 2 == 0 ? std::optional<std::int32_t>() : numbers[i];
    }
    carries<std::vector<std::int32_t>>({&Values::EchoNumbers, &Values::get_Numbers, &Values::set_Numbers}, {numbers});
    carries<std::vector<std::string>>({&Values::EchoTexts, &Values::get_Texts, &Values::set_Texts}, {texts});
    carries<std::vector<std::string>>({&Values::EchoTexts, &Values::get_Texts, &Values::set_Texts},
                                      {std::vector<std::string>(many)});
    carries<std::vector<bool>>({&Values::EchoFlags, &Values::get_Flags, &Values::set_Flags}, {flags});
    carries<std::vector<std::optional<std::int32_t>>>({&Values::EchoHoles, &Values::get_Holes, &Values::set_Holes},
                                                      {holes});
    carries<std::vector<Outer>>({&Values::EchoOuters, &Values::get_Outers, &Values::set_Outers},
                                {std::vector<Outer>(many / 4)});
}

TEST_P(ValuesOfEveryWay, CarryMaps)
{
    using Totals = std::map<std::string, std::int64_t>;
    Totals large;
    for (int i = 0; i < 30'000; ++i) {
        large.emplace(std::to_string(i), i);
    }
    carries<Totals>({&Values::EchoTotals, &Values::get_Totals, &Values::set_Totals},
                    {{}, {{"", 0}}, {{"a", std::numeric_limits<std::int64_t>::min()}, {"b", 2}}, large});
    using ByLevel = std::map<Level, Bytes>;
    carries<ByLevel>({&Values::EchoByLevel, &Values::get_ByLevel, &Values::set_ByLevel},
                     {{}, {{Level::Low, Bytes()}, {Level::High, every_byte(1000)}}});
    using Nested = std::map<std::int32_t, std::map<std::string, std::vector<Inner>>>;
    carries<Nested>({&Values::EchoNested, &Values::get_Nested, &Values::set_Nested},
                    {{}, {{-1, {}}, {0, {{"empty", {}}, {"full", {{1, "one"}, {2, "two"}}}}}}});
}

TEST_P(ValuesOfEveryWay, CarryReferencesThatComeHomeToTheirObjects)
{
    const auto a = std::make_shared<NodeServant>("a");
    const auto b = std::make_shared<NodeServant>("b");
    using Reference = std::shared_ptr<Node>;
    carries<Reference>({&Values::EchoNode, &Values::get_Node, &Values::set_Node}, {a, b});
    carries<Reference>({&Values::EchoMaybeNode, &Values::get_MaybeNode, &Values::set_MaybeNode}, {a, nullptr, b});
    carries<std::vector<Reference>>({&Values::EchoNodes, &Values::get_Nodes, &Values::set_Nodes}, {{}, {a}, {a, b, a}});
    carries<std::map<std::string, Reference>>(
        {&Values::EchoNodesByName, &Values::get_NodesByName, &Values::set_NodesByName},
        {{}, {{"a", a}, {"none", nullptr}, {"b", b}}});
    carries<Family>({&Values::EchoFamily, &Values::get_Family, &Values::set_Family},
                    {{}, {.head = a, .members = {b, a}, .by_name = {{"nobody", nullptr}, {"b", b}}}});
}

}  // namespace
}  // namespace contract
