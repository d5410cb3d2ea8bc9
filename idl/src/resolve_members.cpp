// SPDX-License-Identifier: BSL-1.0
#include "check_interfaces.hpp"
#include "cpp_names.hpp"
#include "resolve_attributes.hpp"
#include "resolve_interfaces.hpp"
#include "resolve_signatures.hpp"
#include "resolve_values.hpp"

#include <algorithm>

namespace remoting::idl {

namespace {

constexpr std::size_t max_methods = 4096;
constexpr std::size_t max_inherited = 65536;

class MemberResolver final {
public:
    MemberResolver(ResolveContext& context, const FileContext& file, const std::set<std::string>& declared,
                   model::Interface& target)
        : context_(context),
          file_(file),
          declared_(declared),
          target_(target),
          signatures_(context, file, declared, constants_, target)
    {
    }

    void resolve(const ast::Interface& tree);

private:
    struct Own {
        const ast::Method* tree;
        std::vector<std::string> signatures;
    };

    void error(Rule rule, Span span, std::string message) { context_.error(rule, file_, span, std::move(message)); }
    void add_inherited(const ast::Interface& tree);
    void add_inherited(const ast::Interface& tree, const model::Method& method);
    void add_method(const ast::Method& tree);
    void add_property(const ast::Method& tree);
    void add_event(const ast::Method& tree);
    void add_event(const ast::Method& tree, model::Method event);
    void add_change(const ast::Method& tree, const model::Type& type, const model::Attributes& attributes);
    void set_constructor(const ast::Method& tree);
    void check_constants(const ast::Interface& tree);
    bool check_name(const model::Method& method, const ast::Method& tree);
    bool check_overloads(const model::Method& method, const ast::Method& tree);
    void check_references(const model::Method& method, const ast::Method& tree);
    void check_wire_name(const model::Method& method, Span span);

    ResolveContext& context_;
    const FileContext& file_;
    const std::set<std::string>& declared_;
    model::Interface& target_;
    std::map<std::string, const model::Method*> inherited_;
    std::map<std::string, std::vector<Own>> own_;
    std::map<std::string, Span> wire_names_;
    std::map<std::string, const model::Method*> inherited_on_wire_;
    std::set<std::string> constants_;  // by their C++ names, inherited ones too
    SignatureResolver signatures_;
    bool has_constructor_ = false;
};

void MemberResolver::resolve(const ast::Interface& tree)
{
    add_inherited(tree);
    const auto add_constants = [&](const model::Interface& interface) {
        for (const auto& constant : interface.constants) {
            constants_.insert(constant->name.cpp);
        }
    };
    std::for_each(target_.all_bases.begin(), target_.all_bases.end(),
                  [&](const model::Interface* base) { add_constants(*base); });
    add_constants(target_);
    target_.constructor.name = "constructor";
    target_.constructor.wire_name = "constructor";
    target_.constructor.owner = &target_;
    for (const ast::Method& method : tree.methods) {
        switch (method.kind) {
            case ast::Method::Kind::method:
                add_method(method);
                break;
            case ast::Method::Kind::property:
                add_property(method);
                break;
            case ast::Method::Kind::event:
                add_event(method);
                break;
            case ast::Method::Kind::constructor:
                set_constructor(method);
                break;
        }
    }
    if (inherited_.size() + target_.methods.size() + target_.events.size() > max_methods) {
        error(Rule::too_large, tree.name.span, "an interface has 4096 methods at most, with those it inherits");
    }
    check_constants(tree);
    check_mailslot(context_, file_, tree, target_);
}

void MemberResolver::add_inherited(const ast::Interface& tree)
{
    for (const model::Interface* base : target_.all_bases) {
        for (const model::Method& method : base->methods) {
            add_inherited(tree, method);
        }
        for (const model::Method& event : base->events) {
            add_inherited(tree, event);
        }
    }
}

void MemberResolver::add_inherited(const ast::Interface& tree, const model::Method& method)
{
    const model::Interface* base = method.owner;
    const auto [other, is_new] = inherited_.emplace(method.name, &method);
    const auto [on_wire, is_new_on_wire] = inherited_on_wire_.emplace(method.wire_name, &method);
    if (!is_new && other->second->owner == base) {
        return;  // an overload, or reported where it is declared
    }
    if (!is_new) {
        error(Rule::ambiguous_member, tree.name.span,
              in_quotes(method.name) + " is inherited from both " + in_quotes(other->second->owner->name.qualified()) +
                  " and " + in_quotes(base->name.qualified()));
    } else if (!is_new_on_wire && on_wire->second->owner != base) {
        error(Rule::ambiguous_member, tree.name.span,
              "two inherited methods are called " + in_quotes(method.wire_name) + " on the wire; one is of " +
                  in_quotes(base->name.qualified()));
    } else if (method.cpp_name == target_.name.cpp) {
        error(Rule::member_named_like_type, tree.name.span,
              "an interface cannot have the name of a method it inherits, from " + in_quotes(base->name.qualified()));
    }
}

// Whether anything else of the interface may be called as `method` is.
bool MemberResolver::check_name(const model::Method& method, const ast::Method& tree)
{
    if (const auto other = own_.find(method.name); other != own_.end()) {
        return check_overloads(method, tree);
    }
    if (const auto inherited = inherited_.find(method.name); inherited != inherited_.end()) {
        error(Rule::duplicate_name, tree.name.span,
              in_quotes(method.name) + " is inherited from " + in_quotes(inherited->second->owner->name.qualified()) +
                  " already");
        return false;
    }
    return true;
}

bool MemberResolver::check_overloads(const model::Method& method, const ast::Method& tree)
{
    const std::vector<std::string> signatures = cpp_signatures(method);
    for (const Own& other : own_[method.name]) {
        const std::string where = place(file_.source(), other.tree->name.span, file_.source());
        if (tree.kind != ast::Method::Kind::method || other.tree->kind != ast::Method::Kind::method) {
            error(Rule::duplicate_name, tree.name.span, in_quotes(method.name) + " is there already, in " + where);
            return false;
        }
        if (other.signatures.front() == signatures.front()) {
            error(Rule::overload, tree.name.span,
                  in_quotes(method.name) + " is there already, in " + where + ", with parameters of the same types");
            return false;
        }
        if (std::find_first_of(signatures.begin(), signatures.end(), other.signatures.begin(),
                               other.signatures.end()) != signatures.end()) {
            error(Rule::overload, tree.name.span,
                  "a call of " + in_quotes(method.name) + " without its default values could mean the one in " + where +
                      ", too");
            return false;
        }
        if (wire_names_.contains(method.wire_name) && method.wire_name == method.name) {
            error(Rule::overload, tree.name.span,
                  in_quotes(method.name) + " is there already, in " + where +
                      "; an overload needs a name of its own on the wire: [wire(\"" + method.name + "2\")]");
            return false;
        }
    }
    return true;
}

void MemberResolver::check_wire_name(const model::Method& method, Span span)
{
    const auto [other, is_new] = wire_names_.emplace(method.wire_name, span);
    if (!is_new) {
        error(Rule::overload, span,
              in_quotes(method.wire_name) + " is a name on the wire already, in " +
                  place(file_.source(), other->second, file_.source()));
    } else if (inherited_on_wire_.contains(method.wire_name)) {
        error(Rule::overload, span, in_quotes(method.wire_name) + " is the name of an inherited method on the wire");
    }
}

void MemberResolver::check_references(const model::Method& method, const ast::Method& tree)
{
    for (std::size_t i = 0; target_.attributes.mailslot && i < method.parameters.size(); ++i) {
        if (carries_references(method.parameters[i].type)) {
            error(Rule::mailslot, tree.parameters[i].name.span,
                  "no reference to an object goes through a mailslot, which has no way back");
        }
    }
}

void MemberResolver::add_method(const ast::Method& tree)
{
    const AttributeValues attributes = resolve_attributes(context_, file_, tree.attributes, Place::method);
    model::Method method = signatures_.make(tree, tree.name.text, attributes);
    if (tree.result) {
        method.result = resolve_type_or_stream(context_, file_, *tree.result);
    }
    method.one_way = attributes.one_way.has_value();
    method.idempotent = attributes.idempotent.has_value();
    method.wire_name = attributes.wire_name.value_or(method.name);
    signatures_.check_one_way(tree, attributes);
    signatures_.check_streams(method, attributes);
    check_references(method, tree);
    if (method.name == "constructor") {
        error(Rule::constructor, tree.name.span, "a method cannot be called 'constructor'");
    } else if (method.wire_name == "constructor") {
        error(Rule::constructor, *attributes.wire_span, "a method cannot be called 'constructor' on the wire");
    }
    if (check_name(method, tree)) {
        check_wire_name(method, attributes.wire_span.value_or(tree.name.span));
    }
    own_[method.name].push_back({&tree, cpp_signatures(method)});
    target_.methods.push_back(std::move(method));
}

void MemberResolver::add_property(const ast::Method& tree)
{
    const AttributeValues attributes = resolve_attributes(context_, file_, tree.attributes, Place::property);
    const model::Type type = resolve_type(context_, file_, *tree.result);
    model::Method getter = signatures_.make(tree, "get_" + tree.name.text, attributes);
    getter.result = type;
    getter.idempotent = attributes.idempotent.has_value();
    std::vector<model::Method> accessors = {std::move(getter)};
    if (tree.has_setter) {
        model::Method setter = signatures_.make(tree, "set_" + tree.name.text, attributes);
        setter.idempotent = attributes.idempotent.has_value();
        setter.parameters.push_back(
            {"value",
             cpp_parameter_name("value", [&](const std::string& name) { return declared_.contains(name); }),
             type,
             model::Direction::in,
             {},
             {}});
        accessors.push_back(std::move(setter));
    }
    if (attributes.common.observable && tree.has_setter) {
        accessors.back().announces = tree.name.text + "_changed";
    }
    for (model::Method& accessor : accessors) {
        if (check_name(accessor, tree)) {
            check_wire_name(accessor, tree.name.span);
        }
        own_[accessor.name].push_back({&tree, {}});
        target_.methods.push_back(std::move(accessor));
    }
    target_.properties.push_back({tree.name.text, type, tree.has_setter, attributes.common, tree.doc});
    if (attributes.common.observable) {
        add_change(tree, type, attributes.common);
    }
}

// What an observable property announces.
void MemberResolver::add_change(const ast::Method& tree, const model::Type& type, const model::Attributes& attributes)
{
    model::Method event;
    event.name = tree.name.text + "_changed";
    event.wire_name = event.name;
    event.cpp_name = event.name;
    event.attributes.deprecated = attributes.deprecated;
    event.doc = {tree.name.text + " has changed."};
    event.owner = &target_;
    event.span = tree.name.span;
    event.reads = "get_" + tree.name.text;
    event.parameters.push_back(
        {"value",
         cpp_parameter_name("value", [&](const std::string& name) { return declared_.contains(name); }),
         type,
         model::Direction::in,
         {},
         {}});
    add_event(tree, std::move(event));
}

void MemberResolver::add_event(const ast::Method& tree)
{
    const AttributeValues attributes = resolve_attributes(context_, file_, tree.attributes, Place::event);
    model::Method event = signatures_.make(tree, tree.name.text, attributes);
    if (tree.result) {
        event.result = resolve_type(context_, file_, *tree.result);
    }
    if (!tree.throws.empty()) {
        error(Rule::event, tree.throws.front().span, "an event throws nothing: a subscriber that fails has no say");
    }
    if (event.result && !event.result->is<model::Unresolved>() && !event.result->is(model::Builtin::boolean)) {
        error(
            Rule::event, tree.result->span,
            "an event returns 'void', or 'bool' for whether all subscribers agree; other values come back by 'inout'");
    }
    for (const ast::Parameter& parameter : tree.parameters) {
        if (parameter.direction == ast::Direction::out) {
            error(Rule::event, parameter.direction_span,
                  "an event has no 'out' parameters: each subscriber would overwrite the last one's; take 'inout'");
        }
    }
    add_event(tree, std::move(event));
}

void MemberResolver::add_event(const ast::Method& tree, model::Method event)
{
    if (check_name(event, tree)) {
        check_wire_name(event, tree.name.span);
    }
    for (const char* prefix : {"on_", "raise_"}) {  // what there is in C++
        model::Method member = event;
        member.name = prefix + event.name;
        check_name(member, tree);
        own_[member.name].push_back({&tree, {}});
    }
    own_[event.name].push_back({&tree, {}});
    target_.events.push_back(std::move(event));
}

void MemberResolver::set_constructor(const ast::Method& tree)
{
    if (has_constructor_) {
        error(Rule::constructor, tree.name.span, "an interface has one constructor at most");
        return;
    }
    has_constructor_ = true;
    target_.constructor =
        signatures_.make(tree, "constructor", resolve_attributes(context_, file_, tree.attributes, Place::constructor));
    for (const ast::Parameter& parameter : tree.parameters) {
        if (parameter.direction != ast::Direction::in) {
            error(Rule::constructor, parameter.direction_span, "a constructor has 'in' parameters only");
        }
    }
}

void MemberResolver::check_constants(const ast::Interface& tree)
{
    for (const ast::Constant& constant : tree.constants) {
        const bool is_inherited = inherited_.contains(constant.name.text);
        if (const auto own = own_.find(constant.name.text); own != own_.end()) {
            error(Rule::duplicate_name, constant.name.span,
                  in_quotes(constant.name.text) + " is a method, too, in " +
                      place(file_.source(), own->second.front().tree->name.span, file_.source()));
        } else if (is_inherited) {
            error(Rule::duplicate_name, constant.name.span,
                  in_quotes(constant.name.text) + " is inherited from " +
                      in_quotes(inherited_.at(constant.name.text)->owner->name.qualified()) + " already");
        }
    }
}

// What an unqualified name may find where parameters are: they stay clear of it.
void add_declared(const model::Module& module, std::set<const model::Module*>& seen, std::set<std::string>& names)
{
    if (!seen.insert(&module).second) {
        return;
    }
    const auto add = [&](const auto& declarations) {
        for (const auto& declaration : declarations) {
            names.insert(declaration->name.cpp);
        }
    };
    add(module.enums);
    add(module.constants);
    add(module.structs);
    add(module.natives);
    add(module.exceptions);
    add(module.interfaces);
    for (const model::Import& import : module.imports) {
        add_declared(*import.module, seen, names);
    }
}

}  // namespace

void resolve_members(ResolveContext& context, FileContext& file)
{
    // Members of remoting::Proxy, and a local variable of generated code.
    std::set<std::string> declared = {"target_", "interface_", "result_"};
    std::set<const model::Module*> seen;
    add_declared(*file.module, seen, declared);
    std::size_t inherited = 0;
    for (const auto& [tree, target] : file.interfaces) {
        for (const model::Interface* base : target->all_bases) {
            inherited += base->methods.size();
        }
        if (inherited > max_inherited) {
            context.error(Rule::too_large, file, tree->name.span,
                          "the interfaces of a file inherit 65536 methods at most, all together");
            return;
        }
        MemberResolver(context, file, declared, *target).resolve(*tree);
    }
}

}  // namespace remoting::idl
