// SPDX-License-Identifier: BSL-1.0
#include "constant_arithmetic.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>

namespace remoting::idl {

namespace {

// Holds whatever an operation on two integers of 64 bits, with or without sign, can give.
__extension__ using Wide = __int128;

constexpr std::size_t max_text = 65536;
constexpr unsigned max_shift = 63;

Wide wide(const model::Integer& value)
{
    const auto magnitude = static_cast<Wide>(value.magnitude);
    return value.negative ? -magnitude : magnitude;
}

std::optional<model::Integer> narrow(Wide value)
{
    constexpr Wide lowest = std::numeric_limits<std::int64_t>::min();
    constexpr Wide highest = std::numeric_limits<std::uint64_t>::max();
    if (value < lowest || value > highest) {
        return std::nullopt;
    }
    return model::Integer{value < 0, static_cast<std::uint64_t>(value < 0 ? -value : value)};
}

Outcome too_large()
{
    return Mistake{Mistake::Kind::range, "the result does not fit into 64 bits"};
}

Outcome integer_outcome(Wide value)
{
    const std::optional<model::Integer> narrowed = narrow(value);
    return narrowed ? Outcome(model::Value(*narrowed)) : too_large();
}

Outcome apply_to_integers(char operation, Wide left, Wide right)
{
    const bool is_shift = operation == '<' || operation == '>';
    if (is_shift && (right < 0 || right > max_shift)) {
        return Mistake{Mistake::Kind::range, "a number is shifted by 0 to 63 bits"};
    }
    if ((operation == '/' || operation == '%') && right == 0) {
        return Mistake{Mistake::Kind::range, "this divides by zero"};
    }
    switch (operation) {
        case '+':
            return integer_outcome(left + right);
        case '-':
            return integer_outcome(left - right);
        case '*': {
            Wide product = 0;
            return __builtin_mul_overflow(left, right, &product) ? too_large() : integer_outcome(product);
        }
        case '/':
            return integer_outcome(left / right);
        case '%':
            return integer_outcome(left % right);
        case '&':
            return integer_outcome(left & right);
        case '|':
            return integer_outcome(left | right);
        case '^':
            return integer_outcome(left ^ right);
        case '<':
            return integer_outcome(left * (Wide{1} << static_cast<unsigned>(right)));
        default:
            return integer_outcome(left >> static_cast<unsigned>(right));
    }
}

std::optional<double> as_double(const model::Value& value)
{
    if (const auto* integer = std::get_if<model::Integer>(&value)) {
        return static_cast<double>(wide(*integer));
    }
    const auto* number = std::get_if<double>(&value);
    return number == nullptr ? std::nullopt : std::optional(*number);
}

Outcome apply_to_doubles(char operation, double left, double right)
{
    double result = 0;
    switch (operation) {
        case '+':
            result = left + right;
            break;
        case '-':
            result = left - right;
            break;
        case '*':
            result = left * right;
            break;
        case '/':
            if (right == 0) {
                return Mistake{Mistake::Kind::range, "this divides by zero"};
            }
            result = left / right;
            break;
        default:
            return Mistake{Mistake::Kind::type, "this is for integers, not for numbers with a fraction"};
    }
    if (!std::isfinite(result)) {
        return Mistake{Mistake::Kind::range, "the result is too large"};
    }
    return model::Value(result);
}

// Decimals are exact: their digits as one number, without the sign, and how many of them are behind the point.
struct Digits {
    Wide value;
    std::uint32_t scale;
};

std::optional<Digits> as_digits(const model::Value& value)
{
    if (const auto* integer = std::get_if<model::Integer>(&value)) {
        return Digits{wide(*integer), 0};
    }
    const auto* decimal = std::get_if<model::Decimal>(&value);
    if (decimal == nullptr) {
        return std::nullopt;
    }
    const Wide magnitude = static_cast<Wide>(decimal->high) << 64U | decimal->low;
    return Digits{decimal->negative ? -magnitude : magnitude, decimal->scale};
}

Outcome decimal_outcome(const Digits& digits)
{
    constexpr std::uint32_t max_scale = 28;
    const Wide magnitude = digits.value < 0 ? -digits.value : digits.value;
    if (magnitude >> 96U != 0 || digits.scale > max_scale) {
        return Mistake{Mistake::Kind::range, "the result has more digits than a decimal"};
    }
    return model::Value(model::Decimal{static_cast<std::uint64_t>(magnitude),
                                       static_cast<std::uint32_t>(magnitude >> 64U), digits.scale, digits.value < 0});
}

Outcome apply_to_decimals(char operation, Digits left, Digits right)
{
    const Mistake too_long{Mistake::Kind::range, "the result has more digits than a decimal"};
    Wide result = 0;
    if (operation == '*') {
        return __builtin_mul_overflow(left.value, right.value, &result)
                   ? Outcome(too_long)
                   : decimal_outcome({result, left.scale + right.scale});
    }
    if (operation != '+' && operation != '-') {
        return Mistake{Mistake::Kind::type, "decimals are added, subtracted and multiplied, and nothing else"};
    }
    for (Digits& shorter : {std::ref(left), std::ref(right)}) {
        for (; shorter.scale < std::max(left.scale, right.scale); ++shorter.scale) {
            if (__builtin_mul_overflow(shorter.value, Wide{10}, &shorter.value)) {
                return too_long;
            }
        }
    }
    const bool overflows = operation == '+' ? __builtin_add_overflow(left.value, right.value, &result)
                                            : __builtin_sub_overflow(left.value, right.value, &result);
    return overflows ? Outcome(too_long) : decimal_outcome({result, left.scale});
}

Outcome ticks_outcome(Wide value, bool is_point)
{
    if (value < std::numeric_limits<std::int64_t>::min() || value > std::numeric_limits<std::int64_t>::max()) {
        return Mistake{Mistake::Kind::range, "this is longer than 29,000 years"};
    }
    return model::Value(model::Ticks{static_cast<std::int64_t>(value), is_point});
}

std::string operator_text(char operation)
{
    const bool is_shift = operation == '<' || operation == '>';
    return '\'' + std::string(is_shift ? 2 : 1, operation) + '\'';
}

struct KindText {
    std::string operator()(bool) const { return "a bool"; }
    std::string operator()(const model::Integer&) const { return "an integer"; }
    std::string operator()(double) const { return "a number with a fraction"; }
    std::string operator()(const std::string&) const { return "a string"; }
    std::string operator()(const model::EnumValue& value) const
    {
        return "a value of '" + value.type->name.qualified() + '\'';
    }
    std::string operator()(const model::Character&) const { return "a char"; }
    std::string operator()(const model::Ticks& value) const { return value.is_point ? "a timestamp" : "a duration"; }
    std::string operator()(const model::Uuid&) const { return "a uuid"; }
    std::string operator()(const model::Decimal&) const { return "a decimal"; }
    std::string operator()(const model::Null&) const { return "null"; }
    std::string operator()(const model::Unset&) const { return "nothing"; }
    std::string operator()(const model::Elements&) const { return "a list"; }
    std::string operator()(const model::Alternative&) const { return "a variant"; }
};

}  // namespace

std::string kind_text(const model::Value& value)
{
    return std::visit(KindText{}, static_cast<const model::Value::variant&>(value));
}

Outcome apply_operator(char operation, const model::Value& operand)
{
    if (const auto* integer = std::get_if<model::Integer>(&operand)) {
        return integer_outcome(operation == '-' ? -wide(*integer) : ~wide(*integer));
    }
    if (operation == '-') {
        if (const auto* number = std::get_if<double>(&operand)) {
            return model::Value(-*number);
        }
        if (const auto* decimal = std::get_if<model::Decimal>(&operand)) {
            model::Decimal negated = *decimal;
            negated.negative = !negated.negative;
            return model::Value(negated);
        }
        if (const auto* ticks = std::get_if<model::Ticks>(&operand); ticks != nullptr && !ticks->is_point) {
            return ticks_outcome(-static_cast<Wide>(ticks->count), false);
        }
        return Mistake{Mistake::Kind::type, "only a number or a time can have a sign, not " + kind_text(operand)};
    }
    return Mistake{Mistake::Kind::type, "'~' is for integers, not for " + kind_text(operand)};
}

Outcome apply_operator(char operation, const model::Value& left, const model::Value& right)
{
    const auto* left_integer = std::get_if<model::Integer>(&left);
    const auto* right_integer = std::get_if<model::Integer>(&right);
    if (left_integer != nullptr && right_integer != nullptr) {
        return apply_to_integers(operation, wide(*left_integer), wide(*right_integer));
    }
    const bool is_decimal =
        std::holds_alternative<model::Decimal>(left) || std::holds_alternative<model::Decimal>(right);
    const std::optional<Digits> left_digits = as_digits(left);
    const std::optional<Digits> right_digits = as_digits(right);
    if (is_decimal && left_digits && right_digits) {
        return apply_to_decimals(operation, *left_digits, *right_digits);
    }
    const std::optional<double> left_number = as_double(left);
    const std::optional<double> right_number = as_double(right);
    if (left_number && right_number) {
        return apply_to_doubles(operation, *left_number, *right_number);
    }
    const auto* left_text = std::get_if<std::string>(&left);
    const auto* right_text = std::get_if<std::string>(&right);
    if (left_text != nullptr && right_text != nullptr && operation == '+') {
        if (left_text->size() + right_text->size() > max_text) {
            return Mistake{Mistake::Kind::range, "the text is longer than 65536 bytes"};
        }
        return model::Value(*left_text + *right_text);
    }
    const auto* left_ticks = std::get_if<model::Ticks>(&left);
    const auto* right_ticks = std::get_if<model::Ticks>(&right);
    if (left_ticks != nullptr && right_ticks != nullptr && !right_ticks->is_point &&
        (operation == '+' || operation == '-')) {
        const auto second = static_cast<Wide>(right_ticks->count);
        return ticks_outcome(left_ticks->count + (operation == '+' ? second : -second), left_ticks->is_point);
    }
    if (left_ticks != nullptr && !left_ticks->is_point && right_integer != nullptr && operation == '*') {
        return ticks_outcome(left_ticks->count * wide(*right_integer), false);
    }
    if (left_integer != nullptr && right_ticks != nullptr && !right_ticks->is_point && operation == '*') {
        return ticks_outcome(right_ticks->count * wide(*left_integer), false);
    }
    return Mistake{Mistake::Kind::type,
                   operator_text(operation) + " is not for " + kind_text(left) + " and " + kind_text(right)};
}

}  // namespace remoting::idl
