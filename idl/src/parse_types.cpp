// SPDX-License-Identifier: BSL-1.0
#include "parse_types.hpp"

#include "parse_values.hpp"

#include <utility>

namespace remoting::idl {

namespace {

ast::Type parse_nested_type(TokenStream& tokens, std::size_t depth);

// What follows a type in other languages: reported, and skipped.
void report_foreign_type(TokenStream& tokens)
{
    const Token token = tokens.peek();
    const bool is_array = token.is('[') && tokens.peek(1).is(']');
    const bool is_pointer = token.is('*') || token.is('&');
    if (!is_array && !is_pointer) {
        return;
    }
    const Span span = is_array ? join(token.span, tokens.peek(1).span) : token.span;
    tokens.diagnostics().error(Rule::unexpected_token, tokens.source(), span,
                               is_array ? "a list is written 'list<T>'"
                                        : "there are no pointers; a value that may be missing is written 'T?'");
    tokens.take();
    if (is_array) {
        tokens.take();
    }
}

void parse_type_arguments(TokenStream& tokens, ast::Type& type, std::size_t depth)
{
    if (depth >= max_nesting) {
        tokens.diagnostics().error(Rule::nesting_too_deep, tokens.source(), tokens.peek().span,
                                   "types are nested more than 64 deep");
        throw SyntaxError{};
    }
    tokens.take();
    do {
        const bool is_length = type.name.text() == "array" && !type.arguments.empty();
        if (is_length || tokens.peek().kind == TokenKind::integer) {
            type.length = parse_length(tokens);
            break;
        } else {
            type.arguments.push_back(parse_nested_type(tokens, depth + 1));
        }
    } while (tokens.take_if(','));
    type.span = join(type.span, tokens.peek().span);
    tokens.expect('>');
}

ast::Type parse_nested_type(TokenStream& tokens, std::size_t depth)
{
    ast::Type type;
    type.name = parse_path(tokens, "a type");
    type.span = type.name.span;
    if (tokens.peek().is('<')) {
        parse_type_arguments(tokens, type, depth);
    }
    report_foreign_type(tokens);
    while (tokens.peek().is('?')) {
        const Token mark = tokens.take();
        if (type.nullable) {
            tokens.diagnostics().error(Rule::nested_nullable, tokens.source(), mark.span,
                                       "a type is nullable once: one '?' is enough");
        }
        type.nullable = true;
        type.span = join(type.span, mark.span);
    }
    return type;
}

}  // namespace

std::string ast::Path::text() const
{
    std::string text;
    for (const Name& part : parts) {
        text += text.empty() ? part.text : '.' + part.text;
    }
    return text;
}

ast::Name parse_name(TokenStream& tokens, std::string_view what)
{
    const Token token = tokens.expect_identifier(what);
    return {std::string(token.text), token.span};
}

namespace {

bool take_dot(TokenStream& tokens)
{
    if (tokens.peek().is(':') && tokens.peek(1).is(':')) {
        tokens.diagnostics().error(Rule::unexpected_token, tokens.source(),
                                   join(tokens.peek().span, tokens.peek(1).span), "names are joined by '.'");
        tokens.take();
        tokens.take();
        return true;
    }
    return tokens.take_if('.');
}

}  // namespace

ast::Path parse_path(TokenStream& tokens, std::string_view what)
{
    ast::Path path;
    path.parts.push_back(parse_name(tokens, what));
    path.span = path.parts.back().span;
    while (take_dot(tokens)) {
        path.parts.push_back(parse_name(tokens, "a name after the dot"));
        path.span = join(path.span, path.parts.back().span);
        if (path.parts.size() > max_nesting) {
            tokens.diagnostics().error(Rule::nesting_too_deep, tokens.source(), path.span,
                                       "names have at most 64 parts");
            throw SyntaxError{};
        }
    }
    return path;
}

ast::Type parse_type(TokenStream& tokens)
{
    return parse_nested_type(tokens, 0);
}

void append_trailing_doc(TokenStream& tokens, ast::Doc& doc)
{
    for (std::string& line : trailing_doc_lines(tokens.source(), tokens.peek())) {
        doc.push_back(std::move(line));
    }
}

}  // namespace remoting::idl
