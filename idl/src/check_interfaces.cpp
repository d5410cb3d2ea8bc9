// SPDX-License-Identifier: BSL-1.0
#include "check_interfaces.hpp"

#include <algorithm>

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
