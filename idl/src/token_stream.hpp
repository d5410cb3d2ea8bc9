// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "diagnostics.hpp"
#include "lexer.hpp"
#include "token.hpp"

#include <deque>
#include <string>
#include <string_view>

namespace remoting::idl {

/// Thrown after a syntax error was reported; whoever can go on behind it catches it.
struct SyntaxError final {};

/// What a recursive-descent parser does with tokens: look ahead, take, demand, and skip to where it can go on.
class TokenStream final {
public:
    TokenStream(const SourceText& source, Diagnostics& diagnostics) noexcept
        : source_(source),
          diagnostics_(diagnostics),
          lexer_(source, diagnostics)
    {
    }

    const Token& peek(std::size_t distance = 0);
    Token take();
    bool take_if(char punctuation);
    bool take_if(std::string_view word);
    bool at_end() { return peek().kind == TokenKind::end_of_file; }

    /// @throws SyntaxError
    Token expect_identifier(std::string_view what);
    void expect(char punctuation);
    /// A missing `;` at the end of a line is reported and taken as written.
    void expect_semicolon();
    [[noreturn]] void fail_expecting(const std::string& what);

    /// Behind the `;` or `{...}` that ends the current member, or before the `}` that closes its body.
    void skip_member();
    /// Behind the declaration in which something was wrong: where the next one begins a line, or behind its end.
    /// @param begin where the declaration begins
    void skip_declaration(std::uint32_t begin);
    /// Whether anything but blanks, or more of them, stands before the token on its line.
    bool is_indented_beyond(const Token& token, std::uint32_t column) const;
    /// Behind a bracketed part that begins at the current token.
    void skip_brackets();

    const SourceText& source() const noexcept { return source_; }
    Diagnostics& diagnostics() noexcept { return diagnostics_; }

private:
    const SourceText& source_;
    Diagnostics& diagnostics_;
    Lexer lexer_;
    std::deque<Token> ahead_;
    Token last_;
};

}  // namespace remoting::idl
