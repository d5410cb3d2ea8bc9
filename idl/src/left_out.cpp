// SPDX-License-Identifier: BSL-1.0
#include "left_out.hpp"

#include <algorithm>

namespace remoting::idl {

namespace {

// Generic structs of generic structs grow without limit; what is larger than anybody writes is not looked into.
constexpr std::size_t max_size = 64;
constexpr std::size_t max_uses = 1000;
constexpr std::size_t max_depth = 64;

std::size_t size_of(const model::Type& type)
{
    std::size_t size = 1;
    for (const model::Type& argument : type.arguments) {
        size += size_of(argument);
    }
    return size;
}

template <class F>
void for_each_type(const model::Interface& interface, F function)
{
    const auto add = [&](const model::Method& method) {
        if (method.result) {
            function(*method.result);
        }
        for (const model::Parameter& parameter : method.parameters) {
            function(parameter.type);
        }
    };
    std::for_each(interface.methods.begin(), interface.methods.end(), add);
    std::for_each(interface.events.begin(), interface.events.end(), add);
    add(interface.constructor);
}

}  // namespace

LeftOut::LeftOut(const model::Program& program)
{
    for (const auto& module : program.modules) {
        for (const auto& target : module->structs) {
            if (!target->parameters.empty()) {
                continue;
            }
            // Structs stand behind those they hold, so that chains of them need no recursion.
            is_refused({target.get(), {}}, nullptr);
            for (const model::Field& field : target->fields) {
                add_uses(field.type);
            }
        }
        for (const auto& exception : module->exceptions) {
            for (const model::Field& field : exception->fields) {
                add_uses(field.type);
            }
        }
        for (const auto& interface : module->interfaces) {
            for_each_type(*interface, [&](const model::Type& type) { add_uses(type); });
        }
    }
}

void LeftOut::add_uses(const model::Type& type)
{
    const auto* const* target = std::get_if<const model::Struct*>(&type.kind);
    if (target != nullptr && !type.arguments.empty() && size_of(type) <= max_size && seen_.size() < max_uses &&
        seen_.insert(to_string(type)).second) {
        uses_[*target].push_back(type.arguments);
        for (const model::Field& field : (*target)->fields) {
            add_uses(model::substituted(field.type, type.arguments));
        }
    }
    for (const model::Type& argument : type.arguments) {
        add_uses(argument);
    }
}

bool LeftOut::is_refused(const model::Type& type, const std::optional<model::Value>& value)
{
    return is_refused(type, value ? &*value : nullptr);
}

bool LeftOut::is_refused(const model::Struct& owner, const model::Field& field)
{
    if (owner.parameters.empty()) {
        return is_refused(field.type, field.value);
    }
    const std::vector<Arguments>& uses = uses_[&owner];
    return std::any_of(uses.begin(), uses.end(), [&](const Arguments& arguments) {
        return is_refused(model::substituted(field.type, arguments), field.value);
    });
}

bool LeftOut::is_field_refused(const model::Field& field, const model::Value* value, const Arguments& arguments)
{
    if (field.is_reserved && value == nullptr) {
        return false;
    }
    const bool is_given = value != nullptr && !std::holds_alternative<model::Unset>(*value);
    const model::Value* own = field.value ? &*field.value : nullptr;
    return is_refused(model::substituted(field.type, arguments), is_given ? value : own);
}

bool LeftOut::is_refused(const model::Type& type, const model::Value* value)
{
    if (size_of(type) > max_size) {
        return false;
    }
    if (value != nullptr || !type.is<const model::Struct*>()) {
        return any_refused(type, value);
    }
    const std::string text = to_string(type);
    const auto known = structs_.find(text);
    if (known != structs_.end()) {
        return known->second;
    }
    if (!type.arguments.empty() && (depth_ == max_depth || ++looked_into_ > max_uses)) {
        return false;
    }
    ++depth_;
    const bool refused = any_refused(type, value);
    --depth_;
    return structs_[text] = refused;
}

bool LeftOut::any_refused(const model::Type& type, const model::Value* value)
{
    if (type.is<const model::Interface*>()) {
        return true;
    }
    const auto* elements = value == nullptr ? nullptr : std::get_if<model::Elements>(value);
    if (const auto* const* target = std::get_if<const model::Struct*>(&type.kind)) {
        const std::vector<model::Field>& fields = (*target)->fields;
        if ((*target)->is_variant) {
            const auto* alternative = value == nullptr ? nullptr : std::get_if<model::Alternative>(value);
            const std::size_t index = alternative == nullptr ? 0 : alternative->index;
            const model::Value* inner = alternative == nullptr ? nullptr : &alternative->value.front();
            return index < fields.size() && is_field_refused(fields[index], inner, type.arguments);
        }
        for (std::size_t index = 0; index < fields.size(); ++index) {
            const model::Value* inner = elements == nullptr ? nullptr : &elements->values[index];
            if (is_field_refused(fields[index], inner, type.arguments)) {
                return true;
            }
        }
        return false;
    }
    if (elements != nullptr) {
        const std::size_t step = type.is<model::Map>() ? 2 : 1;  // keys are never references
        for (std::size_t index = step - 1; index < elements->values.size(); index += step) {
            if (is_refused(type.arguments.back(), &elements->values[index])) {
                return true;
            }
        }
        return false;
    }
    return type.is<model::Array>() && is_refused(type.arguments[0], nullptr);
}

}  // namespace remoting::idl
