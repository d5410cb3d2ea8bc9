// SPDX-License-Identifier: BSL-1.0
#include "constant_arithmetic.hpp"
#include "resolve_values.hpp"
#include "value_texts.hpp"

#include <cmath>
#include <limits>

namespace remoting::idl {

namespace {

using model::Builtin;

bool is_integer(Builtin type)
{
    return type >= Builtin::int8 && type <= Builtin::uint64;
}

struct Range {
    std::uint64_t lowest;  // without its sign
    std::uint64_t highest;
};

Range range_of(Builtin type)
{
    const bool is_signed = type <= Builtin::int64;
    const auto first = static_cast<unsigned>(is_signed ? Builtin::int8 : Builtin::uint8);
    const unsigned bits = 8U << (static_cast<unsigned>(type) - first);
    const std::uint64_t all = ~std::uint64_t{0} >> (64U - bits);
    return is_signed ? Range{all / 2 + 1, all / 2} : Range{0, all};
}

class Fitting final {
public:
    Fitting(ResolveContext& context, const FileContext& file, const ast::Value& value, const model::Type& type) noexcept
        : context_(context),
          file_(file),
          value_(value),
          type_(type)
    {
    }

    std::optional<model::Value> fit(model::Value found)
    {
        if (const auto* builtin = std::get_if<Builtin>(&type_.kind)) {
            return fit_builtin(std::move(found), *builtin);
        }
        const auto* enumerator = std::get_if<model::EnumValue>(&found);
        const auto* wanted = std::get_if<const model::Enum*>(&type_.kind);
        return enumerator != nullptr && wanted != nullptr && enumerator->type == *wanted
                   ? std::optional(std::move(found))
                   : mismatch(found);
    }

private:
    std::optional<model::Value> fit_builtin(model::Value found, Builtin type);
    std::optional<model::Value> fit_integer(model::Integer found, Builtin type);
    std::optional<model::Value> fit_floating(double found, Builtin type);
    std::optional<model::Value> fit_decimal(const model::Value& found);
    std::optional<model::Value> fit_text(const std::string& text, Builtin type);

    std::optional<model::Value> fail(Rule rule, std::string message)
    {
        context_.error(rule, file_, value_.span, std::move(message));
        return std::nullopt;
    }
    std::optional<model::Value> mismatch(const model::Value& found)
    {
        const bool is_long = value_.kind == ast::Value::Kind::floating &&
                             value_.text.find_first_not_of("0123456789") == std::string::npos;
        if (is_long) {
            return fail(Rule::value_range, "this number does not fit into 64 bits");
        }
        return fail(Rule::value_type,
                    "expected a value of type " + in_quotes(to_string(type_)) + ", found " + kind_text(found));
    }

    ResolveContext& context_;
    const FileContext& file_;
    const ast::Value& value_;
    const model::Type& type_;
};

std::optional<model::Value> Fitting::fit_builtin(model::Value found, Builtin type)
{
    const auto* integer = std::get_if<model::Integer>(&found);
    const auto* text = std::get_if<std::string>(&found);
    const auto* ticks = std::get_if<model::Ticks>(&found);
    if (is_integer(type) && integer != nullptr) {
        return fit_integer(*integer, type);
    }
    if (type == Builtin::float32 || type == Builtin::float64) {
        const auto* number = std::get_if<double>(&found);
        if (integer != nullptr) {
            const auto magnitude = static_cast<double>(integer->magnitude);
            return fit_floating(integer->negative ? -magnitude : magnitude, type);
        }
        return number != nullptr ? fit_floating(*number, type) : mismatch(found);
    }
    if (type == Builtin::decimal) {
        return fit_decimal(found);
    }
    const bool is_text = text != nullptr && (type == Builtin::uuid || type == Builtin::timestamp);
    if (is_text) {
        return fit_text(*text, type);
    }
    const bool same = (type == Builtin::boolean && std::holds_alternative<bool>(found)) ||
                      ((type == Builtin::string || type == Builtin::bytes) && text != nullptr) ||
                      (type == Builtin::character && std::holds_alternative<model::Character>(found)) ||
                      (type == Builtin::uuid && std::holds_alternative<model::Uuid>(found)) ||
                      (ticks != nullptr && type == (ticks->is_point ? Builtin::timestamp : Builtin::duration));
    return same ? std::optional(std::move(found)) : mismatch(found);
}

std::optional<model::Value> Fitting::fit_integer(model::Integer found, Builtin type)
{
    found.negative = found.negative && found.magnitude != 0;
    if (!fits(found, type)) {
        return fail(Rule::value_range, text_of(found) + " does not fit into " + range_text(type));
    }
    return model::Value(found);
}

std::optional<model::Value> Fitting::fit_floating(double found, Builtin type)
{
    constexpr auto largest_float = static_cast<double>(std::numeric_limits<float>::max());
    const bool fits_float = std::isfinite(found) && std::abs(found) <= largest_float;
    if (!std::isfinite(found) || (type == Builtin::float32 && !fits_float)) {
        return fail(Rule::value_range, "this number is too large for " + in_quotes(to_string(type_)));
    }
    return model::Value(type == Builtin::float32 ? static_cast<double>(static_cast<float>(found)) : found);
}

std::optional<model::Value> Fitting::fit_decimal(const model::Value& found)
{
    if (std::holds_alternative<model::Decimal>(found)) {
        return found;
    }
    std::optional<model::Decimal> decimal;
    if (const auto* integer = std::get_if<model::Integer>(&found)) {
        return model::Value(model::Decimal{integer->magnitude, 0, 0, integer->negative});
    }
    if (const auto* text = std::get_if<std::string>(&found)) {
        decimal = parse_decimal(*text);
    } else {
        return mismatch(found);
    }
    if (!decimal) {
        return fail(Rule::value_range, std::string(decimal_text));
    }
    return model::Value(*decimal);
}

std::optional<model::Value> Fitting::fit_text(const std::string& text, Builtin type)
{
    if (type == Builtin::uuid) {
        const std::optional<model::Uuid> uuid = parse_uuid(text);
        return uuid ? std::optional(model::Value(*uuid))
                    : fail(Rule::value_range,
                           "a uuid is written like \"01234567-89ab-cdef-0123-456789abcdef\", in quotes");
    }
    const std::optional<model::Ticks> ticks = parse_timestamp(text);
    return ticks
               ? std::optional(model::Value(*ticks))
               : fail(Rule::value_range, "a timestamp is written like \"2024-02-29T12:30:00Z\", in quotes and in UTC");
}

}  // namespace

std::optional<model::Value> fit_value(ResolveContext& context, const FileContext& file, const ast::Value& value,
                                      model::Value found, const model::Type& type)
{
    return Fitting(context, file, value, type).fit(std::move(found));
}

bool fits(const model::Integer& value, Builtin type)
{
    const Range range = range_of(type);
    return value.magnitude <= (value.negative ? range.lowest : range.highest);
}

std::string text_of(const model::Integer& value)
{
    return (value.negative && value.magnitude != 0 ? "-" : "") + std::to_string(value.magnitude);
}

std::string range_text(Builtin type)
{
    const Range range = range_of(type);
    return in_quotes(to_string(type)) + " (" + text_of({true, range.lowest}) + " to " + std::to_string(range.highest) +
           ')';
}

}  // namespace remoting::idl
