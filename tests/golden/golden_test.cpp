// SPDX-License-Identifier: BSL-1.0
#include "attributes.remoting.hpp"
#include "bank.remoting.hpp"
#include "derived.remoting.hpp"
#include "references.remoting.hpp"
#include "types.remoting.hpp"
#include "words.remoting.hpp"

#include <remoting/dispatch/descriptors.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <sstream>
#include <string>
#include <type_traits>

namespace {

using namespace std::string_view_literals;

template <class T>
std::string text_of(const T& value)
{
    std::ostringstream stream;
    stream << value;
    return std::move(stream).str();
}

std::vector<std::string_view> method_names(const remoting::InterfaceDescriptor& descriptor)
{
    std::vector<std::string_view> names;
    for (const remoting::MethodDescriptor& method : descriptor.methods) {
        names.push_back(method.name);
    }
    return names;
}

std::vector<std::string_view> names_of(std::span<const remoting::ExceptionDescriptor* const> exceptions)
{
    std::vector<std::string_view> names;
    for (const remoting::ExceptionDescriptor* exception : exceptions) {
        names.push_back(exception->name);
    }
    return names;
}

class SilentAccount : public bank::Account {
public:
    std::string get_Owner() override { return "Ada"; }
    double get_Limit() override { return 0; }
    void set_Limit(double) override {}
    money::Money Balance() override { return {}; }
    money::Money Withdraw(const money::Money& amount) override { return amount; }
    void Split(const money::Money&, money::Money&, std::int32_t&) override {}
    void Note(const std::string&) override {}
    std::vector<bank::Entry> History(std::int32_t) override { return {}; }
    std::shared_ptr<bank::Account> Parent() override { return nullptr; }
    void Close() override {}
    void Merge(const std::shared_ptr<bank::Account>&, const std::shared_ptr<bank::Account>&) override {}
};

TEST(GeneratedEnums, KeepTheirUnderlyingTypesAndValues)
{
    using namespace golden::types;
    static_assert(std::is_same_v<std::underlying_type_t<Small>, std::int8_t>);
    static_assert(std::is_same_v<std::underlying_type_t<Large>, std::uint64_t>);
    static_assert(std::is_same_v<std::underlying_type_t<Plain>, std::int32_t>);

    EXPECT_EQ(static_cast<int>(Small::Two), 2);
    EXPECT_EQ(static_cast<int>(Small::Minus), -128);
    EXPECT_EQ(static_cast<std::uint64_t>(Large::Max), std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(static_cast<std::int64_t>(Signed::Min), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(static_cast<std::int64_t>(Signed::Next), std::numeric_limits<std::int64_t>::min() + 1);
}

TEST(GeneratedEnums, PrintTheirNamesAndUnknownValuesAsNumbers)
{
    EXPECT_EQ(text_of(money::Currency::USD), "USD");
    EXPECT_EQ(text_of(static_cast<money::Currency>(7)), "Currency(7)");
    EXPECT_EQ(text_of(while_::time::std_::Words::class_), "class");
}

TEST(GeneratedConstants, HoldWhatTheIdlSays)
{
    using namespace golden::types;
    static_assert(Int64Min == std::numeric_limits<std::int64_t>::min());
    static_assert(UInt64Max == std::numeric_limits<std::uint64_t>::max());
    static_assert(FloatMax == std::numeric_limits<float>::max());
    static_assert(DoubleMax == std::numeric_limits<double>::max());
    static_assert(Alias == 0x7fffffff && First == Small::One);

    EXPECT_EQ(Escapes, "tab\t quote\" backslash\\ line\n nul\0 what?\?! \u00e9 \U0001F600 \u00e9"sv);
    EXPECT_EQ(Empty, "");
}

TEST(GeneratedStructs, BeginWithTheirDefaults)
{
    const golden::types::Defaults defaults;

    EXPECT_TRUE(defaults.b);
    EXPECT_EQ(defaults.i8, -128);
    EXPECT_EQ(defaults.f, 1.5F);
    EXPECT_EQ(defaults.with_nul, std::string("a\0b", 3));
    EXPECT_EQ(defaults.large, golden::types::Large::Max);
    EXPECT_EQ(defaults.maybe, 7);
    EXPECT_EQ(golden::types::Scalars{}.u64, 0U);
}

TEST(GeneratedStructs, AreAggregatesThatCompare)
{
    const money::Money five{money::Currency::EUR, 500};

    EXPECT_EQ(five, (money::Money{money::Currency::EUR, 500}));
    EXPECT_NE(five, money::Money{});
    EXPECT_NE((golden::types::Containers{.flags = {true}}), golden::types::Containers{});
}

TEST(GeneratedStructs, CanHoldThemselvesInContainers)
{
    golden::references::Tree tree;
    tree.label = "root";
    tree.children.resize(2);
    golden::references::Tree other = tree;
    EXPECT_EQ(tree, other);

    other.children[1].named["leaf"].label = "leaf";
    EXPECT_NE(tree, other);
    EXPECT_EQ(text_of(other.children[1].named["leaf"]),
              R"(Tree{children: [], named: {}, holes: [], more: null, label: "leaf"})");
}

TEST(GeneratedStructs, PrintEveryKindOfField)
{
    golden::types::Scalars scalars;
    scalars.i8 = -1;
    scalars.u8 = 65;
    scalars.f = 0.1F;
    scalars.s = "a\"\n\x01";
    scalars.raw = remoting::Bytes(std::string_view("\x00\xff", 2));
    scalars.small = golden::types::Small::One;
    EXPECT_EQ(text_of(scalars),
              "Scalars{b: false, i8: -1, i16: 0, i32: 0, i64: 0, u8: 65, u16: 0, u32: 0, u64: 0, f: 0.1, d: 0, "
              "s: \"a\\\"\\n\\x01\", raw: 00ff, when: 1970-01-01T00:00:00Z, small: One}");

    golden::types::Containers containers;
    containers.flags = {true, false};
    containers.holes = {1, std::nullopt};
    containers.nested = {{-5, {{golden::types::Small::Two, remoting::Bytes()}}}};
    EXPECT_EQ(text_of(containers),
              "Containers{maybe_bool: null, maybe_struct: null, flags: [true, false], holes: [1, null], matrix: [], "
              "by_name: {}, nested: {-5: {Two: }}, everything: null, times: {}}");
}

TEST(GeneratedStructs, PrintReferencesByInterface)
{
    golden::references::Holder holder;
    EXPECT_EQ(text_of(holder).find("Holder{node: null, tree: Tree{"), 0U);

    const golden::references::NotHere error({}, "here", nullptr);
    EXPECT_NE(text_of(error).find("nearest: null"), std::string::npos);
}

TEST(GeneratedStructs, PrintTimesBeforeTheEpochAndAtTheEndsOfTheRange)
{
    const auto printed = [](std::int64_t ticks) {
        golden::types::Scalars scalars;
        scalars.when = remoting::Timestamp(remoting::Timestamp::duration(ticks));
        const std::string text = text_of(scalars);
        const std::size_t begin = text.find("when: ") + 6;
        return text.substr(begin, text.find(',', begin) - begin);
    };

    EXPECT_EQ(printed(-1), "1969-12-31T23:59:59.9999999Z");
    EXPECT_EQ(printed(17'091'216'000'000'001), "2024-02-28T12:00:00.0000001Z");
    EXPECT_EQ(printed(std::numeric_limits<std::int64_t>::min()), "-27258-04-19T21:11:54.5224192Z");
    EXPECT_EQ(printed(std::numeric_limits<std::int64_t>::max()), "31197-09-14T02:48:05.4775807Z");
}

TEST(GeneratedStructs, PrintLongBytesCut)
{
    golden::types::Scalars scalars;
    scalars.raw = remoting::Bytes(33, std::byte{0xAB});

    const std::string text = text_of(scalars);
    EXPECT_NE(text.find("raw: " + std::string(32, 'x')), 0U);
    EXPECT_NE(text.find("abab..., when"), std::string::npos);
}

TEST(GeneratedExceptions, SayTheirNameAndFields)
{
    const bank::InsufficientFunds error("empty", {money::Currency::USD, 5});

    EXPECT_STREQ(error.what(), R"(bank.InsufficientFunds{reason: "empty", missing: Money{currency: USD, cents: 5}})");
    EXPECT_STREQ(bank::Closed().what(), "bank.Closed");
}

TEST(GeneratedExceptions, AreCaughtAsTheirBaseAndRaisedAsThemselves)
{
    const bank::InsufficientFunds original("empty", {});
    const bank::BankError& base = original;

    try {
        base.remoting_raise();
        FAIL() << "nothing was thrown";
    } catch (const bank::InsufficientFunds& error) {
        EXPECT_EQ(error, original);
        EXPECT_EQ(error.reason, "empty");
    }
}

TEST(GeneratedExceptions, KnowTheirChainOfTypes)
{
    const golden::derived::Overdrawn error;
    const remoting::ExceptionDescriptor* descriptor = &error.remoting_descriptor();

    EXPECT_EQ(descriptor->name, "golden.derived.Overdrawn");
    EXPECT_EQ(descriptor->base->name, "bank.InsufficientFunds");
    EXPECT_EQ(descriptor->base->base->name, "bank.BankError");
    EXPECT_EQ(descriptor->base->base->base, nullptr);
    EXPECT_NE(dynamic_cast<const golden::derived::Overdrawn*>(descriptor->create().get()), nullptr);
}

TEST(GeneratedInterfaces, ListInheritedMethodsFirstAndDiamondsOnce)
{
    using namespace golden::references;
    const auto& leaf = remoting::InterfaceTraits<Leaf>::descriptor();

    EXPECT_EQ(method_names(leaf), (std::vector<std::string_view>{"get_Parent", "set_Parent", "Describe", "Notify",
                                                                 "FindLeaf", "Visit", "Self"}));
    EXPECT_EQ(
        std::vector(leaf.bases.begin(), leaf.bases.end()),
        (std::vector<std::string_view>{"golden.references.Node", "golden.references.Left", "golden.references.Right"}));
}

TEST(GeneratedInterfaces, DescribeParametersInTheWordsOfTheIdl)
{
    const auto& account = remoting::InterfaceTraits<bank::Account>::descriptor();
    const remoting::MethodDescriptor& split = account.methods[5];

    ASSERT_EQ(split.name, "Split");
    ASSERT_EQ(split.parameters.size(), 3U);
    EXPECT_EQ(split.parameters[0].type, "money.Money");
    EXPECT_EQ(split.parameters[1].direction, remoting::Direction::out);
    EXPECT_EQ(split.parameters[2].direction, remoting::Direction::in_out);
    EXPECT_EQ(account.methods[7].parameters.back().type, "list<bank.Entry>");
    EXPECT_EQ(account.methods[8].parameters.back().type, "bank.Account?");
    EXPECT_TRUE(account.methods[6].one_way);
}

TEST(GeneratedInterfaces, SayWhatAttributesSayOfAMethod)
{
    const auto& shape = remoting::InterfaceTraits<golden::attributes::Shape>::descriptor();

    EXPECT_EQ(method_names(shape),
              (std::vector<std::string_view>{"get_Size", "set_Size", "Area", "AreaIn", "AreaOfAll", "Move"}));
    EXPECT_TRUE(shape.find_method("set_Size")->idempotent);
    EXPECT_EQ(shape.find_method("set_Size")->deadline_ms, 1500U);
    EXPECT_FALSE(shape.find_method("AreaIn")->idempotent);
    EXPECT_EQ(shape.find_method("AreaIn")->deadline_ms, 0U);
    EXPECT_EQ(shape.find_method("Move")->deadline_ms, 120'000U);
    EXPECT_EQ(shape.constructor->deadline_ms, 3'600'000U);
}

TEST(GeneratedInterfaces, KnowTheExceptionsDerivedFromDeclaredOnes)
{
    const auto& close = remoting::InterfaceTraits<bank::Account>::descriptor().methods[9];
    EXPECT_EQ(names_of(close.throws), (std::vector<std::string_view>{"bank.BankError"}));
    EXPECT_EQ(names_of(close.known_exceptions),
              (std::vector<std::string_view>{"bank.BankError", "bank.InsufficientFunds", "bank.Closed"}));

    const auto& savings = remoting::InterfaceTraits<golden::derived::Savings>::descriptor();
    EXPECT_EQ(names_of(savings.methods[12].known_exceptions).back(), "golden.derived.Overdrawn");
}

TEST(GeneratedInterfaces, HaveAConstructorEvenWhenTheIdlDeclaresNone)
{
    const auto& account = remoting::InterfaceTraits<bank::Account>::descriptor();
    static_assert(std::is_same_v<remoting::InterfaceTraits<bank::Account>::Constructor, void(std::string)>);
    static_assert(std::is_same_v<remoting::InterfaceTraits<bank::Auditable>::Constructor, void()>);

    ASSERT_EQ(account.constructor->parameters.size(), 2U);
    EXPECT_EQ(account.constructor->parameters[1].type, "bank.Account");
    EXPECT_EQ(account.constructor->invoke, nullptr);
    EXPECT_EQ(remoting::InterfaceTraits<bank::Auditable>::descriptor().constructor->parameters.size(), 1U);
}

TEST(GeneratedInterfaces, CastOnlyWhatIsOne)
{
    SilentAccount account;
    const auto& descriptor = remoting::InterfaceTraits<bank::Account>::descriptor();

    EXPECT_EQ(descriptor.cast(account), static_cast<bank::Account*>(&account));
    EXPECT_EQ(remoting::InterfaceTraits<bank::Auditable>::descriptor().cast(account), nullptr);
}

}  // namespace
