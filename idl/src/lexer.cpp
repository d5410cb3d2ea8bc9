// SPDX-License-Identifier: BSL-1.0
#include "lexer.hpp"

#include <algorithm>

namespace remoting::idl {

namespace {

constexpr std::string_view punctuation_characters = "{}()[]<>;:,.?=-+*/%&|^~";
constexpr std::string_view blanks = " \t\r\n\v\f";

bool is_digit(char character) noexcept
{
    return character >= '0' && character <= '9';
}

bool is_identifier_start(char character) noexcept
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || character == '_';
}

bool is_identifier_part(char character) noexcept
{
    return is_identifier_start(character) || is_digit(character);
}

bool starts_token(char character) noexcept
{
    return is_identifier_part(character) || character == '"' ||
           punctuation_characters.find(character) != std::string_view::npos ||
           blanks.find(character) != std::string_view::npos;
}

// Why an identifier cannot be kept as it is in C++; null when it can.
const char* identifier_fault(std::string_view text) noexcept
{
    if (text.size() > Lexer::max_identifier_size) {
        return "names may have at most 200 characters";
    }
    if (text.front() == '_' || text.back() == '_') {
        return "names do not begin or end with an underscore: such names are kept for generated code";
    }
    if (text.find("__") != std::string_view::npos) {
        return "names do not have two underscores in a row: C++ reserves them";
    }
    return nullptr;
}

std::string trimmed_doc_line(std::string_view line, std::size_t marker_size)
{
    line.remove_prefix(marker_size);
    if (line.starts_with(' ')) {
        line.remove_prefix(1);
    }
    line = line.substr(0, line.find_last_not_of(blanks) + 1);
    return std::string(line);
}

}  // namespace

char Lexer::peek(std::size_t distance) const noexcept
{
    const std::string_view text = source_.text();
    return offset_ + distance < text.size() ? text[offset_ + distance] : '\0';
}

Span Lexer::span_from(std::size_t begin) const noexcept
{
    return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(offset_)};
}

Token Lexer::next()
{
    Token token;
    for (;;) {
        skip_space_and_comments(token);
        if (at_end() || diagnostics_.is_full()) {
            offset_ = source_.text().size();
            token.span = span_from(offset_);
            return token;
        }
        if (starts_token(peek()) || character_size() != 0) {
            break;
        }
        skip_invalid_characters();
        token.is_broken = true;
    }
    const std::size_t begin = offset_;
    if (is_identifier_start(peek())) {
        token.kind = lex_identifier();
    } else if (is_digit(peek())) {
        token.kind = lex_number();
    } else if (peek() == '"') {
        token.kind = TokenKind::string;
        token.is_broken = !lex_string() || token.is_broken;
    } else if (peek() == '\'') {
        token.kind = TokenKind::character;
        offset_ += character_size();
    } else {
        ++offset_;
        token.kind = TokenKind::punctuation;
    }
    token.span = span_from(begin);
    token.text = source_.text(token.span);
    return token;
}

void Lexer::skip_space_and_comments(Token& token)
{
    while (!at_end()) {
        if (blanks.find(peek()) != std::string_view::npos) {
            ++offset_;
        } else if (starts_with("//")) {
            skip_line_comment(token);
        } else if (starts_with("/*")) {
            skip_block_comment();
        } else {
            return;
        }
    }
}

void Lexer::skip_line_comment(Token& token)
{
    const std::size_t begin = offset_;
    const std::size_t end = source_.text().find('\n', offset_);
    const bool is_doc = starts_with("///") && peek(3) != '/';
    const bool is_trailing = is_doc && peek(3) == '<';
    offset_ = end == std::string_view::npos ? source_.text().size() : end;
    if (is_trailing) {
        token.trailing_doc = token.trailing_doc.empty() ? span_from(begin) : token.trailing_doc;
    } else if (is_doc) {
        token.doc = token.doc.empty() ? span_from(begin) : join(token.doc, span_from(begin));
    }
}

void Lexer::skip_block_comment()
{
    const std::size_t begin = offset_;
    const std::size_t end = source_.text().find("*/", offset_ + 2);
    if (end == std::string_view::npos) {
        offset_ += 2;
        diagnostics_.error(Rule::unterminated_comment, source_, span_from(begin), "this comment has no end");
        offset_ = source_.text().size();
        return;
    }
    offset_ = end + 2;
}

TokenKind Lexer::lex_identifier()
{
    const std::size_t begin = offset_;
    while (is_identifier_part(peek())) {
        ++offset_;
    }
    const Span span = span_from(begin);
    if (const char* fault = identifier_fault(source_.text(span))) {
        diagnostics_.error(Rule::invalid_identifier, source_, span, fault);
    }
    return TokenKind::identifier;
}

// Takes everything that looks like part of a number, so that `12abc` is one mistake; the parser checks the value.
TokenKind Lexer::lex_number()
{
    const bool hexadecimal = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
    bool floating = false;
    while (is_identifier_part(peek()) || (peek() == '.' && is_digit(peek(1)))) {
        const bool exponent = !hexadecimal && (peek() == 'e' || peek() == 'E');
        floating = floating || exponent || peek() == '.';
        ++offset_;
        if (exponent && (peek() == '-' || peek() == '+')) {
            ++offset_;
        }
    }
    return floating ? TokenKind::floating : TokenKind::integer;
}

bool Lexer::lex_string()
{
    const std::size_t begin = offset_++;
    while (!at_end() && peek() != '\n' && peek() != '"') {
        offset_ += peek() == '\\' && peek(1) != '\n' && offset_ + 1 < source_.text().size() ? 2 : 1;
    }
    if (peek() == '"') {
        ++offset_;
        return true;
    }
    diagnostics_.error(Rule::unterminated_string, source_, span_from(begin), "this string has no closing quote");
    give_back_line_end(begin + 1);
    return false;
}

// Of `'x'` or `'\\n'`, both quotes counted; 0 where there is no such thing.
std::size_t Lexer::character_size() const noexcept
{
    constexpr std::size_t longest_escape = 11;
    if (peek() != '\'' || peek(1) == '\'' || peek(1) == '\0') {
        return 0;
    }
    std::size_t end = offset_ + 1 + code_point_size(source_.text(), offset_ + 1);
    if (peek(1) == '\\') {
        end = std::min(source_.text().find('\'', offset_ + 3), source_.text().size());
    }
    return end < source_.text().size() && source_.text()[end] == '\'' && end - offset_ <= longest_escape
               ? end + 1 - offset_
               : 0;
}

void Lexer::skip_invalid_characters()
{
    const std::size_t begin = offset_;
    const bool is_quote = peek() == '\'';
    bool is_open = false;
    do {
        offset_ += code_point_size(source_.text(), offset_);
    } while (!at_end() && !starts_token(peek()));
    if (is_quote) {
        offset_ = std::min(source_.text().find_first_of("'\n", offset_), source_.text().size());
        is_open = peek() != '\'';
        offset_ += is_open ? 0 : 1;
    }
    diagnostics_.error(Rule::invalid_character, source_, span_from(begin),
                       is_quote
                           ? "a string stands in double quotes"
                           : "characters that mean nothing here; names are made of letters, digits and underscores");
    if (is_open) {
        give_back_line_end(begin + 1);
    }
}

// A string without an end takes the rest of its line. What closes things there was hardly meant to be part of it.
void Lexer::give_back_line_end(std::size_t begin) noexcept
{
    constexpr std::string_view closing = " \t\r;,)]}";
    const std::string_view line = source_.text().substr(begin, offset_ - begin);
    offset_ = begin + (line.find_last_not_of(closing) + 1);
}

std::vector<std::string> doc_lines(const SourceText& source, const Token& token)
{
    std::vector<std::string> lines;
    std::string_view rest = source.text(token.doc);
    while (!rest.empty()) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        line.remove_prefix(std::min(line.size(), line.find_first_not_of(blanks)));
        if (line.starts_with("///") && !line.starts_with("////") && !line.starts_with("///<")) {
            lines.push_back(trimmed_doc_line(line, 3));
        }
    }
    while (!lines.empty() && lines.back().empty()) {
        lines.pop_back();
    }
    return lines;
}

std::vector<std::string> trailing_doc_lines(const SourceText& source, const Token& token)
{
    if (token.trailing_doc.empty()) {
        return {};
    }
    return {trimmed_doc_line(source.text(token.trailing_doc), 4)};
}

}  // namespace remoting::idl
