// SPDX-License-Identifier: BSL-1.0
#include "format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace remoting::idl {
namespace {

std::string formatted(const std::string& text)
{
    const Formatted result = format(std::make_unique<SourceText>("test.idl", text));
    EXPECT_TRUE(result.text) << testing::PrintToString(result.diagnostics);
    const std::string once = result.text.value_or("");
    const Formatted again = format(std::make_unique<SourceText>("test.idl", once));
    EXPECT_EQ(again.text, once) << "formatting what was formatted changes it";
    return once;
}

TEST(Format, PutsAMemberToALineAndOneBlankBetweenWords)
{
    EXPECT_EQ(formatted("namespace   a . b;struct S{\nint32 x=1 ;list < map< string,int32 ? > >y; }"),
              "namespace a.b;\nstruct S {\n    int32 x = 1;\n    list<map<string, int32?>> y;\n}\n");
}

TEST(Format, LeavesShortBodiesOnTheirLine)
{
    EXPECT_EQ(formatted("namespace a;\nenum E:uint8{A,B=2};struct Empty{ }\nstruct S { int32 x;int32 y; }"),
              "namespace a;\nenum E : uint8 { A, B = 2 }\nstruct Empty {}\nstruct S { int32 x; int32 y; }\n");
}

TEST(Format, KeepsCommentsWhereTheyAre)
{
    EXPECT_EQ(
        formatted("// first\n\n\n\nnamespace a; // behind\n/// Doc.\nstruct S { // opens\n\n  int32 x; ///< of x\n"
                  "  int32 other;///< of y\n  // last\n\n}\n/* a\n   b */\nenum E {\nA, // of A\n// alone\nB\n}"),
        "// first\n\nnamespace a;  // behind\n/// Doc.\nstruct S {  // opens\n    int32 x;      ///< of x\n"
        "    int32 other;  ///< of y\n    // last\n}\n/* a\n   b */\nenum E {\n    A,  // of A\n    // alone\n    "
        "B\n}\n");
}

TEST(Format, KnowsEveryConstruct)
{
    const std::string text =
        "namespace a;\n"
        "import \"b.idl\";\n\n"
        "const int32 A = -1 + 2 * (3 - -4) << 2 >> 1 | ~5;\n"
        "variant V { int32 x; reserved string y; }\n"
        "[cpp(type = \"x::Y\", header = \"y.hpp\")]\n"
        "native N;\n"
        "struct P<T, U> {\n"
        "    array<T, (8 >> 1)> a;\n"
        "    list<int32> b = [1, 2];\n"
        "    map<string, P<T, U>?> c = {\"a\": {x: 1}, \"b\": null};\n"
        "    [secret, deprecated(\"x\")] string d = \"s\";\n"
        "}\n"
        "exception X : b.Y {}\n"
        "interface I : A, b.C {\n"
        "    const int32 Most = 5;\n"
        "    constructor(string name = \"x\") throws X, b.Y;\n"
        "    property int32 P { get; set; }\n"
        "    [deadline(2s)] stream<int32> F(in stream<P<int32, string>> x, [secret] out string y, int32 z = (1 + 2) * "
        "3);\n"
        "    event void E(inout int32 x);\n"
        "}\n";
    EXPECT_EQ(formatted(text), text);
}

TEST(Format, WrapsLongParametersBehindTheParenthesis)
{
    const std::string long_name(50, 'x');
    EXPECT_EQ(formatted("namespace a;\ninterface I {\n    void F(int32 " + long_name + ", map<string, int32> " +
                        long_name + "1, int32 z);\n}"),
              "namespace a;\ninterface I {\n    void F(int32 " + long_name + ",\n           map<string, int32> " +
                  long_name + "1, int32 z);\n}\n");
}

TEST(Format, LeavesWhatHasSyntaxErrorsAlone)
{
    const Formatted result = format(std::make_unique<SourceText>("test.idl", "namespace a; struct S { int32 }"));
    EXPECT_FALSE(result.text);
    EXPECT_THAT(result.diagnostics, testing::SizeIs(1));
}

}  // namespace
}  // namespace remoting::idl
