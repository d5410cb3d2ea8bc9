// SPDX-License-Identifier: BSL-1.0
#include "parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace remoting::idl {
namespace {

struct Parsed {
    explicit Parsed(const std::string& text)
        : file(parse(std::make_unique<SourceText>("test.idl", "namespace test;\n" + text), diagnostics))
    {
    }

    template <class T>
    const T& get(std::size_t index) const
    {
        return std::get<T>(file.declarations.at(index));
    }

    Diagnostics diagnostics;
    ast::File file;
};

TEST(Parser, ReadsANamespaceOfSeveralParts)
{
    Diagnostics diagnostics;
    const ast::File file = parse(std::make_unique<SourceText>("test.idl", "namespace a.b.c;"), diagnostics);

    ASSERT_TRUE(file.name_space);
    EXPECT_EQ(file.name_space->text(), "a.b.c");
    EXPECT_FALSE(diagnostics.has_errors());
}

TEST(Parser, ReadsEveryKindOfDeclaration)
{
    const Parsed parsed(R"(
        import "other.idl";
        const int32 A = 1;
        enum B : uint8 { X, Y = 5, }
        struct C { int32 x = 1; list<string?> y; };
        exception D : E.F { string reason; }
        interface G : H, I.J {}
    )");

    EXPECT_FALSE(parsed.diagnostics.has_errors());
    EXPECT_EQ(parsed.file.imports.at(0).path, "other.idl");
    EXPECT_EQ(parsed.get<ast::Constant>(0).value->magnitude, 1U);
    EXPECT_EQ(parsed.get<ast::Enum>(1).enumerators.size(), 2U);
    EXPECT_EQ(parsed.get<ast::Struct>(2).fields.at(1).type.arguments.at(0).nullable, true);
    EXPECT_EQ(parsed.get<ast::Exception>(3).base->text(), "E.F");
    EXPECT_EQ(parsed.get<ast::Interface>(4).bases.at(1).text(), "I.J");
}

TEST(Parser, ReadsEveryKindOfMember)
{
    const Parsed parsed(R"(
        interface I {
            constructor(string owner) throws Refused;
            property string Owner { get; }
            property double Limit;
            property int32 Count { set; get; }
            [oneway] void Note(string text);
            map<string, list<int32>> All(in int32 a, out list<int32> b, inout x.Y? c) throws A, b.C;
        }
    )");
    const auto& methods = parsed.get<ast::Interface>(0).methods;

    ASSERT_FALSE(parsed.diagnostics.has_errors());
    ASSERT_EQ(methods.size(), 6U);
    EXPECT_EQ(methods[0].kind, ast::Method::Kind::constructor);
    EXPECT_EQ(methods[0].throws.size(), 1U);
    EXPECT_FALSE(methods[1].has_setter);
    EXPECT_TRUE(methods[2].has_setter);
    EXPECT_TRUE(methods[3].has_setter);
    EXPECT_EQ(methods[4].attributes.at(0).name.text, "oneway");
    EXPECT_FALSE(methods[4].result);
    EXPECT_EQ(methods[5].parameters.at(0).direction, ast::Direction::in);
    EXPECT_EQ(methods[5].parameters.at(1).direction, ast::Direction::out);
    EXPECT_EQ(methods[5].parameters.at(2).direction, ast::Direction::in_out);
    EXPECT_EQ(methods[5].throws.at(1).text(), "b.C");
}

TEST(Parser, TakesKeywordsForNamesWhereNamesStand)
{
    const Parsed parsed(R"(
        struct interface { int32 struct; in in; }
        interface property {
            property property(property property, in in, in out inout, out event stream);
            event event();
            property property property;
            void void();
        }
    )");

    ASSERT_FALSE(parsed.diagnostics.has_errors()) << render(parsed.diagnostics.all()[0]);
    const auto& methods = parsed.get<ast::Interface>(1).methods;
    ASSERT_EQ(methods.size(), 4U);
    EXPECT_EQ(methods[0].kind, ast::Method::Kind::method);
    ASSERT_EQ(methods[0].parameters.size(), 4U);
    EXPECT_EQ(methods[0].parameters[1].type.name.text(), "in");
    EXPECT_EQ(methods[0].parameters[2].direction, ast::Direction::in);
    EXPECT_EQ(methods[0].parameters[2].type.name.text(), "out");
    EXPECT_EQ(methods[2].kind, ast::Method::Kind::property);
}

TEST(Parser, ReadsStringEscapes)
{
    const Parsed parsed(R"(const string A = "\n\t\"\\\0\'\u00e9\u{1F600}";)");

    ASSERT_FALSE(parsed.diagnostics.has_errors());
    EXPECT_EQ(parsed.get<ast::Constant>(0).value->text, std::string("\n\t\"\\\0'\u00e9\U0001F600", 12));
}

TEST(Parser, ReadsTheNewKindsOfDeclarations)
{
    const Parsed parsed(R"(
        variant V { int32 x; reserved string y; }
        [cpp(type = "a::B", header = "b.hpp")] native N;
        struct P<T, reserved> { T value; reserved T old; reserved reserved; array<T, 2 * 3> grid; }
        interface I { const int32 C = 1; void M(int32 x = C, in T y = [1, {a: 2}]); event void E(); const const(); }
    )");

    ASSERT_FALSE(parsed.diagnostics.has_errors()) << render(parsed.diagnostics.all()[0]);
    EXPECT_TRUE(parsed.get<ast::Struct>(0).is_variant);
    EXPECT_TRUE(parsed.get<ast::Struct>(0).fields.at(1).is_reserved);
    EXPECT_EQ(parsed.get<ast::Native>(1).attributes.at(0).arguments.at(1).key->text, "header");
    const auto& generic = parsed.get<ast::Struct>(2);
    EXPECT_EQ(generic.parameters.size(), 2U);
    EXPECT_TRUE(generic.fields.at(1).is_reserved);
    EXPECT_FALSE(generic.fields.at(2).is_reserved);
    EXPECT_EQ(generic.fields.at(3).type.length->operation, '*');
    const auto& interface = parsed.get<ast::Interface>(3);
    EXPECT_EQ(interface.constants.size(), 1U);
    EXPECT_EQ(interface.methods.at(0).parameters.at(1).value->operands.size(), 2U);
    EXPECT_EQ(interface.methods.at(1).kind, ast::Method::Kind::event);
    EXPECT_EQ(interface.methods.at(2).name.text, "const");
}

TEST(Parser, TakesTwoClosingBracketsForAShiftOnlyWhereNoTypeEnds)
{
    const Parsed parsed(
        "const int32 A = 8 >> 1 << 2; struct S { list<array<int32, 4>> x; list<array<int32, (8 >> 1)>> y; }");

    ASSERT_FALSE(parsed.diagnostics.has_errors()) << render(parsed.diagnostics.all()[0]);
    EXPECT_EQ(parsed.get<ast::Constant>(0).value->operation, '<');
    EXPECT_EQ(parsed.get<ast::Struct>(1).fields.at(1).type.arguments.at(0).length->operation, '>');
}

TEST(Parser, BindsOperatorsAsCDoes)
{
    const Parsed parsed("const int32 A = 1 | 2 ^ 3 & 4 << 5 + 6 * -7 - 8;");

    const ast::Value& value = *parsed.get<ast::Constant>(0).value;
    ASSERT_EQ(value.operation, '|');
    ASSERT_EQ(value.operands[1].operation, '^');
    ASSERT_EQ(value.operands[1].operands[1].operation, '&');
    const ast::Value& shift = value.operands[1].operands[1].operands[1];
    ASSERT_EQ(shift.operation, '<');
    ASSERT_EQ(shift.operands[1].operation, '-');
    EXPECT_EQ(shift.operands[1].operands[1].magnitude, 8U);
    EXPECT_EQ(shift.operands[1].operands[0].operands[1].operation, '*');
}

TEST(Parser, GoesOnBehindAMistakeInAMember)
{
    const Parsed parsed("struct A { int32 x y; int32 z; }\nstruct B { 5; { ; ; } int32 z; }\nenum C { D }");

    EXPECT_EQ(parsed.diagnostics.error_count(), 3U);
    ASSERT_EQ(parsed.file.declarations.size(), 3U);
    EXPECT_EQ(parsed.get<ast::Struct>(0).fields.back().name.text, "z");
    EXPECT_EQ(parsed.get<ast::Struct>(1).fields.back().name.text, "z");
}

TEST(Parser, TakesASemicolonForGrantedAtTheEndOfALine)
{
    const Parsed parsed("struct A {\nint32 x\nint32 y\n}");

    EXPECT_EQ(parsed.diagnostics.error_count(), 2U);
    EXPECT_EQ(parsed.get<ast::Struct>(0).fields.size(), 2U);
}

TEST(Parser, AttachesDocumentationToWhatItDocuments)
{
    const Parsed parsed("/// of A\nstruct A {\n/// of x\nint32 x; ///< and of x\nint32 y;\n}\n");

    EXPECT_THAT(parsed.get<ast::Struct>(0).doc, testing::ElementsAre("of A"));
    EXPECT_THAT(parsed.get<ast::Struct>(0).fields.at(0).doc, testing::ElementsAre("of x", "and of x"));
    EXPECT_TRUE(parsed.get<ast::Struct>(0).fields.at(1).doc.empty());
}

}  // namespace
}  // namespace remoting::idl
