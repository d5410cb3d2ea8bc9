// SPDX-License-Identifier: BSL-1.0
#include "evolution_types.hpp"

#include <algorithm>
#include <utility>

namespace remoting::idl {

namespace {

std::string_view code(model::Builtin builtin) noexcept
{
    switch (builtin) {
        case model::Builtin::character:
            return to_string(model::Builtin::uint16);
        case model::Builtin::timestamp:
        case model::Builtin::duration:
            return to_string(model::Builtin::int64);
        default:
            return to_string(builtin);
    }
}

// What a type is on the wire, structs by what they hold. A struct inside itself is told by how far out it is.
class Shape final {
public:
    std::string of(const model::Type& type) { return std::visit(Visitor{*this, type}, type.kind); }

private:
    struct Level {
        const model::Struct* target;
        std::vector<std::string> arguments;
    };

    struct Visitor {
        Shape& shape;
        const model::Type& type;

        std::string argument(std::size_t index) const { return shape.of(type.arguments[index]); }

        std::string operator()(model::Unresolved) const { return "?"; }
        std::string operator()(model::Builtin builtin) const { return std::string(code(builtin)); }
        std::string operator()(const model::Enum* target) const { return std::string(code(target->underlying)); }
        std::string operator()(const model::Interface* target) const { return '&' + target->name.qualified(); }
        std::string operator()(const model::Native* target) const { return "native " + target->name.qualified(); }
        std::string operator()(model::Optional) const { return argument(0) + '?'; }
        std::string operator()(model::List) const
        {
            const std::string element = argument(0);
            return element == "uint8" ? "bytes" : "list<" + element + '>';
        }
        std::string operator()(model::Set) const { return "set<" + argument(0) + '>'; }
        std::string operator()(model::Array array) const
        {
            return "array<" + argument(0) + ", " + std::to_string(array.length) + '>';
        }
        std::string operator()(model::Map) const { return "map<" + argument(0) + ", " + argument(1) + '>'; }
        std::string operator()(model::Stream) const { return "stream<" + argument(0) + '>'; }
        std::string operator()(model::TypeParameter parameter) const
        {
            return shape.levels_.empty() ? "T" + std::to_string(parameter.index)
                                         : shape.levels_.back().arguments[parameter.index];
        }
        std::string operator()(const model::Struct* target) const { return shape.of_struct(*target, type); }
    };

    std::string of_struct(const model::Struct& target, const model::Type& type)
    {
        Level level{&target, {}};
        for (const model::Type& argument : type.arguments) {
            level.arguments.push_back(of(argument));
        }
        for (std::size_t index = 0; index < levels_.size(); ++index) {
            if (levels_[index].target == &target && levels_[index].arguments == level.arguments) {
                return '^' + std::to_string(levels_.size() - index);
            }
        }
        levels_.push_back(std::move(level));
        std::string text = target.is_variant ? "variant{" : "struct{";
        for (const model::Field& field : target.fields) {
            text += of(field.type) + ';';
        }
        levels_.pop_back();
        return text + '}';
    }

    std::vector<Level> levels_;
};

struct NameOf {
    const model::Name* operator()(const model::Enum* target) const { return &target->name; }
    const model::Name* operator()(const model::Struct* target) const { return &target->name; }
    const model::Name* operator()(const model::Interface* target) const { return &target->name; }
    const model::Name* operator()(const model::Native* target) const { return &target->name; }
    template <class T>
    const model::Name* operator()(const T&) const
    {
        return nullptr;
    }
};

const model::Name* name_of(const model::Type& type)
{
    return std::visit(NameOf{}, type.kind);
}

bool is_same_kind(const model::Type& older, const model::Type& newer)
{
    if (older.kind.index() != newer.kind.index() || older.arguments.size() != newer.arguments.size()) {
        return false;
    }
    const model::Name* name = name_of(older);
    if (name != nullptr) {
        return name->qualified() == name_of(newer)->qualified();
    }
    if (const auto* array = std::get_if<model::Array>(&older.kind)) {
        return array->length == std::get<model::Array>(newer.kind).length;
    }
    if (const auto* parameter = std::get_if<model::TypeParameter>(&older.kind)) {
        return parameter->index == std::get<model::TypeParameter>(newer.kind).index;
    }
    return !older.is<model::Builtin>() || std::get<model::Builtin>(older.kind) == std::get<model::Builtin>(newer.kind);
}

}  // namespace

Likeness compare_types(const model::Type& older, const model::Type& newer)
{
    if (!is_same_kind(older, newer)) {
        return Shape().of(older) == Shape().of(newer) ? Likeness::same_values : Likeness::different;
    }
    // What a struct of the same name holds is compared where it is declared.
    Likeness worst = Likeness::same;
    for (std::size_t index = 0; index < older.arguments.size(); ++index) {
        worst = std::max(worst, compare_types(older.arguments[index], newer.arguments[index]));
    }
    return worst;
}

namespace {

// What tells types apart that are spelled alike.
struct Note {
    std::string operator()(const model::Struct* target) const { return target->is_variant ? "a variant" : "a struct"; }
    std::string operator()(const model::Enum*) const { return "an enum"; }
    std::string operator()(const model::Interface*) const { return "an interface"; }
    std::string operator()(const model::Native*) const { return "a native type"; }
    std::string operator()(model::TypeParameter parameter) const
    {
        return "type parameter number " + std::to_string(parameter.index + 1);
    }
    template <class T>
    std::string operator()(const T&) const
    {
        return "built in";
    }
};

// The parts of two types that differ first.
std::pair<const model::Type*, const model::Type*> difference(const model::Type& older, const model::Type& newer)
{
    if (is_same_kind(older, newer)) {
        for (std::size_t index = 0; index < older.arguments.size(); ++index) {
            if (compare_types(older.arguments[index], newer.arguments[index]) != Likeness::same) {
                return difference(older.arguments[index], newer.arguments[index]);
            }
        }
    }
    return {&older, &newer};
}

}  // namespace

TypeTexts type_texts(const SpelledType& older, const SpelledType& newer)
{
    const auto quoted = [](const SpelledType& spelled) {
        return '\'' + to_string(spelled.type, spelled.parameters) + '\'';
    };
    TypeTexts texts{quoted(older), quoted(newer)};
    if (texts.older == texts.newer) {
        const auto [left, right] = difference(older.type, newer.type);
        texts.older += " (" + std::visit(Note{}, left->kind) + ')';
        texts.newer += " (" + std::visit(Note{}, right->kind) + ')';
    }
    return texts;
}

}  // namespace remoting::idl
