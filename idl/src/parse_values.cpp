// SPDX-License-Identifier: BSL-1.0
#include "parse_values.hpp"

#include "literals.hpp"
#include "parse_types.hpp"

#include <utility>

namespace remoting::idl {

namespace {

constexpr std::size_t max_operators = 256;

struct Operator {
    char operation = '\0';  // none
    int precedence = 0;
    std::size_t tokens = 1;
};

class ValueParser final {
public:
    ValueParser(TokenStream& tokens, bool has_shifts) noexcept : tokens_(tokens), has_shifts_(has_shifts) {}

    ast::Value parse() { return parse_operation(0); }

private:
    Operator peek_operator();
    ast::Value parse_operation(int lowest);
    ast::Value parse_operand();
    ast::Value parse_sign(char sign);
    ast::Value parse_number();
    ast::Value parse_parenthesis();
    ast::Value parse_list();
    ast::Value parse_braces();
    void enter(Span span);
    void count_operator(Span span);

    TokenStream& tokens_;
    bool has_shifts_;
    std::size_t depth_ = 0;
    std::size_t operators_ = 0;
};

void ValueParser::enter(Span span)
{
    if (++depth_ > max_nesting) {
        tokens_.diagnostics().error(Rule::nesting_too_deep, tokens_.source(), span,
                                    "values are nested more than 64 deep");
        throw SyntaxError{};
    }
}

void ValueParser::count_operator(Span span)
{
    if (++operators_ > max_operators) {
        tokens_.diagnostics().error(Rule::nesting_too_deep, tokens_.source(), span,
                                    "a value has 256 operators at most");
        throw SyntaxError{};
    }
}

Operator ValueParser::peek_operator()
{
    const Token& token = tokens_.peek();
    if (token.kind != TokenKind::punctuation) {
        return {};
    }
    switch (token.text.front()) {
        case '|':
            return {'|', 1};
        case '^':
            return {'^', 2};
        case '&':
            return {'&', 3};
        case '<':
        case '>': {
            const Token first = token;
            const Token& second = tokens_.peek(1);
            const bool is_shift = has_shifts_ && second.is(first.text.front()) && second.span.begin == first.span.end;
            return is_shift ? Operator{first.text.front(), 4, 2} : Operator{};
        }
        case '+':
        case '-':
            return {token.text.front(), 5};
        case '*':
        case '/':
        case '%':
            return {token.text.front(), 6};
        default:
            return {};
    }
}

ast::Value ValueParser::parse_operation(int lowest)
{
    ast::Value left = parse_operand();
    for (Operator next = peek_operator(); next.operation != '\0' && next.precedence > lowest; next = peek_operator()) {
        count_operator(tokens_.peek().span);
        for (std::size_t index = 0; index < next.tokens; ++index) {
            tokens_.take();
        }
        ast::Value right = parse_operation(next.precedence);
        ast::Value both;
        both.kind = ast::Value::Kind::binary;
        both.operation = next.operation;
        both.span = join(left.span, right.span);
        both.operands.push_back(std::move(left));
        both.operands.push_back(std::move(right));
        left = std::move(both);
    }
    return left;
}

ast::Value ValueParser::parse_operand()
{
    const Token token = tokens_.peek();
    ast::Value value;
    value.span = token.span;
    switch (token.kind) {
        case TokenKind::integer:
        case TokenKind::floating:
            return parse_number();
        case TokenKind::string:
            value.kind = ast::Value::Kind::string;
            value.text = string_value(tokens_.take(), tokens_.source(), tokens_.diagnostics());
            return value;
        case TokenKind::character:
            value.kind = ast::Value::Kind::character;
            value.magnitude = character_value(tokens_.take(), tokens_.source(), tokens_.diagnostics());
            return value;
        case TokenKind::identifier:
            if (token.is_broken) {
                throw SyntaxError{};
            }
            value.kind = ast::Value::Kind::path;
            value.path = parse_path(tokens_, "a value");
            value.span = value.path.span;
            return value;
        case TokenKind::punctuation:
            break;
        case TokenKind::end_of_file:
            tokens_.fail_expecting("a value");
    }
    if (token.is('-') || token.is('~')) {
        return parse_sign(token.text.front());
    }
    if (token.is('(')) {
        return parse_parenthesis();
    }
    if (token.is('[')) {
        return parse_list();
    }
    if (token.is('{')) {
        return parse_braces();
    }
    tokens_.fail_expecting("a value");
}

ast::Value ValueParser::parse_number()
{
    const Token token = tokens_.take();
    ast::Value value;
    value.span = token.span;
    if (token.kind == TokenKind::floating) {
        value.kind = ast::Value::Kind::floating;
        value.text = floating_text(token, tokens_.source(), tokens_.diagnostics());
    } else if (const auto ticks = duration_value(token, tokens_.source(), tokens_.diagnostics())) {
        value.kind = ast::Value::Kind::duration;
        value.magnitude = *ticks;
    } else if (is_long_integer(token)) {
        value.kind = ast::Value::Kind::floating;
        value.text = token.text;
    } else {
        value.magnitude = integer_value(token, tokens_.source(), tokens_.diagnostics());
    }
    return value;
}

// The sign belongs to a number that follows, so that the smallest one can be written.
ast::Value ValueParser::parse_sign(char sign)
{
    const Span span = tokens_.take().span;
    const TokenKind next = tokens_.peek().kind;
    ast::Value value;
    if (sign == '-' && (next == TokenKind::integer || next == TokenKind::floating)) {
        value = parse_number();
        value.negative = true;
    } else {
        enter(span);
        value.kind = ast::Value::Kind::unary;
        value.operation = sign;
        value.operands.push_back(parse_operand());
        value.span = value.operands.front().span;
        --depth_;
    }
    value.span = join(span, value.span);
    return value;
}

ast::Value ValueParser::parse_parenthesis()
{
    const Span span = tokens_.take().span;
    enter(span);
    const bool had_shifts = std::exchange(has_shifts_, true);
    ast::Value value = parse_operation(0);
    has_shifts_ = had_shifts;
    --depth_;
    value.span = join(span, tokens_.peek().span);
    tokens_.expect(')');
    return value;
}

ast::Value ValueParser::parse_list()
{
    ast::Value value;
    value.kind = ast::Value::Kind::list;
    value.span = tokens_.take().span;
    enter(value.span);
    while (!tokens_.peek().is(']')) {
        value.operands.push_back(parse_operation(0));
        if (!tokens_.take_if(',') && !tokens_.peek().is(']')) {
            tokens_.fail_expecting("',' or ']'");
        }
    }
    --depth_;
    value.span = join(value.span, tokens_.take().span);
    return value;
}

ast::Value ValueParser::parse_braces()
{
    ast::Value value;
    value.kind = ast::Value::Kind::braces;
    value.span = tokens_.take().span;
    enter(value.span);
    while (!tokens_.peek().is('}')) {
        value.operands.push_back(parse_operation(0));
        tokens_.expect(':');
        value.operands.push_back(parse_operation(0));
        if (!tokens_.take_if(',') && !tokens_.peek().is('}')) {
            tokens_.fail_expecting("',' or '}'");
        }
    }
    --depth_;
    value.span = join(value.span, tokens_.take().span);
    return value;
}

}  // namespace

ast::Value parse_value(TokenStream& tokens)
{
    return ValueParser(tokens, true).parse();
}

ast::Value parse_length(TokenStream& tokens)
{
    return ValueParser(tokens, false).parse();
}

}  // namespace remoting::idl
