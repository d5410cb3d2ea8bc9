// SPDX-License-Identifier: BSL-1.0
#include "parse_types.hpp"

#include "parse_values.hpp"

#include <utility>

namespace remoting::idl {

namespace {

ast::Type parse_nested_type(TokenStream& tokens, std::size_t depth);

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

ast::Path parse_path(TokenStream& tokens, std::string_view what)
{
    ast::Path path;
    path.parts.push_back(parse_name(tokens, what));
    path.span = path.parts.back().span;
    while (tokens.take_if('.')) {
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
