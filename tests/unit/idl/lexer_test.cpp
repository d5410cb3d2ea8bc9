// SPDX-License-Identifier: BSL-1.0
#include "lexer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace remoting::idl {
namespace {

using testing::ElementsAre;

struct Lexed {
    explicit Lexed(std::string text) : source("test.idl", std::move(text))
    {
        Lexer lexer(source, diagnostics);
        for (Token token = lexer.next(); token.kind != TokenKind::end_of_file; token = lexer.next()) {
            tokens.push_back(token);
        }
    }

    std::vector<std::string> texts() const
    {
        std::vector<std::string> result;
        for (const Token& token : tokens) {
            result.emplace_back(token.text);
        }
        return result;
    }

    SourceText source;
    Diagnostics diagnostics;
    std::vector<Token> tokens;
};

TEST(Lexer, CutsTextIntoTokens)
{
    const Lexed lexed("struct A{list<map<string,int32?>>x=-1.5e3;}");

    EXPECT_THAT(lexed.texts(), ElementsAre("struct", "A", "{", "list", "<", "map", "<", "string", ",", "int32", "?",
                                           ">", ">", "x", "=", "-", "1.5e3", ";", "}"));
    EXPECT_FALSE(lexed.diagnostics.has_errors());
}

TEST(Lexer, TellsTheKindsOfTokensApart)
{
    const Lexed lexed("name 12 0x1F 1.5 1e9 1e-9 \"text\" ;");

    std::vector<TokenKind> kinds;
    for (const Token& token : lexed.tokens) {
        kinds.push_back(token.kind);
    }
    EXPECT_THAT(kinds,
                ElementsAre(TokenKind::identifier, TokenKind::integer, TokenKind::integer, TokenKind::floating,
                            TokenKind::floating, TokenKind::floating, TokenKind::string, TokenKind::punctuation));
}

TEST(Lexer, TellsCharactersFromTextsInTheWrongQuotes)
{
    const Lexed lexed(R"('a' '\n' '\'' '\u00e9' 'é' 2s 1ms)");

    ASSERT_FALSE(lexed.diagnostics.has_errors());
    ASSERT_EQ(lexed.tokens.size(), 7U);
    for (std::size_t index = 0; index < 5; ++index) {
        EXPECT_EQ(lexed.tokens[index].kind, TokenKind::character) << lexed.tokens[index].text;
    }
    EXPECT_TRUE(Lexed("'abc'").diagnostics.has_errors());
    EXPECT_TRUE(Lexed("''").diagnostics.has_errors());
    EXPECT_TRUE(Lexed("'").diagnostics.has_errors());
    EXPECT_TRUE(Lexed("'\\").diagnostics.has_errors());
}

TEST(Lexer, LeavesADotBehindANumberAlone)
{
    EXPECT_THAT(Lexed("1.x 2..3").texts(), ElementsAre("1", ".", "x", "2", ".", ".", "3"));
}

TEST(Lexer, SkipsCommentsAndLineEndingsOfAllKinds)
{
    EXPECT_THAT(Lexed("a // b\r\n/* c \n * d */ e /**/ f /***/ g //").texts(), ElementsAre("a", "e", "f", "g"));
}

TEST(Lexer, KeepsEscapedQuotesInsideStrings)
{
    EXPECT_THAT(Lexed(R"("a\"b" "\\" c)").texts(), ElementsAre(R"("a\"b")", R"("\\")", "c"));
}

TEST(Lexer, ReportsAStringThatDoesNotEndAndGoesOnInTheNextLine)
{
    const Lexed lexed("\"open\nnext");

    EXPECT_THAT(lexed.texts(), ElementsAre("\"open", "next"));
    ASSERT_EQ(lexed.diagnostics.error_count(), 1U);
    EXPECT_EQ(lexed.diagnostics.all()[0].rule, Rule::unterminated_string);
    EXPECT_TRUE(lexed.tokens[0].is_broken);
}

TEST(Lexer, ReportsARunOfForeignCharactersOnce)
{
    const Lexed lexed("a @#\u00e9\u4e2d b");

    EXPECT_THAT(lexed.texts(), ElementsAre("a", "b"));
    ASSERT_EQ(lexed.diagnostics.error_count(), 1U);
    EXPECT_TRUE(lexed.tokens[1].is_broken);
}

TEST(Lexer, CollectsDocumentationLines)
{
    const Lexed lexed("/// one\n///two  \n//// not this\n// nor this\n///\n///  three\n///\nstruct");

    EXPECT_THAT(doc_lines(lexed.source, lexed.tokens[0]), ElementsAre("one", "two", "", " three"));
}

TEST(Lexer, KeepsDocumentationBehindSomethingApart)
{
    const Lexed lexed("A, ///< first\n/// second\nB");

    EXPECT_THAT(trailing_doc_lines(lexed.source, lexed.tokens[2]), ElementsAre("first"));
    EXPECT_THAT(doc_lines(lexed.source, lexed.tokens[2]), ElementsAre("second"));
}

TEST(Lexer, CountsColumnsInCodePoints)
{
    const SourceText source("test.idl", "/* \u00e9\u4e2d */ x\n\ty");

    EXPECT_EQ(source.position(12).column, 10U);
    EXPECT_EQ(source.position(15).line, 2U);
    EXPECT_EQ(source.position(15).column, 2U);
}

TEST(Utf8, FindsTheFirstByteThatIsWrong)
{
    EXPECT_EQ(find_invalid_utf8("plain \u00e9 \u4e2d \U0001F600"), std::nullopt);
    EXPECT_EQ(find_invalid_utf8("ab\xff"), 2U);
    EXPECT_EQ(find_invalid_utf8("\xc0\x80"), 0U) << "overlong";
    EXPECT_EQ(find_invalid_utf8("\xed\xa0\x80"), 0U) << "surrogate";
    EXPECT_EQ(find_invalid_utf8("\xf4\x90\x80\x80"), 0U) << "beyond Unicode";
    EXPECT_EQ(find_invalid_utf8("a\xe4\xb8"), 1U) << "cut off";
    EXPECT_EQ(find_invalid_utf8("\x80"), 0U) << "continuation without a start";
}

}  // namespace
}  // namespace remoting::idl
