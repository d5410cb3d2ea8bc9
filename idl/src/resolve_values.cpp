// SPDX-License-Identifier: BSL-1.0
#include "resolve_values.hpp"

#include "constant_arithmetic.hpp"
#include "parse_types.hpp"
#include "value_texts.hpp"

#include <charconv>
#include <limits>
#include <utility>

namespace remoting::idl {

namespace {

using model::Builtin;

bool can_be_constant(const model::Type& type)
{
    if (const auto* builtin = std::get_if<Builtin>(&type.kind)) {
        return *builtin != Builtin::bytes && *builtin != Builtin::any;
    }
    return type.is<const model::Enum*>();
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

bool is_path(const ast::Value& value, std::string_view text)
{
    return value.kind == ast::Value::Kind::path && value.path.parts.size() == 1 && value.path.parts[0].text == text;
}

}  // namespace

void ValueResolver::declare(const FileContext& file, const ast::Constant& tree, model::Constant& constant,
                            const std::string& interface)
{
    constants_.emplace(&constant, Pending{&file, &tree, &constant, interface, State::unresolved});
}

const model::Value* ValueResolver::value_of(const model::Constant& constant)
{
    const auto found = constants_.find(&constant);
    if (found == constants_.end()) {
        return nullptr;  // its type is being resolved, which cannot be right
    }
    Pending& pending = found->second;
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
        if (!can_be_constant(type) && !type.is<model::Unresolved>()) {
            context_.error(Rule::no_default, *pending.file, pending.tree->type.span,
                           "a constant is a bool, a number, a string, a char, a time, a uuid or an enum value, not " +
                               in_quotes(to_string(type)));
        } else if (pending.tree->value) {
            pending.constant->value = resolve(*pending.file, *pending.tree->value, type, pending.interface);
        }
        --depth_;
        pending.state = State::resolved;
    }
    return constant.value ? &*constant.value : nullptr;
}

std::optional<model::Value> ValueResolver::resolve(const FileContext& file, const ast::Value& value,
                                                   const model::Type& type, const std::string& interface)
{
    const Scope outer = std::exchange(scope_, Scope{interface, nullptr});
    std::optional<model::Value> resolved = resolve_typed(file, value, type);
    scope_ = outer;
    return resolved;
}

std::optional<std::uint64_t> ValueResolver::length(const FileContext& file, const ast::Value& value)
{
    const Scope outer = std::exchange(scope_, Scope{});
    std::optional<model::Value> resolved = evaluate(file, value);
    scope_ = outer;
    if (resolved && std::holds_alternative<model::Integer>(*resolved) && std::get<model::Integer>(*resolved).negative) {
        return 0;  // no length either
    }
    resolved = resolved ? fit_value(context_, file, value, *resolved, {Builtin::uint64, {}}) : std::nullopt;
    return resolved ? std::optional(std::get<model::Integer>(*resolved).magnitude) : std::nullopt;
}

std::optional<model::Value> ValueResolver::resolve_typed(const FileContext& file, const ast::Value& value,
                                                         const model::Type& type)
{
    if (type.is<model::Unresolved>()) {
        return std::nullopt;
    }
    if (type.is<model::Optional>()) {
        return is_path(value, "null") ? std::optional(model::Value(model::Null{}))
                                      : resolve_typed(file, value, type.arguments[0]);
    }
    if (type.is<model::List>() || type.is<model::Set>() || type.is<model::Array>()) {
        return resolve_list(file, value, type);
    }
    if (type.is<model::Map>()) {
        return resolve_map(file, value, type);
    }
    if (type.is<const model::Struct*>()) {
        return resolve_struct(file, value, type);
    }
    if (type.is(Builtin::any) || !(type.is<Builtin>() || type.is<const model::Enum*>())) {
        const bool is_reference = type.is<const model::Interface*>();
        context_.error(Rule::no_default, file, value.span,
                       is_reference ? "a reference has no default; one that may be null, with '?', can be 'null'"
                                    : "a value of type " + in_quotes(to_string(type)) + " cannot be written in IDL");
        return std::nullopt;
    }
    const bool outer = std::exchange(makes_decimals_, type.is(Builtin::decimal));
    std::optional<model::Value> found = evaluate(file, value);
    makes_decimals_ = outer;
    return found ? fit_value(context_, file, value, std::move(*found), type) : std::nullopt;
}

std::optional<model::Value> ValueResolver::evaluate(const FileContext& file, const ast::Value& value)
{
    using Kind = ast::Value::Kind;
    switch (value.kind) {
        case Kind::integer:
            return model::Value(model::Integer{value.negative, value.magnitude});
        case Kind::floating:
            return evaluate_floating(file, value);
        case Kind::string:
            return model::Value(value.text);
        case Kind::character:
            return model::Value(model::Character{static_cast<char16_t>(value.magnitude)});
        case Kind::duration: {
            const auto ticks = static_cast<std::int64_t>(value.magnitude);
            return model::Value(model::Ticks{value.negative ? -ticks : ticks, false});
        }
        case Kind::path:
            return evaluate_path(file, value);
        case Kind::unary:
        case Kind::binary:
            return evaluate_operation(file, value);
        case Kind::list:
        case Kind::braces:
            break;
    }
    context_.error(Rule::value_type, file, value.span, "one value is expected here, not several");
    return std::nullopt;
}

// A number that is written for a decimal keeps its digits, which a double would not.
std::optional<model::Value> ValueResolver::evaluate_floating(const FileContext& file, const ast::Value& value)
{
    if (!makes_decimals_) {
        return model::Value(to_double(value));
    }
    const std::optional<model::Decimal> decimal = parse_decimal((value.negative ? "-" : "") + value.text);
    if (!decimal) {
        context_.error(Rule::value_range, file, value.span, std::string(decimal_text));
        return std::nullopt;
    }
    return model::Value(*decimal);
}

std::optional<model::Value> ValueResolver::evaluate_operation(const FileContext& file, const ast::Value& value)
{
    std::vector<model::Value> operands;
    for (const ast::Value& tree : value.operands) {
        // What is wrong with each of them is said.
        if (std::optional<model::Value> operand = evaluate(file, tree)) {
            operands.push_back(std::move(*operand));
        }
    }
    if (operands.size() != value.operands.size()) {
        return std::nullopt;
    }
    Outcome outcome = value.kind == ast::Value::Kind::unary ? apply_operator(value.operation, operands[0])
                                                            : apply_operator(value.operation, operands[0], operands[1]);
    if (auto* result = std::get_if<model::Value>(&outcome)) {
        return std::move(*result);
    }
    const Mistake& mistake = std::get<Mistake>(outcome);
    context_.error(mistake.kind == Mistake::Kind::type ? Rule::value_type : Rule::value_range, file, value.span,
                   mistake.message);
    return std::nullopt;
}

const Symbol* ValueResolver::find(const FileContext& file, const ast::Path& path) const
{
    std::vector<std::string> scope = file.module->name_space;
    if (!scope_.interface.empty()) {
        scope.push_back(scope_.interface);
    }
    const Symbol* symbol = context_.symbols.find(path, scope);
    if (symbol != nullptr) {
        file.used.insert(symbol->source);
        report_deprecated(context_, file, path, *symbol);
    }
    return symbol;
}

std::optional<model::Value> ValueResolver::evaluate_path(const FileContext& file, const ast::Value& value)
{
    const std::string text = value.path.text();
    if (text == "true" || text == "false") {
        return model::Value(text == "true");
    }
    if (text == "null") {
        return model::Value(model::Null{});
    }
    if (scope_.enumerators != nullptr) {
        if (const auto earlier = scope_.enumerators->find(text); earlier != scope_.enumerators->end()) {
            return model::Value(earlier->second);
        }
    }
    const Symbol* symbol = find(file, value.path);
    if (symbol == nullptr) {
        return enumerator_at(file, value);
    }
    const auto* constant = std::get_if<const model::Constant*>(&symbol->target);
    if (constant == nullptr) {
        context_.error(Rule::wrong_kind, file, value.span, in_quotes(text) + " is " + symbol->kind() + ", not a value");
        return std::nullopt;
    }
    const model::Value* found = value_of(**constant);
    return found == nullptr ? std::nullopt : std::optional(*found);
}

std::string ValueResolver::value_hint(const FileContext& file, const std::string& name) const
{
    std::vector<std::string> candidates = context_.symbols.candidates(file.module->name_space, Symbols::values);
    candidates.insert(candidates.end(), {"true", "false", "null"});
    const std::string hint = did_you_mean(name, candidates);
    return hint.empty() ? "; enum values are written 'Enum.Value', constants by their name" : hint;
}

std::optional<model::Value> ValueResolver::enumerator_at(const FileContext& file, const ast::Value& value)
{
    ast::Path enum_path = value.path;
    const ast::Name last = enum_path.parts.back();
    enum_path.parts.pop_back();
    const Symbol* symbol = enum_path.parts.empty() ? nullptr : find(file, enum_path);
    const auto* found = symbol == nullptr ? nullptr : std::get_if<const model::Enum*>(&symbol->target);
    if (found == nullptr) {
        if (!file.incomplete) {
            context_.error(Rule::unknown_name, file, value.span,
                           "unknown value " + in_quotes(value.path.text()) + value_hint(file, value.path.text()));
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

void ValueResolver::resolve_enumerators(const FileContext& file, const ast::Enum& tree, model::Enum& target)
{
    if (tree.is_broken) {
        broken_enums_.insert(&target);
    }
    std::map<std::pair<bool, std::uint64_t>, std::string> values;
    NamesSeen names(context_, file);
    model::Integer next;
    EnumNames earlier;
    scope_ = Scope{"", &earlier};
    bool is_known = true;  // false behind a value that was reported
    for (std::size_t index = 0; index < tree.enumerators.size(); ++index) {
        const ast::Enumerator& enumerator = tree.enumerators[index];
        names.add(enumerator.name);
        if (enumerator.value) {
            const std::optional<model::Value> value = resolve_typed(file, *enumerator.value, {target.underlying, {}});
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
        if (is_known) {
            earlier.emplace(enumerator.name.text, next);
        }
        next = next.negative ? model::Integer{next.magnitude > 1, next.magnitude - 1}
                             : model::Integer{false, next.magnitude + 1};
    }
    scope_ = {};
}

}  // namespace remoting::idl
