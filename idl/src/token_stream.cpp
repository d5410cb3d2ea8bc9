// SPDX-License-Identifier: BSL-1.0
#include "token_stream.hpp"

#include <algorithm>
#include <iterator>

namespace remoting::idl {

namespace {

constexpr std::size_t max_shown_token = 40;

std::string describe(const Token& token)
{
    if (token.kind == TokenKind::end_of_file) {
        return "the end of the file";
    }
    if (token.text.size() > max_shown_token) {
        return "a long word";
    }
    return token.kind == TokenKind::string ? std::string(token.text) : '\'' + std::string(token.text) + '\'';
}

}  // namespace

const Token& TokenStream::peek(std::size_t distance)
{
    while (ahead_.size() <= distance) {
        ahead_.push_back(lexer_.next());
    }
    return ahead_[distance];
}

Token TokenStream::take()
{
    Token token = peek();
    ahead_.pop_front();
    last_ = token;
    return token;
}

bool TokenStream::take_if(char punctuation)
{
    const bool found = peek().is(punctuation);
    if (found) {
        take();
    }
    return found;
}

bool TokenStream::take_if(std::string_view word)
{
    const bool found = peek().is(word);
    if (found) {
        take();
    }
    return found;
}

Token TokenStream::expect_identifier(std::string_view what)
{
    if (peek().kind != TokenKind::identifier) {
        fail_expecting(std::string(what));
    }
    return take();
}

void TokenStream::expect(char punctuation)
{
    if (!take_if(punctuation)) {
        fail_expecting(std::string("'") + punctuation + '\'');
    }
}

void TokenStream::expect_semicolon()
{
    // The end of a string without a closing quote swallowed it.
    if (take_if(';') || last_.is_broken) {
        return;
    }
    const bool at_line_end = source_.line_at(last_.span.begin).end <= peek().span.begin;
    if (!at_line_end || last_.span.empty()) {
        fail_expecting("';'");
    }
    const Span behind{last_.span.end, last_.span.end};
    diagnostics_.error(Rule::unexpected_token, source_, behind, "expected ';' at the end of this line");
}

void TokenStream::fail_expecting(const std::string& what)
{
    if (!peek().is_broken) {
        diagnostics_.error(Rule::unexpected_token, source_, peek().span,
                           "expected " + what + ", found " + describe(peek()));
    }
    throw SyntaxError{};
}

void TokenStream::skip_member()
{
    std::size_t depth = 0;
    while (!at_end()) {
        if (depth == 0 && peek().is('}')) {
            return;
        }
        const Token token = take();
        if (token.is('{')) {
            ++depth;
        } else if (token.is('}')) {
            --depth;
        }
        if (depth == 0 && (token.is(';') || token.is('}'))) {
            take_if(';');
            return;
        }
    }
}

void TokenStream::skip_declaration(std::uint32_t begin)
{
    static constexpr std::string_view words[] = {"namespace", "import", "enum",      "struct",   "variant",
                                                 "const",     "native", "exception", "interface"};
    const auto begins_declaration = [&] {
        const std::string_view text = source_.text();
        const std::uint32_t at = peek().span.begin;
        return at > begin && (at == 0 || text[at - 1] == '\n') &&
               std::find(std::begin(words), std::end(words), peek().text) != std::end(words);
    };
    std::size_t depth = 0;
    while (!at_end() && !begins_declaration()) {
        const Token token = take();
        depth += token.is('{') ? 1 : 0;
        depth -= token.is('}') && depth > 0 ? 1 : 0;
        if (depth == 0 && (token.is(';') || token.is('}'))) {
            take_if(token.is(';') ? '}' : ';');
            return;
        }
    }
}

bool TokenStream::is_indented_beyond(const Token& token, std::uint32_t column) const
{
    const std::uint32_t line = source_.line_at(token.span.begin).begin;
    const std::string_view before = source_.text().substr(line, token.span.begin - line);
    return before.find_first_not_of(" \t") != std::string_view::npos || before.size() > column;
}

void TokenStream::skip_brackets()
{
    constexpr std::string_view opening = "([{<";
    constexpr std::string_view closing = ")]}>";
    std::size_t depth = 0;
    do {
        const Token token = take();
        if (token.kind != TokenKind::punctuation) {
            continue;
        }
        depth += opening.find(token.text) != std::string_view::npos ? 1 : 0;
        depth -= closing.find(token.text) != std::string_view::npos && depth > 0 ? 1 : 0;
    } while (depth > 0 && !at_end());
}

}  // namespace remoting::idl
