// SPDX-License-Identifier: BSL-1.0
#include "check_interfaces.hpp"

#include <algorithm>
#include <set>
#include <variant>

namespace remoting::idl {

namespace {

// What tells overloads apart in C++, where a reference is the same type whether it may be null or not.
std::string cpp_signature(const model::Type& type)
{
    if (type.is<model::Optional>() && type.arguments[0].is<const model::Interface*>()) {
        return to_string(type.arguments[0]);
    }
    std::string text = type.arguments.empty() ? to_string(type) : std::to_string(type.kind.index());
    for (const model::Type& argument : type.arguments) {
        text += '<' + cpp_signature(argument);
    }
    return text;
}

bool has_reference(const model::Type& type, std::set<const model::Struct*>& seen)
{
    const auto is_carried = [&](const model::Type& part) { return has_reference(part, seen); };
    if (type.is<const model::Interface*>() || std::any_of(type.arguments.begin(), type.arguments.end(), is_carried)) {
        return true;
    }
    const auto* const* target = std::get_if<const model::Struct*>(&type.kind);
    return target != nullptr && seen.insert(*target).second &&
           std::any_of((*target)->fields.begin(), (*target)->fields.end(),
                       [&](const model::Field& field) { return !field.is_reserved && is_carried(field.type); });
}

}  // namespace

bool carries_references(const model::Type& type)
{
    std::set<const model::Struct*> seen;
    return has_reference(type, seen);
}

namespace {

bool takes_references(const model::Method& method)
{
    return std::any_of(method.parameters.begin(), method.parameters.end(),
                       [](const model::Parameter& parameter) { return carries_references(parameter.type); });
}

}  // namespace

std::vector<std::string> cpp_signatures(const model::Method& method)
{
    std::string text;
    std::vector<std::string> signatures;
    for (const model::Parameter& parameter : method.parameters) {
        if (parameter.value) {
            signatures.push_back(text);
        }
        text += cpp_signature(parameter.type) + ',';
    }
    signatures.insert(signatures.begin(), text);
    return signatures;
}

void check_mailslot(ResolveContext& context, const FileContext& file, const ast::Interface& tree,
                    const model::Interface& target)
{
    if (!target.attributes.mailslot) {
        return;
    }
    for (const model::Interface* base : target.all_bases) {
        const auto two_way = std::find_if(base->methods.begin(), base->methods.end(),
                                          [](const model::Method& method) { return !method.one_way; });
        if (two_way != base->methods.end() || !base->events.empty()) {
            context.error(Rule::misused_attribute, file, tree.name.span,
                          "a [mailslot] interface has [oneway] methods only, and inherits others from " +
                              in_quotes(base->name.qualified()));
            return;
        }
        if (std::any_of(base->methods.begin(), base->methods.end(), takes_references)) {
            context.error(Rule::mailslot, file, tree.name.span,
                          "no reference to an object goes through a mailslot, and " +
                              in_quotes(base->name.qualified()) + " takes one");
            return;
        }
    }
    for (const ast::Method& method : tree.methods) {
        const bool is_one_way =
            std::any_of(method.attributes.begin(), method.attributes.end(),
                        [](const ast::Attribute& attribute) { return attribute.name.text == "oneway"; });
        if (!is_one_way) {
            context.error(Rule::misused_attribute, file, method.name.span,
                          "a [mailslot] interface has [oneway] methods only");
        }
    }
}

}  // namespace remoting::idl
