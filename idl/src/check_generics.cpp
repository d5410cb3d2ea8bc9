// SPDX-License-Identifier: BSL-1.0
#include "check_generics.hpp"

#include <algorithm>

namespace remoting::idl {

namespace {

constexpr std::size_t max_generics = 1000;

struct Use {
    const model::Struct* target;
    bool expands;  // an argument is more than a parameter of the one who uses it
};
using Uses = std::map<const model::Struct*, std::vector<Use>>;

bool has_parameter(const model::Type& type)
{
    return type.is<model::TypeParameter>() || std::any_of(type.arguments.begin(), type.arguments.end(), has_parameter);
}

void collect(const model::Type& type, std::vector<Use>& uses)
{
    const auto* const* target = std::get_if<const model::Struct*>(&type.kind);
    if (target != nullptr && has_parameter(type)) {
        const bool expands = std::any_of(type.arguments.begin(), type.arguments.end(), [](const model::Type& argument) {
            return has_parameter(argument) && !argument.is<model::TypeParameter>();
        });
        uses.push_back({*target, expands});
    }
    for (const model::Type& argument : type.arguments) {
        collect(argument, uses);
    }
}

bool reaches(const Uses& uses, const model::Struct* from, const model::Struct* wanted)
{
    std::set<const model::Struct*> seen;
    std::vector<const model::Struct*> open = {from};
    while (!open.empty()) {
        const model::Struct* next = open.back();
        open.pop_back();
        if (next == wanted) {
            return true;
        }
        const auto found = uses.find(next);
        if (found == uses.end() || !seen.insert(next).second) {
            continue;
        }
        for (const Use& use : found->second) {
            open.push_back(use.target);
        }
    }
    return false;
}

}  // namespace

void check_generics(ResolveContext& context, const FileContext& file)
{
    Uses uses;
    for (const auto& [tree, target] : file.structs) {
        if (target->parameters.empty()) {
            continue;
        }
        if (uses.size() == max_generics) {
            context.error(Rule::too_large, file, tree->name.span, "a file has 1000 generic structs at most");
            return;
        }
        for (const model::Field& field : target->fields) {
            collect(field.type, uses[target]);
        }
    }
    for (const auto& [user, used] : uses) {
        for (const Use& use : used) {
            if (use.expands && reaches(uses, use.target, user)) {
                context.error(Rule::infinite_generic, file, user->name.span,
                              in_quotes(user->name.idl) + " needs itself for ever larger types");
                break;
            }
        }
    }
}

}  // namespace remoting::idl
