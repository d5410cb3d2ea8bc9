// SPDX-License-Identifier: BSL-1.0
#include "memory_reader.hpp"

#include <gtest/gtest.h>

#include <string>

// What nobody writes by hand: it must end in an error, soon, and never in a crash.

namespace remoting::idl {
namespace {

std::string repeated(const std::string& text, std::size_t count)
{
    std::string result;
    for (std::size_t index = 0; index < count; ++index) {
        result += text;
    }
    return result;
}

std::size_t errors_in(const std::string& text)
{
    return Resolved(text).diagnostics.error_count();
}

TEST(HostileInput, TenThousandBracketsAreOneError)
{
    EXPECT_EQ(
        errors_in("namespace a; struct S { " + repeated("list<", 10'000) + "int32" + repeated(">", 10'000) + " x; }"),
        1U);
    EXPECT_GE(errors_in("namespace a; struct S " + repeated("{", 10'000)), 1U);
    EXPECT_GE(errors_in("namespace a; interface I { void f" + repeated("(", 10'000)), 1U);
    EXPECT_GE(errors_in("namespace a; interface I { [x" + repeated("(", 10'000)), 1U);
    EXPECT_GE(errors_in("namespace " + repeated("a.", 10'000) + "a; struct S {}"), 1U);
    EXPECT_GE(errors_in(repeated("[", 10'000)), 1U);
    EXPECT_EQ(errors_in("namespace a; struct S { int32" + repeated("?", 10'000) + " x; }"), Diagnostics::max_errors);
}

TEST(HostileInput, OneNameOverAndOverIsGivenUpSoon)
{
    const std::string text = "namespace a;\n" + repeated("struct S { int32 x; }\n", SourceText::max_size / 23);

    EXPECT_EQ(errors_in(text), Diagnostics::max_errors);
}

TEST(HostileInput, MuchOfAnythingEnds)
{
    for (const std::string piece : {"}",
                                    "{",
                                    ";",
                                    "a",
                                    "a ",
                                    "/",
                                    "/*",
                                    "///\n",
                                    "\"",
                                    "\"\\",
                                    "@",
                                    "@ a ",
                                    "[",
                                    "0",
                                    "1.",
                                    "-",
                                    "struct ",
                                    "enum E {",
                                    "struct S {",
                                    "namespace a;",
                                    "import \"x.idl\";",
                                    "\n",
                                    "<",
                                    "list<"}) {
        const std::string text = repeated(piece, 256 * 1024 / piece.size());

        EXPECT_NE(Resolved(text).errors(), "") << piece;
        EXPECT_NE(Resolved("namespace a; struct S { x " + text).errors(), "") << piece;
    }
    EXPECT_NE(Resolved(repeated("@ a ", SourceText::max_size / 4)).errors(), "");
}

TEST(HostileInput, ValuesAreAsDeepAndLongAsTheyMayBeAndNotMore)
{
    const auto constant = [](const std::string& value) { return "namespace a; const int64 A = " + value + ';'; };

    EXPECT_EQ(errors_in(constant(repeated("(", 60) + '1' + repeated(")", 60))), 0U);
    EXPECT_EQ(errors_in(constant(repeated("(", 10'000) + '1' + repeated(")", 10'000))), 1U);
    EXPECT_EQ(errors_in(constant(repeated("-", 10'000) + '1')), 1U);
    EXPECT_EQ(errors_in(constant(repeated("[", 10'000))), 1U);
    EXPECT_EQ(errors_in(constant(repeated("{1: ", 10'000))), 1U);
    EXPECT_EQ(errors_in(constant('1' + repeated(" + 1", 256))), 0U);
    EXPECT_EQ(errors_in(constant('1' + repeated(" + 1", 100'000))), 1U);
}

TEST(HostileInput, TextsThatDoubleThemselvesAreLimited)
{
    std::string text = "namespace a; const string S0 = \"0123456789\";";
    for (int index = 1; index < 60; ++index) {
        const std::string before = "S" + std::to_string(index - 1);
        text += "const string S" + std::to_string(index) + " = " + before + " + " + before + ';';
    }
    EXPECT_EQ(errors_in(text), 1U);
}

TEST(HostileInput, GenericsThatGrowWithoutEndAreErrors)
{
    std::string text = "namespace a;";
    for (int index = 0; index < 900; ++index) {
        text +=
            "struct G" + std::to_string(index) + "<T> { list<G" + std::to_string((index + 1) % 900) + "<list<T>>> x; }";
    }
    EXPECT_EQ(errors_in(text), Diagnostics::max_errors);
}

TEST(HostileInput, WhatMultipliesIsLimited)
{
    std::string methods = "namespace a; interface I { ";
    std::string fields = "namespace a; exception E { ";
    std::string throws = "namespace a; exception E {} interface I { void f() throws E";
    for (int index = 0; index < 4'000; ++index) {
        methods += "void f" + std::to_string(index) + "();";
        fields += "int32 f" + std::to_string(index) + ";";
        throws += ", E";
    }
    methods += "}";
    fields += "}";
    for (int index = 0; index < 4'000; ++index) {
        methods += "interface I" + std::to_string(index) + " : I {}";
        fields += "exception E" + std::to_string(index) + " : E { int32 x; }";
    }
    std::string bases = "namespace a; interface I {} interface J : I" + repeated(", I", 10'000) + " {}";

    for (const std::string& text : {methods, fields, throws + "; }", bases}) {
        EXPECT_EQ(Resolved(text).diagnostics.all().at(0).rule, Rule::too_large) << text.substr(0, 40);
        EXPECT_EQ(errors_in(text), 1U) << text.substr(0, 40);
    }
}

TEST(HostileInput, EveryByteValueIsSurvived)
{
    std::string all;
    for (int byte = 0; byte < 256; ++byte) {
        all += static_cast<char>(byte);
    }
    EXPECT_EQ(errors_in(all), 1U);
    EXPECT_LE(errors_in("namespace a; " + all.substr(0, 128)), Diagnostics::max_errors);
    EXPECT_EQ(errors_in(std::string("\x7f"
                                    "ELF\x02\x01\x01\0\0\0\xff\xfe",
                                    12)),
              1U);
    EXPECT_EQ(errors_in("\xff\xfen\0a\0"), 1U) << "UTF-16";
}

TEST(HostileInput, LongChainsDoNotUseUpTheStack)
{
    std::string structs = "namespace a;\n";
    std::string constants = structs;
    std::string interfaces = structs;
    std::string exceptions = structs;
    for (int index = 0; index < 50'000; ++index) {
        const std::string own = std::to_string(index);
        const std::string next = std::to_string(index + 1);
        structs += "struct S" + own + " { S" + next + " x; }\n";
        constants += "const int8 C" + own + " = C" + next + ";\n";
        interfaces += "interface I" + own + " : I" + next + " {}\n";
        exceptions += "exception E" + own + " : E" + next + " {}\n";
    }

    EXPECT_EQ(errors_in(structs + "struct S50000 {}"), 0U);
    EXPECT_GE(errors_in(constants + "const int8 C50000 = 1;"), 1U);
    EXPECT_GE(errors_in(interfaces + "interface I50000 {}"), 1U);
    EXPECT_GE(errors_in(exceptions + "exception E50000 {}"), 1U);
}

TEST(HostileInput, ALatticeOfBasesIsNotWalkedAlongEveryPath)
{
    std::string text = "namespace a;\ninterface A0 {} interface B0 {}\n";
    for (int level = 1; level < 60; ++level) {
        const std::string own = std::to_string(level);
        const std::string below = std::to_string(level - 1);
        text += "interface A" + own + " : A" + below + ", B" + below + " {}\n";
        text += "interface B" + own + " : A" + below + ", B" + below + " {}\n";
    }
    EXPECT_EQ(errors_in(text), 0U);
}

TEST(HostileInput, ManyUnknownNamesAmongManyKnownOnesAreReportedSoon)
{
    std::string text = "namespace a;\n";
    for (int index = 0; index < 20'000; ++index) {
        text += "struct AVeryLongNameOfSomething" + std::to_string(index) + " { AnUnknownNameOfSomething" +
                std::to_string(index) + " x; }\n";
    }
    EXPECT_EQ(errors_in(text), Diagnostics::max_errors);
}

TEST(HostileInput, ImportsWithoutEndAreErrors)
{
    std::map<std::string, std::string> files;
    for (int index = 0; index < 100; ++index) {
        files["f" + std::to_string(index) + ".idl"] = "namespace a; import \"f" + std::to_string(index + 1) + ".idl\";";
    }
    files["test.idl"] = "namespace a; import \"f0.idl\";";
    EXPECT_EQ(Resolved(MemoryReader(files)).diagnostics.all().at(0).rule, Rule::nesting_too_deep);

    EXPECT_EQ(Resolved("namespace a; import \"test.idl\";").diagnostics.all().at(0).rule, Rule::import_cycle);
}

TEST(HostileInput, EveryBeginningOfARealFileIsSurvived)
{
    const std::string text = R"(namespace t.u; import "x.idl"; /* c */ const string S = "a\u{41}"; /// doc
        enum E : uint8 { A, B = 0x10 } [x(1)] struct T { list<map<string, T?>> f = -1.5; }
        exception X : Y { E e = E.A; } interface I : J { constructor(out int32 x) throws X;
        property E P { get; set; } [oneway] void F(inout T? a, T b = 5); event void G(); stream<T> H(); })";
    for (std::size_t size = 0; size <= text.size(); ++size) {
        EXPECT_LE(errors_in(text.substr(0, size)), Diagnostics::max_errors);
    }
    for (std::size_t index = 0; index < text.size(); ++index) {
        std::string changed = text;
        changed[index] = '{';
        EXPECT_GE(errors_in(changed), 1U);
        EXPECT_GE(errors_in(text.substr(0, index) + text.substr(index + 1)), 1U);
    }
}

}  // namespace
}  // namespace remoting::idl
