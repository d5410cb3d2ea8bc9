// SPDX-License-Identifier: BSL-1.0
#include "cpp_names.hpp"
#include "resolve_interfaces.hpp"

#include <algorithm>

namespace remoting::idl {

namespace {

constexpr std::size_t max_parameters = 255;
constexpr std::size_t max_throws = 255;
constexpr std::size_t max_methods = 4096;
constexpr std::size_t max_inherited = 65536;

model::Direction direction_of(ast::Direction direction)
{
    switch (direction) {
        case ast::Direction::in:
            return model::Direction::in;
        case ast::Direction::out:
            return model::Direction::out;
        case ast::Direction::in_out:
            break;
    }
    return model::Direction::in_out;
}

class MemberResolver final {
public:
    MemberResolver(ResolveContext& context, const FileContext& file, const std::set<std::string>& declared,
                   model::Interface& target)
        : context_(context),
          file_(file),
          declared_(declared),
          target_(target)
    {
    }

    void resolve(const ast::Interface& tree);

private:
    void error(Rule rule, Span span, std::string message) { context_.error(rule, file_, span, std::move(message)); }
    void add_inherited(const ast::Interface& tree);
    void add_method(const ast::Method& tree);
    void add_property(const ast::Method& tree);
    void set_constructor(const ast::Method& tree);
    model::Method make_method(const ast::Method& tree, const std::string& name);
    void resolve_parameters(const ast::Method& tree, model::Method& method);
    void resolve_throws(const ast::Method& tree, model::Method& method);
    void check_one_way(const ast::Method& tree);
    void add(model::Method method, const ast::Method& tree);

    ResolveContext& context_;
    const FileContext& file_;
    const std::set<std::string>& declared_;
    model::Interface& target_;
    std::map<std::string, const model::Method*> inherited_;
    std::map<std::string, const ast::Method*> own_;
    bool has_constructor_ = false;
};

void MemberResolver::resolve(const ast::Interface& tree)
{
    add_inherited(tree);
    target_.constructor.name = "constructor";
    target_.constructor.owner = &target_;
    for (const ast::Method& method : tree.methods) {
        switch (method.kind) {
            case ast::Method::Kind::method:
                add_method(method);
                break;
            case ast::Method::Kind::property:
                add_property(method);
                break;
            case ast::Method::Kind::constructor:
                set_constructor(method);
                break;
        }
    }
    if (inherited_.size() + target_.methods.size() > max_methods) {
        error(Rule::too_large, tree.name.span, "an interface has 4096 methods at most, with those it inherits");
    }
}

void MemberResolver::add_inherited(const ast::Interface& tree)
{
    for (const model::Interface* base : target_.all_bases) {
        for (const model::Method& method : base->methods) {
            const auto [other, is_new] = inherited_.emplace(method.name, &method);
            if (!is_new && other->second->owner == base) {
                continue;  // reported where it is declared
            }
            if (!is_new) {
                error(Rule::ambiguous_member, tree.name.span,
                      in_quotes(method.name) + " is inherited from both " +
                          in_quotes(other->second->owner->name.qualified()) + " and " +
                          in_quotes(base->name.qualified()));
            } else if (method.cpp_name == target_.name.cpp) {
                error(Rule::member_named_like_type, tree.name.span,
                      "an interface cannot have the name of a method it inherits, from " +
                          in_quotes(base->name.qualified()));
            }
        }
    }
}

void MemberResolver::add(model::Method method, const ast::Method& tree)
{
    const auto inherited = inherited_.find(method.name);
    const auto [other, is_new] = own_.emplace(method.name, &tree);
    if (!is_new && tree.kind == ast::Method::Kind::method && other->second->kind == ast::Method::Kind::method) {
        error(Rule::not_supported, tree.name.span,
              "there is a method " + in_quotes(method.name) + " already; overloads are not supported yet");
    } else if (!is_new) {
        error(Rule::duplicate_name, tree.name.span,
              in_quotes(method.name) + " is there already, in " +
                  place(file_.source(), other->second->name.span, file_.source()));
    } else if (inherited != inherited_.end()) {
        error(Rule::duplicate_name, tree.name.span,
              in_quotes(method.name) + " is inherited from " + in_quotes(inherited->second->owner->name.qualified()) +
                  " already");
    }
    target_.methods.push_back(std::move(method));
}

void MemberResolver::add_method(const ast::Method& tree)
{
    model::Method method = make_method(tree, tree.name.text);
    if (tree.result) {
        method.result = resolve_type(context_, file_, *tree.result);
    }
    method.one_way = tree.one_way.has_value();
    check_one_way(tree);
    if (method.name == "constructor") {
        error(Rule::constructor, tree.name.span, "a method cannot be called 'constructor'");
    }
    add(std::move(method), tree);
}

void MemberResolver::check_one_way(const ast::Method& tree)
{
    if (!tree.one_way) {
        return;
    }
    const auto out = std::find_if(tree.parameters.begin(), tree.parameters.end(), [](const ast::Parameter& parameter) {
        return parameter.direction != ast::Direction::in;
    });
    if (tree.result) {
        error(Rule::one_way, tree.result->span, "a one-way method returns nothing: its result is 'void'");
    }
    if (out != tree.parameters.end()) {
        error(Rule::one_way, out->direction_span, "a one-way method has 'in' parameters only");
    }
    if (!tree.throws.empty()) {
        error(Rule::one_way, tree.throws.front().span, "a one-way method throws nothing: nobody waits for it");
    }
}

void MemberResolver::add_property(const ast::Method& tree)
{
    if (tree.one_way) {
        error(Rule::misused_attribute, *tree.one_way, "'oneway' is for methods only");
    }
    const model::Type type = resolve_type(context_, file_, *tree.result);
    model::Method getter = make_method(tree, "get_" + tree.name.text);
    getter.result = type;
    add(std::move(getter), tree);
    if (tree.has_setter) {
        model::Method setter = make_method(tree, "set_" + tree.name.text);
        setter.parameters.push_back(
            {"value", cpp_parameter_name("value", [&](const std::string& name) { return declared_.contains(name); }),
             type, model::Direction::in});
        add(std::move(setter), tree);
    }
}

void MemberResolver::set_constructor(const ast::Method& tree)
{
    if (has_constructor_) {
        error(Rule::constructor, tree.name.span, "an interface has one constructor at most");
        return;
    }
    has_constructor_ = true;
    if (tree.one_way) {
        error(Rule::misused_attribute, *tree.one_way, "'oneway' is for methods only");
    }
    target_.constructor = make_method(tree, "constructor");
    for (const ast::Parameter& parameter : tree.parameters) {
        if (parameter.direction != ast::Direction::in) {
            error(Rule::constructor, parameter.direction_span, "a constructor has 'in' parameters only");
        }
    }
}

model::Method MemberResolver::make_method(const ast::Method& tree, const std::string& name)
{
    model::Method method;
    method.name = name;
    method.cpp_name = cpp_member_name(name, target_.name.cpp);
    method.doc = tree.doc;
    method.owner = &target_;
    method.span = tree.name.span;
    resolve_parameters(tree, method);
    resolve_throws(tree, method);
    return method;
}

void MemberResolver::resolve_parameters(const ast::Method& tree, model::Method& method)
{
    if (tree.parameters.size() > max_parameters) {
        error(Rule::too_large, tree.name.span, "a method has 255 parameters at most");
        return;
    }
    NamesSeen seen(context_, file_);
    std::set<std::string> others;
    const auto is_taken = [&](const std::string& name) { return declared_.contains(name) || others.contains(name); };
    for (const ast::Parameter& parameter : tree.parameters) {
        seen.add(parameter.name);
        std::string cpp_name = cpp_parameter_name(parameter.name.text, is_taken);
        others.insert(cpp_name);
        method.parameters.push_back({parameter.name.text, std::move(cpp_name),
                                     resolve_type(context_, file_, parameter.type), direction_of(parameter.direction)});
    }
}

void MemberResolver::resolve_throws(const ast::Method& tree, model::Method& method)
{
    if (tree.throws.size() > max_throws) {
        error(Rule::too_large, tree.name.span, "a method names 255 exceptions at most");
        return;
    }
    for (const ast::Path& path : tree.throws) {
        const auto* exception = find_as<model::Exception>(context_, file_, path, "an exception");
        if (exception == nullptr) {
            continue;
        }
        if (std::find(method.throws.begin(), method.throws.end(), exception) != method.throws.end()) {
            error(Rule::throws, path.span, in_quotes(path.text()) + " is named twice");
            continue;
        }
        method.throws.push_back(exception);
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
