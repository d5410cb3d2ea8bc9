// SPDX-License-Identifier: BSL-1.0
#include "code_writer.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace remoting::idl {
namespace {

TEST(Expand, ReplacesNames)
{
    EXPECT_EQ(expand("$a$ and $b$$a$", {{"a", "1"}, {"b", "2"}}), "1 and 21\n");
}

TEST(Expand, DropsTheLineBreakARawStringBeginsWith)
{
    EXPECT_EQ(expand(R"(
x
)"),
              "x\n");
}

TEST(Expand, IndentsAllLinesOfAValueThatHasALineToItself)
{
    EXPECT_EQ(expand("{\n    $body$\n}", {{"body", "a\n\n  b\n"}}), "{\n    a\n\n      b\n}\n");
}

TEST(Expand, DropsALineWhoseOnlyValueIsEmpty)
{
    EXPECT_EQ(expand("a\n    $nothing$\nb", {{"nothing", ""}}), "a\nb\n");
}

TEST(Expand, TakesUnknownAndUnusedNamesForMistakesInTheCompiler)
{
    EXPECT_THROW(expand("$unknown$"), std::logic_error);
    EXPECT_THROW(expand("x", {{"unused", "1"}}), std::logic_error);
    EXPECT_THROW(expand("a $ b"), std::logic_error);
}

TEST(CodeWriter, IndentsWhatItEmits)
{
    CodeWriter writer;
    writer.emit("a");
    writer.indent();
    writer.emit("b\n\nc");
    writer.unindent();
    writer.blank_line();
    writer.blank_line();
    writer.emit("d");

    EXPECT_EQ(writer.text(), "a\n    b\n\n    c\n\nd\n");
}

TEST(CodeWriter, FencesOnlyWhatIsTooLong)
{
    CodeWriter writer;
    writer.indent();
    writer.emit(std::string(116, 'x'));
    writer.emit(std::string(117, 'y'));

    EXPECT_EQ(writer.text(), "    " + std::string(116, 'x') + "\n    // clang-format off\n    " +
                                 std::string(117, 'y') + "\n    // clang-format on\n");
}

TEST(CodeWriter, DoesNotFenceTwice)
{
    const std::string inner = fenced_if_long(std::string(121, 'x'), 0);
    CodeWriter writer;
    writer.emit("$inner$", {{"inner", inner}});

    EXPECT_EQ(writer.text(), inner);
}

TEST(Parenthesized, StaysOnOneLineIfItFits)
{
    EXPECT_EQ(parenthesized("void f", {"int a", "int b"}, " = 0;", 4), "void f(int a, int b) = 0;");
    EXPECT_EQ(parenthesized("void f", {}, ";", 0), "void f();");
}

TEST(Parenthesized, FillsLinesBehindTheParenthesis)
{
    const std::string item(50, 'x');

    EXPECT_EQ(parenthesized("f", {item, item, item}, ";", 0), "f(" + item + ", " + item + ",\n  " + item + ");");
    EXPECT_EQ(parenthesized("f", {item, item}, std::string(15, ';'), 0),
              "f(" + item + ", " + item + ')' + std::string(15, ';'));
    EXPECT_EQ(parenthesized("f", {item, item}, std::string(16, ';'), 0),
              "f(" + item + ",\n  " + item + ')' + std::string(16, ';'));
}

}  // namespace
}  // namespace remoting::idl
