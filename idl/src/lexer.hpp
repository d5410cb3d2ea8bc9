// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "diagnostics.hpp"
#include "source_text.hpp"
#include "token.hpp"

#include <string>
#include <vector>

namespace remoting::idl {

/// Characters to tokens, one at a time. Always ends: after the last token it gives end_of_file for ever. What is not
/// a token is reported and skipped.
class Lexer final {
public:
    static constexpr std::size_t max_identifier_size = 200;

    /// Both must outlive the lexer.
    Lexer(const SourceText& source, Diagnostics& diagnostics) noexcept : source_(source), diagnostics_(diagnostics) {}

    Token next();

private:
    bool at_end() const noexcept { return offset_ >= source_.text().size(); }
    char peek(std::size_t distance = 0) const noexcept;
    bool starts_with(std::string_view prefix) const noexcept
    {
        return source_.text().substr(offset_).starts_with(prefix);
    }
    Span span_from(std::size_t begin) const noexcept;

    void skip_space_and_comments(Token& token);
    void skip_line_comment(Token& token);
    void skip_block_comment();
    TokenKind lex_identifier();
    TokenKind lex_number();
    bool lex_string();
    std::size_t character_size() const noexcept;
    void skip_invalid_characters();
    void give_back_line_end(std::size_t begin) noexcept;

    const SourceText& source_;
    Diagnostics& diagnostics_;
    std::size_t offset_ = 0;
};

/// The lines of a doc comment without `///`, one blank after it, and trailing blanks.
std::vector<std::string> doc_lines(const SourceText& source, const Token& token);
/// The one line of a `///<` comment.
std::vector<std::string> trailing_doc_lines(const SourceText& source, const Token& token);

}  // namespace remoting::idl
