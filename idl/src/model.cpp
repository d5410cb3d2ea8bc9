// SPDX-License-Identifier: BSL-1.0
#include "model.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace remoting::idl::model {

namespace {

struct TypeText {
    const Type& type;
    const std::vector<std::string>& parameters;

    std::string argument(std::size_t index) const { return to_string(type.arguments[index], parameters); }

    std::string operator()(Unresolved) const { return "?"; }
    std::string operator()(Builtin builtin) const { return std::string(to_string(builtin)); }
    std::string operator()(const Enum* target) const { return target->name.qualified(); }
    std::string operator()(const Struct* target) const
    {
        std::string text;
        for (std::size_t index = 0; index < type.arguments.size(); ++index) {
            text += (index == 0 ? "<" : ", ") + argument(index);
        }
        return target->name.qualified() + text + (text.empty() ? "" : ">");
    }
    std::string operator()(const Interface* target) const { return target->name.qualified(); }
    std::string operator()(const Native* target) const { return target->name.qualified(); }
    std::string operator()(Optional) const { return argument(0) + '?'; }
    std::string operator()(List) const { return "list<" + argument(0) + '>'; }
    std::string operator()(Set) const { return "set<" + argument(0) + '>'; }
    std::string operator()(Array array) const
    {
        return "array<" + argument(0) + ", " + std::to_string(array.length) + '>';
    }
    std::string operator()(Stream) const { return "stream<" + argument(0) + '>'; }
    std::string operator()(Map) const { return "map<" + argument(0) + ", " + argument(1) + '>'; }
    std::string operator()(TypeParameter parameter) const
    {
        return parameter.index < parameters.size() ? parameters[parameter.index] : "?";
    }
};

}  // namespace

std::string Name::qualified() const
{
    std::string text;
    for (const std::string& part : module->name_space) {
        text += part + '.';
    }
    return text + idl;
}

bool Exception::derives_from(const Exception& other) const noexcept
{
    return this == &other || (base != nullptr && base->derives_from(other));
}

std::vector<const Field*> Exception::all_fields() const
{
    std::vector<const Field*> all = base == nullptr ? std::vector<const Field*>() : base->all_fields();
    for (const Field& field : fields) {
        if (!field.is_reserved) {
            all.push_back(&field);
        }
    }
    return all;
}

namespace {

std::vector<const Method*> with_inherited(const Interface& interface, std::vector<Method> Interface::*own)
{
    std::vector<const Method*> all;
    for (const Interface* base : interface.all_bases) {
        for (const Method& method : base->*own) {
            all.push_back(&method);
        }
    }
    for (const Method& method : interface.*own) {
        all.push_back(&method);
    }
    return all;
}

}  // namespace

std::vector<const Method*> Interface::all_methods() const
{
    return with_inherited(*this, &Interface::methods);
}

std::vector<const Method*> Interface::all_events() const
{
    return with_inherited(*this, &Interface::events);
}

bool has_required_references(const Type& type) noexcept
{
    if (type.is<const Interface*>()) {
        return true;
    }
    // A struct looks after its own fields.
    if (type.arguments.empty() || type.is<const Struct*>()) {
        return false;
    }
    const Type& held = type.arguments.back();  // keys of maps are never references
    return !(type.is<Optional>() && held.is<const Interface*>()) && has_required_references(held);
}

namespace {

bool may_hold(const Type& type, std::set<const Struct*>& seen)
{
    if (type.is<const Interface*>() || type.is<const Native*>()) {
        return true;
    }
    if (const auto* const* target = std::get_if<const Struct*>(&type.kind); target != nullptr && seen.insert(*target).second) {
        for (const Field& field : (*target)->fields) {
            if (may_hold(field.type, seen)) {
                return true;
            }
        }
    }
    return std::any_of(type.arguments.begin(), type.arguments.end(),
                       [&](const Type& argument) { return may_hold(argument, seen); });
}

}  // namespace

bool may_hold_references(const Type& type)
{
    std::set<const Struct*> seen;
    return may_hold(type, seen);
}

bool asks(const Method& event) noexcept
{
    return event.result || std::any_of(event.parameters.begin(), event.parameters.end(), [](const Parameter& parameter) {
               return parameter.direction == Direction::in_out;
           });
}

Type substituted(const Type& type, const std::vector<Type>& arguments)
{
    if (const auto* parameter = std::get_if<TypeParameter>(&type.kind)) {
        return parameter->index < arguments.size() ? arguments[parameter->index] : type;
    }
    Type result{type.kind, {}};
    for (const Type& argument : type.arguments) {
        result.arguments.push_back(substituted(argument, arguments));
    }
    return result;
}

std::string to_string(const Type& type)
{
    return to_string(type, {});
}

std::string to_string(const Type& type, const std::vector<std::string>& parameters)
{
    return std::visit(TypeText{type, parameters}, type.kind);
}

std::string_view to_string(Builtin builtin) noexcept
{
    static constexpr std::array<std::string_view, builtin_count> names = {
        "bool",   "int8",   "int16", "int32",     "int64", "uint8",    "uint16", "uint32",  "uint64", "float",
        "double", "string", "bytes", "timestamp", "char",  "duration", "uuid",   "decimal", "any"};
    return names[static_cast<std::size_t>(builtin)];
}

}  // namespace remoting::idl::model
