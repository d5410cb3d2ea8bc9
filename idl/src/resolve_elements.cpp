// SPDX-License-Identifier: BSL-1.0
#include "resolve_values.hpp"

#include <utility>

// Values that are made of others: of lists, sets, arrays, maps, structs and variants.

namespace remoting::idl {

namespace {

// Equal for equal values of one type that can be a key.
struct KeyText {
    std::string operator()(bool value) const { return value ? "1" : "0"; }
    std::string operator()(const model::Integer& value) const { return text_of(value); }
    std::string operator()(const std::string& value) const { return value; }
    std::string operator()(const model::Character& value) const { return std::to_string(value.unit); }
    std::string operator()(const model::Ticks& value) const { return std::to_string(value.count); }
    std::string operator()(const model::Uuid& value) const { return {value.bytes.begin(), value.bytes.end()}; }
    std::string operator()(const model::EnumValue& value) const { return std::to_string(value.index); }
    template <class T>
    std::string operator()(const T&) const
    {
        return "";  // no type of keys
    }
};

std::string key_text(const model::Value& value)
{
    return std::visit(KeyText{}, static_cast<const model::Value::variant&>(value));
}

}  // namespace

bool ValueResolver::is_new_key(const FileContext& file, const ast::Value& tree, const model::Value& key,
                               std::set<std::string>& keys)
{
    const bool is_new = keys.insert(key_text(key)).second;
    if (!is_new) {
        context_.error(Rule::duplicate_name, file, tree.span,
                       "this is there already: sets and keys of maps hold it once");
    }
    return is_new;
}

std::optional<model::Value> ValueResolver::resolve_list(const FileContext& file, const ast::Value& value,
                                                        const model::Type& type)
{
    if (value.kind != ast::Value::Kind::list) {
        context_.error(Rule::value_type, file, value.span,
                       "a value of type " + in_quotes(to_string(type)) + " is written [a, b, c]");
        return std::nullopt;
    }
    const auto* array = std::get_if<model::Array>(&type.kind);
    if (array != nullptr && array->length != value.operands.size()) {
        context_.error(Rule::value_type, file, value.span,
                       "there are " + std::to_string(value.operands.size()) + " values for an array of " +
                           std::to_string(array->length));
        return std::nullopt;
    }
    model::Elements elements;
    std::set<std::string> keys;
    for (const ast::Value& operand : value.operands) {
        std::optional<model::Value> element = resolve_typed(file, operand, type.arguments[0]);
        if (!element || (type.is<model::Set>() && !is_new_key(file, operand, *element, keys))) {
            return std::nullopt;
        }
        elements.values.push_back(std::move(*element));
    }
    return model::Value(std::move(elements));
}

std::optional<model::Value> ValueResolver::resolve_map(const FileContext& file, const ast::Value& value,
                                                       const model::Type& type)
{
    if (value.kind != ast::Value::Kind::braces) {
        context_.error(Rule::value_type, file, value.span,
                       "a value of type " + in_quotes(to_string(type)) + " is written {key: value}");
        return std::nullopt;
    }
    model::Elements elements;
    std::set<std::string> keys;
    for (std::size_t index = 0; index < value.operands.size(); ++index) {
        std::optional<model::Value> element = resolve_typed(file, value.operands[index], type.arguments[index % 2]);
        if (!element || (index % 2 == 0 && !is_new_key(file, value.operands[index], *element, keys))) {
            return std::nullopt;
        }
        elements.values.push_back(std::move(*element));
    }
    return model::Value(std::move(elements));
}

std::optional<std::size_t> ValueResolver::field_index(const FileContext& file, const ast::Value& key,
                                                      const model::Struct& target)
{
    std::vector<std::string> names;
    if (key.kind == ast::Value::Kind::path && key.path.parts.size() == 1) {
        for (std::size_t index = 0; index < target.fields.size(); ++index) {
            const model::Field& field = target.fields[index];
            if (!field.is_reserved && field.name == key.path.parts[0].text) {
                return index;
            }
            names.push_back(field.name);
        }
    }
    const std::string hint = names.empty() ? "" : did_you_mean(key.path.parts[0].text, names);
    context_.error(Rule::unknown_name, file, key.span,
                   in_quotes(target.name.idl) + " has no " + (target.is_variant ? "alternative" : "field") +
                       (key.kind == ast::Value::Kind::path ? ' ' + in_quotes(key.path.text()) : " of that name") +
                       hint);
    return std::nullopt;
}

std::optional<model::Value> ValueResolver::resolve_struct(const FileContext& file, const ast::Value& value,
                                                          const model::Type& type)
{
    const model::Struct& target = *std::get<const model::Struct*>(type.kind);
    const bool is_one = value.operands.size() == 2;
    if (value.kind != ast::Value::Kind::braces || (target.is_variant && !is_one)) {
        context_.error(Rule::value_type, file, value.span,
                       target.is_variant ? "a variant's value is written {alternative: value}"
                                         : "a struct's value is written {field: value, ...}");
        return std::nullopt;
    }
    model::Elements elements;
    elements.values.resize(target.fields.size(), model::Value(model::Unset{}));
    for (std::size_t at = 0; at < value.operands.size(); at += 2) {
        const std::optional<std::size_t> index = field_index(file, value.operands[at], target);
        if (!index) {
            return std::nullopt;
        }
        model::Value& element = elements.values[*index];
        if (!std::holds_alternative<model::Unset>(element)) {
            context_.error(Rule::duplicate_name, file, value.operands[at].span,
                           in_quotes(target.fields[*index].name) + " is given twice");
            return std::nullopt;
        }
        std::optional<model::Value> resolved =
            resolve_typed(file, value.operands[at + 1], model::substituted(target.fields[*index].type, type.arguments));
        if (!resolved) {
            return std::nullopt;
        }
        if (target.is_variant) {
            return model::Value(model::Alternative{*index, {std::move(*resolved)}});
        }
        element = std::move(*resolved);
    }
    return model::Value(std::move(elements));
}

}  // namespace remoting::idl
