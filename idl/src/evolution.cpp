// SPDX-License-Identifier: BSL-1.0
#include "evolution.hpp"

#include "evolution_parts.hpp"
#include "evolution_types.hpp"

#include <algorithm>
#include <map>

namespace remoting::idl {

namespace {

// Calls `compare_both` with what both versions declare under one name.
template <class Get, class F>
void pair_up(Comparison& comparison, const model::Program& older, const model::Program& newer, Get get, F compare_both,
             const std::string& what)
{
    using Target = std::remove_cvref_t<decltype(*get(*older.modules.back()).front())>;
    std::map<std::string, const Target*> left;
    for (const auto& module : older.modules) {
        for (const auto& target : get(*module)) {
            left.emplace(target->name.qualified(), target.get());
        }
    }
    for (const auto& module : newer.modules) {
        for (const auto& target : get(*module)) {
            const auto found = left.find(target->name.qualified());
            if (found == left.end()) {
                comparison.add(Verdict::safe, target->name.qualified(), what + " is new");
                continue;
            }
            compare_both(comparison, *found->second, *target);
            left.erase(found);
        }
    }
    // An interface and an exception are known to peers by their names, the others by what they are.
    const bool is_on_wire = std::is_same_v<Target, model::Interface> || std::is_same_v<Target, model::Exception>;
    for (const auto& [name, target] : left) {
        comparison.add(is_on_wire ? Verdict::breaks_wire : Verdict::breaks_source, name,
                       what + " is gone" + (is_on_wire ? "; older peers still ask for it by its name" : ""));
    }
}

void compare_enums(Comparison& comparison, const model::Enum& older, const model::Enum& newer)
{
    const std::string where = newer.name.qualified();
    if (older.underlying != newer.underlying) {
        comparison.add(Verdict::breaks_wire, where,
                       "its values were " + quoted(std::string(to_string(older.underlying))) + " and are " +
                           quoted(std::string(to_string(newer.underlying))) + "; they take other bytes");
    }
    const auto same = [](const model::Integer& left, const model::Integer& right) {
        return left.negative == right.negative && left.magnitude == right.magnitude;
    };
    for (const model::Enumerator& enumerator : older.enumerators) {
        const auto by_name = std::find_if(newer.enumerators.begin(), newer.enumerators.end(),
                                          [&](const auto& other) { return other.name == enumerator.name; });
        if (by_name != newer.enumerators.end()) {
            if (!same(by_name->value, enumerator.value)) {
                comparison.add(Verdict::breaks_wire, where + '.' + enumerator.name,
                               "it has another number; older peers mean the old one");
            }
            continue;
        }
        comparison.add(Verdict::breaks_source, where + '.' + enumerator.name,
                       "the value is gone; peers that still send it are understood by its number");
    }
    for (const model::Enumerator& enumerator : newer.enumerators) {
        const bool is_new = std::none_of(older.enumerators.begin(), older.enumerators.end(),
                                         [&](const auto& other) { return other.name == enumerator.name; });
        if (is_new) {
            comparison.add(Verdict::safe, where + '.' + enumerator.name,
                           "the value is new; older peers keep its number without a name");
        }
    }
}

void compare_constants(Comparison& comparison, const model::Constant& older, const model::Constant& newer)
{
    if (compare_types(older.type, newer.type) != Likeness::same) {
        const TypeTexts texts = type_texts({older.type, {}}, {newer.type, {}});
        comparison.add(Verdict::breaks_source, newer.name.qualified(),
                       "the type was " + texts.older + " and is " + texts.newer);
    }
}

void compare_structs(Comparison& comparison, const model::Struct& older, const model::Struct& newer)
{
    const std::string where = newer.name.qualified();
    if (older.is_variant != newer.is_variant) {
        comparison.add(Verdict::breaks_wire, where, "a struct and a variant have nothing in common on the wire");
        return;
    }
    if (older.parameters.size() != newer.parameters.size()) {
        comparison.add(Verdict::breaks_source, where,
                       "it has another number of type parameters; what it holds is compared where it is used");
        return;
    }
    compare_fields(comparison, older, newer);
}

void compare_exceptions(Comparison& comparison, const model::Exception& older, const model::Exception& newer)
{
    const std::string where = newer.name.qualified();
    const std::string left = older.base == nullptr ? "" : older.base->name.qualified();
    const std::string right = newer.base == nullptr ? "" : newer.base->name.qualified();
    if (left != right) {
        comparison.add(Verdict::breaks_wire, where,
                       "its base is another one; exceptions travel with the chain of their bases");
    }
    compare_fields(comparison, older, newer);
}

void compare_natives(Comparison& comparison, const model::Native& older, const model::Native& newer)
{
    if (older.cpp_type != newer.cpp_type) {
        comparison.add(Verdict::breaks_source, newer.name.qualified(),
                       "its C++ type was " + quoted(older.cpp_type) + " and is " + quoted(newer.cpp_type) +
                           "; whether the bytes are the same lies in their 'serialize'");
    }
}

}  // namespace

std::string_view to_string(Verdict verdict) noexcept
{
    static constexpr std::string_view names[] = {"safe", "breaks source", "breaks wire"};
    return names[static_cast<std::size_t>(verdict)];
}

std::vector<Change> compare(const model::Program& older, const model::Program& newer)
{
    Comparison comparison{LeftOut(older), LeftOut(newer)};
    const auto pairs = [&](auto declarations, auto compare_both, const char* what) {
        const auto get = [&](const model::Module& module) -> const auto&
        {
            return module.*declarations;
        };
        pair_up(comparison, older, newer, get, compare_both, what);
    };
    pairs(&model::Module::enums, compare_enums, "the enum");
    pairs(&model::Module::constants, compare_constants, "the constant");
    pairs(&model::Module::natives, compare_natives, "the native type");
    pairs(&model::Module::structs, compare_structs, "the type");
    pairs(&model::Module::exceptions, compare_exceptions, "the exception");
    pairs(&model::Module::interfaces, compare_interfaces, "the interface");
    return std::move(comparison.changes);
}

}  // namespace remoting::idl
