// SPDX-License-Identifier: BSL-1.0
#include "parse_members.hpp"

#include "attributes.hpp"
#include "parse_types.hpp"
#include "parse_values.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace remoting::idl {

namespace {

// Keywords are contextual: `property` begins a property where a type and a name follow, and is a type's name else.
bool begins_property(TokenStream& tokens)
{
    if (!tokens.peek().is("property") || tokens.peek(1).kind != TokenKind::identifier) {
        return false;
    }
    return !tokens.peek(2).is('(');
}

bool begins_constant(TokenStream& tokens)
{
    return tokens.peek().is("const") && tokens.peek(1).kind == TokenKind::identifier && !tokens.peek(2).is('(');
}

bool begins_event(TokenStream& tokens)
{
    return tokens.peek().is("event") && tokens.peek(1).kind == TokenKind::identifier && !tokens.peek(2).is('(');
}

void parse_attribute_arguments(TokenStream& tokens, ast::Attribute& attribute)
{
    attribute.has_brackets = true;
    tokens.expect('(');
    while (!tokens.peek().is(')')) {
        ast::Attribute::Argument argument;
        if (tokens.peek().kind == TokenKind::identifier && tokens.peek(1).is('=')) {
            argument.key = parse_name(tokens, "a name");
            tokens.take();
        }
        argument.value = parse_value(tokens);
        attribute.arguments.push_back(std::move(argument));
        if (!tokens.take_if(',')) {
            break;
        }
    }
    attribute.span = join(attribute.span, tokens.peek().span);
    if (!tokens.take_if(')')) {
        tokens.fail_expecting("',' or ')'");
    }
}

std::optional<ast::Direction> direction_of(const Token& token)
{
    if (token.is("in")) {
        return ast::Direction::in;
    }
    if (token.is("out")) {
        return ast::Direction::out;
    }
    if (token.is("inout")) {
        return ast::Direction::in_out;
    }
    return std::nullopt;
}

// Words that say in other languages what nothing needs to say here, before a type and a name. They are not taken for
// the type, which would breed further mistakes.
void skip_modifiers(TokenStream& tokens)
{
    static constexpr std::string_view words[] = {"abstract", "async",   "const",     "final",  "optional",
                                                 "override", "private", "protected", "public", "readonly",
                                                 "required", "static",  "unsigned",  "virtual"};
    const auto begins_type = [&](std::size_t at) {
        const Token& behind = tokens.peek(at + 1);
        return tokens.peek(at).kind == TokenKind::identifier &&
               (behind.kind == TokenKind::identifier || behind.is('<') || behind.is('.') || behind.is('?') ||
                behind.is('[') || behind.is('*') || behind.is('&'));
    };
    while (std::find(std::begin(words), std::end(words), tokens.peek().text) != std::end(words) && begins_type(1)) {
        const Token word = tokens.take();
        const bool may_be_null = word.is("optional");
        tokens.diagnostics().error(Rule::unexpected_token, tokens.source(), word.span,
                                   '\'' + std::string(word.text) + "' means nothing here" +
                                       (may_be_null ? "; a value that may be missing has a '?' behind its type" : ""));
    }
}

ast::Parameter parse_parameter(TokenStream& tokens)
{
    ast::Parameter parameter;
    parameter.attributes = parse_attributes(tokens);
    parameter.direction_span = tokens.peek().span;
    const std::optional<ast::Direction> direction = direction_of(tokens.peek());
    const bool type_follows = tokens.peek(1).kind == TokenKind::identifier && !tokens.peek(2).is(',') &&
                              !tokens.peek(2).is(')') && !tokens.peek(2).is('=');
    if (direction && type_follows) {
        tokens.take();
        parameter.direction = *direction;
    }
    skip_modifiers(tokens);
    parameter.type = parse_type(tokens);
    parameter.name = parse_name(tokens, "the name of the parameter");
    if (tokens.take_if('=')) {
        parameter.value = parse_value(tokens);
    }
    return parameter;
}

void parse_parameters(TokenStream& tokens, ast::Method& method)
{
    tokens.expect('(');
    if (tokens.take_if(')')) {
        return;
    }
    do {
        method.parameters.push_back(parse_parameter(tokens));
    } while (tokens.take_if(','));
    if (!tokens.take_if(')')) {
        tokens.fail_expecting("',' or ')'");
    }
}

void parse_throws(TokenStream& tokens, ast::Method& method)
{
    if (tokens.peek().is("throw") || tokens.peek().is("raises")) {
        tokens.diagnostics().error(Rule::unexpected_token, tokens.source(), tokens.peek().span,
                                   "expected ';' or 'throws', found '" + std::string(tokens.peek().text) + '\'');
        tokens.take();
    } else if (!tokens.take_if("throws")) {
        return;
    }
    do {
        method.throws.push_back(parse_path(tokens, "the name of an exception"));
    } while (tokens.take_if(','));
}

// The closing brace is found whatever stands before it, or the rest of the interface would be lost.
void parse_accessors(TokenStream& tokens, ast::Method& property)
{
    bool get = false;
    bool set = false;
    tokens.take();
    try {
        while (!tokens.peek().is('}')) {
            const Token token = tokens.expect_identifier("'get;', 'set;' or '}'");
            if (!token.is("get") && !token.is("set")) {
                tokens.diagnostics().error(Rule::property, tokens.source(), token.span,
                                           "between the braces of a property stand 'get;' and 'set;'");
                throw SyntaxError{};
            }
            bool& accessor = token.is("get") ? get : set;
            if (accessor) {
                tokens.diagnostics().error(Rule::property, tokens.source(), token.span,
                                           '\'' + std::string(token.text) + "' is written twice");
            }
            accessor = true;
            tokens.expect(';');
        }
        if (!get) {
            tokens.diagnostics().error(Rule::property, tokens.source(), property.name.span,
                                       "a property has at least 'get;' between its braces");
        }
    } catch (const SyntaxError&) {
        while (!tokens.at_end() && !tokens.peek().is('}')) {
            tokens.take();
        }
    }
    tokens.take_if('}');
    tokens.take_if(';');
    property.has_setter = set;
}

void parse_property(TokenStream& tokens, ast::Method& property)
{
    property.kind = ast::Method::Kind::property;
    tokens.take();
    property.result = parse_type(tokens);
    property.name = parse_name(tokens, "the name of the property");
    if (tokens.peek().is('{')) {
        parse_accessors(tokens, property);
    } else {
        property.has_setter = true;
        tokens.expect_semicolon();
    }
}

void parse_constructor(TokenStream& tokens, ast::Method& constructor)
{
    const Token keyword = tokens.take();
    constructor.kind = ast::Method::Kind::constructor;
    constructor.name = {std::string(keyword.text), keyword.span};
    parse_parameters(tokens, constructor);
    parse_throws(tokens, constructor);
    tokens.expect_semicolon();
}

void parse_operation(TokenStream& tokens, ast::Method& method)
{
    ast::Type result = parse_type(tokens);
    const bool is_void = result.name.text() == "void" && result.arguments.empty() && !result.nullable;
    if (!is_void) {
        method.result = std::move(result);
    }
    method.name = parse_name(
        tokens, method.kind == ast::Method::Kind::event ? "the name of the event" : "the name of the method");
    parse_parameters(tokens, method);
    parse_throws(tokens, method);
    tokens.expect_semicolon();
}

}  // namespace

ast::Attributes parse_attributes(TokenStream& tokens)
{
    ast::Attributes attributes;
    while (tokens.take_if('[')) {
        do {
            ast::Attribute attribute;
            attribute.name = parse_name(tokens, "the name of an attribute");
            attribute.span = attribute.name.span;
            if (!check_attribute_name(attribute.name, tokens.source(), tokens.diagnostics())) {
                if (tokens.peek().is('(')) {
                    tokens.skip_brackets();
                }
                continue;
            }
            if (tokens.peek().is('(')) {
                parse_attribute_arguments(tokens, attribute);
            }
            attributes.push_back(std::move(attribute));
        } while (tokens.take_if(','));
        tokens.expect(']');
    }
    return attributes;
}

ast::Enumerator parse_enumerator(TokenStream& tokens)
{
    ast::Enumerator enumerator;
    enumerator.doc = doc_lines(tokens.source(), tokens.peek());
    enumerator.attributes = parse_attributes(tokens);
    enumerator.name = parse_name(tokens, "the name of an enum value");
    if (tokens.take_if('=')) {
        enumerator.value = parse_value(tokens);
    }
    append_trailing_doc(tokens, enumerator.doc);
    return enumerator;
}

void parse_field(TokenStream& tokens, std::vector<ast::Field>& fields)
{
    ast::Field field;
    field.doc = doc_lines(tokens.source(), tokens.peek());
    field.attributes = parse_attributes(tokens);
    skip_modifiers(tokens);
    const Token first = tokens.peek();
    field.type = parse_type(tokens);
    if (first.is("reserved") && tokens.peek().kind == TokenKind::identifier && !tokens.peek(1).is(';') &&
        !tokens.peek(1).is('=')) {
        field.is_reserved = true;
        field.type = parse_type(tokens);
    }
    field.name = parse_name(tokens, "the name of the field");
    ast::Field& declared = fields.emplace_back(std::move(field));
    if (tokens.take_if('=')) {
        declared.value = parse_value(tokens);
    }
    tokens.expect_semicolon();
    append_trailing_doc(tokens, declared.doc);
}

void parse_constant(TokenStream& tokens, ast::Constant& constant)
{
    constant.type = parse_type(tokens);
    constant.name = parse_name(tokens, "the name of the constant");
    tokens.expect('=');
    constant.value = parse_value(tokens);
    tokens.expect_semicolon();
    append_trailing_doc(tokens, constant.doc);
}

void parse_interface_member(TokenStream& tokens, ast::Interface& interface)
{
    ast::Method method;
    method.doc = doc_lines(tokens.source(), tokens.peek());
    method.attributes = parse_attributes(tokens);
    if (begins_constant(tokens)) {
        tokens.take();
        ast::Constant constant;
        constant.doc = std::move(method.doc);
        constant.attributes = std::move(method.attributes);
        parse_constant(tokens, constant);
        interface.constants.push_back(std::move(constant));
        return;
    }
    skip_modifiers(tokens);
    if (begins_event(tokens)) {
        tokens.take();
        method.kind = ast::Method::Kind::event;
        parse_operation(tokens, method);
    } else if (begins_property(tokens)) {
        parse_property(tokens, method);
    } else if (tokens.peek().is("constructor") && tokens.peek(1).is('(')) {
        parse_constructor(tokens, method);
    } else {
        parse_operation(tokens, method);
    }
    append_trailing_doc(tokens, method.doc);
    interface.methods.push_back(std::move(method));
}

}  // namespace remoting::idl
