// SPDX-License-Identifier: BSL-1.0
#include "resolve_values.hpp"

#include "cpp_names.hpp"
#include "parse_types.hpp"

#include <charconv>
#include <cmath>
#include <limits>

namespace remoting::idl {

namespace {

using model::Builtin;

bool is_integer(Builtin type)
{
    return type >= Builtin::int8 && type <= Builtin::uint64;
}
bool is_floating(Builtin type)
{
    return type == Builtin::float32 || type == Builtin::float64;
}

bool can_have_value(const model::Type& type)
{
    if (const auto* builtin = std::get_if<Builtin>(&type.kind)) {
        return *builtin <= Builtin::string;
    }
    return type.is<const model::Enum*>();
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

double to_double(const model::Integer& value)
{
    const auto magnitude = static_cast<double>(value.magnitude);
    return value.negative ? -magnitude : magnitude;
}

// from_chars leaves the value alone when it is out of range, and tells the smallest numbers from the largest not.
double to_double(const ast::Value& value)
{
    double number = 0;
    const auto [end, error] = std::from_chars(value.text.data(), value.text.data() + value.text.size(), number);
    if (error == std::errc::result_out_of_range) {
        const std::size_t exponent = value.text.find_first_of("eE");
        const bool is_tiny = exponent != std::string::npos && value.text.find('-', exponent) != std::string::npos;
        number = is_tiny ? 0 : std::numeric_limits<double>::infinity();
    }
    return value.negative ? -number : number;
}

struct ValueKind {
    std::string operator()(bool) const { return "a bool"; }
    std::string operator()(const model::Integer&) const { return "an integer"; }
    std::string operator()(double) const { return "a number with a fraction"; }
    std::string operator()(const std::string&) const { return "a string"; }
    std::string operator()(const model::EnumValue& value) const
    {
        return "a value of " + in_quotes(value.type->name.qualified());
    }
};

}  // namespace

void ValueResolver::declare(const FileContext& file, const ast::Constant& tree, model::Constant& constant)
{
    constants_.emplace(&constant, Pending{&file, &tree, &constant, State::unresolved});
}

const model::Value* ValueResolver::value_of(const model::Constant& constant)
{
    Pending& pending = constants_.at(&constant);
    if (pending.state == State::in_progress || depth_ >= max_nesting) {
        context_.error(Rule::cyclic_constant, *pending.file, pending.tree->name.span,
                       depth_ >= max_nesting ? "constants refer to each other more than 64 deep"
                                             : in_quotes(constant.name.idl) + " is defined by itself");
        pending.state = State::resolved;
        return nullptr;
    }
    if (pending.state == State::unresolved) {
        pending.state = State::in_progress;
        ++depth_;
        const model::Type& type = pending.constant->type;
        if (!can_have_value(type) && !type.is<model::Unresolved>()) {
            context_.error(
                Rule::no_default, *pending.file, pending.tree->type.span,
                "a constant is a bool, a number, a string or an enum value, not " + in_quotes(to_string(type)));
        } else if (pending.tree->value) {
            pending.constant->value = resolve(*pending.file, *pending.tree->value, type);
        }
        --depth_;
        pending.state = State::resolved;
    }
    return constant.value ? &*constant.value : nullptr;
}

std::optional<model::Value> ValueResolver::resolve(const FileContext& file, const ast::Value& value,
                                                   const model::Type& type)
{
    const model::Type& plain = type.is<model::Optional>() ? type.arguments[0] : type;
    if (plain.is<model::Unresolved>()) {
        return std::nullopt;
    }
    if (!can_have_value(plain)) {
        context_.error(Rule::no_default, file, value.span,
                       "only bools, numbers, strings and enums have default values, not " + in_quotes(to_string(type)));
        return std::nullopt;
    }
    switch (value.kind) {
        case ast::Value::Kind::integer:
            return fit(file, value, model::Integer{value.negative, value.magnitude}, plain);
        case ast::Value::Kind::floating:
            return fit(file, value, to_double(value), plain);
        case ast::Value::Kind::string:
            return fit(file, value, value.text, plain);
        case ast::Value::Kind::duration:
            context_.error(Rule::value_type, file, value.span,
                           "expected a value of type " + in_quotes(to_string(type)) + ", found a time");
            return std::nullopt;
        case ast::Value::Kind::path:
            break;
    }
    std::optional<model::Value> found = resolve_path(file, value);
    return found ? fit(file, value, std::move(*found), plain) : std::nullopt;
}

std::optional<model::Value> ValueResolver::resolve_path(const FileContext& file, const ast::Value& value)
{
    const std::string text = value.path.text();
    if (text == "true" || text == "false") {
        return model::Value(text == "true");
    }
    const Symbol* symbol = context_.symbols.find(value.path, file.module->name_space);
    if (symbol == nullptr) {
        return enumerator_at(file, value);
    }
    if (std::holds_alternative<UnusableSymbol>(symbol->target)) {
        return std::nullopt;
    }
    const auto* constant = std::get_if<const model::Constant*>(&symbol->target);
    if (constant == nullptr) {
        context_.error(Rule::wrong_kind, file, value.span, in_quotes(text) + " is " + symbol->kind() + ", not a value");
        return std::nullopt;
    }
    const model::Value* found = value_of(**constant);
    return found == nullptr ? std::nullopt : std::optional(*found);
}

std::optional<model::Value> ValueResolver::enumerator_at(const FileContext& file, const ast::Value& value)
{
    ast::Path enum_path = value.path;
    const ast::Name last = enum_path.parts.back();
    enum_path.parts.pop_back();
    const Symbol* symbol =
        enum_path.parts.empty() ? nullptr : context_.symbols.find(enum_path, file.module->name_space);
    const auto* found = symbol == nullptr ? nullptr : std::get_if<const model::Enum*>(&symbol->target);
    if (found == nullptr) {
        if (!file.incomplete && (symbol == nullptr || !std::holds_alternative<UnusableSymbol>(symbol->target))) {
            context_.error(Rule::unknown_name, file, value.span,
                           "unknown value " + in_quotes(value.path.text()) +
                               "; enum values are written 'Enum.Value', constants by their name");
        }
        return std::nullopt;
    }
    std::vector<std::string> names;
    for (std::size_t index = 0; index < (*found)->enumerators.size(); ++index) {
        if ((*found)->enumerators[index].name == last.text) {
            return model::Value(model::EnumValue{*found, index});
        }
        if (names.size() < 100) {
            names.push_back((*found)->enumerators[index].name);
        }
    }
    if (broken_enums_.contains(*found)) {
        return std::nullopt;
    }
    context_.error(
        Rule::unknown_name, file, last.span,
        in_quotes(enum_path.text()) + " has no value " + in_quotes(last.text) + did_you_mean(last.text, names));
    return std::nullopt;
}

std::optional<model::Value> ValueResolver::fit(const FileContext& file, const ast::Value& value, model::Value found,
                                               const model::Type& type)
{
    const auto* builtin = std::get_if<Builtin>(&type.kind);
    if (builtin != nullptr && is_integer(*builtin) && std::holds_alternative<model::Integer>(found)) {
        return fit_integer(file, value, std::get<model::Integer>(found), *builtin);
    }
    if (builtin != nullptr && is_floating(*builtin)) {
        if (const auto* integer = std::get_if<model::Integer>(&found)) {
            return fit_floating(file, value, to_double(*integer), *builtin);
        }
        if (const auto* number = std::get_if<double>(&found)) {
            return fit_floating(file, value, *number, *builtin);
        }
    }
    const bool same = (type.is(Builtin::boolean) && std::holds_alternative<bool>(found)) ||
                      (type.is(Builtin::string) && std::holds_alternative<std::string>(found));
    const auto* enumerator = std::get_if<model::EnumValue>(&found);
    const auto* wanted_enum = std::get_if<const model::Enum*>(&type.kind);
    if (same || (enumerator != nullptr && wanted_enum != nullptr && enumerator->type == *wanted_enum)) {
        return found;
    }
    context_.error(
        Rule::value_type, file, value.span,
        "expected a value of type " + in_quotes(to_string(type)) + ", found " + std::visit(ValueKind{}, found));
    return std::nullopt;
}

std::optional<model::Value> ValueResolver::fit_integer(const FileContext& file, const ast::Value& value,
                                                       model::Integer found, Builtin type)
{
    found.negative = found.negative && found.magnitude != 0;
    if (!fits(found, type)) {
        context_.error(Rule::value_range, file, value.span, text_of(found) + " does not fit into " + range_text(type));
        return std::nullopt;
    }
    return model::Value(found);
}

std::optional<model::Value> ValueResolver::fit_floating(const FileContext& file, const ast::Value& value, double found,
                                                        Builtin type)
{
    const double rounded = type == Builtin::float32 && std::isfinite(found) &&
                                   std::abs(found) <= static_cast<double>(std::numeric_limits<float>::max())
                               ? static_cast<double>(static_cast<float>(found))
                               : found;
    const bool too_large =
        !std::isfinite(rounded) ||
        (type == Builtin::float32 && std::abs(rounded) > static_cast<double>(std::numeric_limits<float>::max()));
    if (too_large) {
        context_.error(Rule::value_range, file, value.span,
                       "this number is too large for " + in_quotes(to_string(type)));
        return std::nullopt;
    }
    return model::Value(rounded);
}

void ValueResolver::resolve_enumerators(const FileContext& file, const ast::Enum& tree, model::Enum& target)
{
    if (tree.is_broken) {
        broken_enums_.insert(&target);
    }
    std::map<std::pair<bool, std::uint64_t>, std::string> values;
    NamesSeen names(context_, file);
    model::Integer next;
    bool is_known = true;  // false behind a value that was reported
    for (std::size_t index = 0; index < tree.enumerators.size(); ++index) {
        const ast::Enumerator& enumerator = tree.enumerators[index];
        names.add(enumerator.name);
        if (enumerator.value) {
            const std::optional<model::Value> value = resolve(file, *enumerator.value, {target.underlying, {}});
            is_known = value.has_value();
            next = value ? std::get<model::Integer>(*value) : model::Integer{};
        } else if (is_known && !fits(next, target.underlying)) {
            is_known = false;
            context_.error(
                Rule::enum_value, file, enumerator.name.span,
                "its value would be " + text_of(next) + ", which does not fit into " + range_text(target.underlying));
        }
        if (is_known) {
            const auto [other, is_new] = values.emplace(std::pair(next.negative, next.magnitude), enumerator.name.text);
            if (!is_new) {
                context_.error(Rule::enum_value, file, enumerator.name.span,
                               in_quotes(enumerator.name.text) + " has the value of " + in_quotes(other->second) +
                                   ", " + text_of(next));
            }
        }
        target.enumerators[index].value = next;
        next = next.negative ? model::Integer{next.magnitude > 1, next.magnitude - 1}
                             : model::Integer{false, next.magnitude + 1};
    }
}

}  // namespace remoting::idl
