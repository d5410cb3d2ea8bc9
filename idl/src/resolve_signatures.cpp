// SPDX-License-Identifier: BSL-1.0
#include "resolve_signatures.hpp"

#include "cpp_names.hpp"
#include "resolve_values.hpp"

#include <algorithm>

namespace remoting::idl {

namespace {

constexpr std::size_t max_parameters = 255;
constexpr std::size_t max_throws = 255;

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

}  // namespace

model::Method SignatureResolver::make(const ast::Method& tree, const std::string& name,
                                      const AttributeValues& attributes)
{
    model::Method method;
    method.name = name;
    method.wire_name = name;
    method.cpp_name = cpp_member_name(name, owner_.name.cpp);
    method.deadline = attributes.deadline;
    method.attributes = attributes.common;
    method.doc = tree.doc;
    method.owner = &owner_;
    method.span = tree.name.span;
    resolve_parameters(tree, method);
    resolve_throws(tree, method);
    return method;
}

model::Type SignatureResolver::resolve_parameter_type(const ast::Method& tree, const ast::Parameter& parameter)
{
    const bool can_be_stream = tree.kind == ast::Method::Kind::method && parameter.direction == ast::Direction::in;
    return can_be_stream ? resolve_type_or_stream(context_, file_, parameter.type)
                         : resolve_type(context_, file_, parameter.type);
}

void SignatureResolver::resolve_parameters(const ast::Method& tree, model::Method& method)
{
    if (tree.parameters.size() > max_parameters) {
        error(Rule::too_large, tree.name.span, "a method has 255 parameters at most");
        return;
    }
    NamesSeen seen(context_, file_);
    std::set<std::string> others;
    const auto is_taken = [&](const std::string& name) {
        return declared_.contains(name) || others.contains(name) || constants_.contains(name);
    };
    for (const ast::Parameter& parameter : tree.parameters) {
        seen.add(parameter.name);
        std::string cpp_name = cpp_parameter_name(parameter.name.text, is_taken);
        others.insert(cpp_name);
        method.parameters.push_back({parameter.name.text,
                                     std::move(cpp_name),
                                     resolve_parameter_type(tree, parameter),
                                     direction_of(parameter.direction),
                                     resolve_attributes(context_, file_, parameter.attributes, Place::parameter).common,
                                     {}});
    }
    resolve_defaults(tree, method);
}

void SignatureResolver::resolve_defaults(const ast::Method& tree, model::Method& method)
{
    bool has_default = false;
    for (std::size_t index = 0; index < method.parameters.size(); ++index) {
        const ast::Parameter& parameter = tree.parameters[index];
        if (!parameter.value) {
            if (has_default) {
                error(Rule::default_argument, parameter.name.span,
                      "behind a parameter with a default value all others have one, too");
            }
            continue;
        }
        has_default = true;
        if (parameter.direction != ast::Direction::in || tree.kind == ast::Method::Kind::event ||
            method.parameters[index].type.is<model::Stream>()) {
            error(Rule::default_argument, parameter.value->span,
                  "only 'in' parameters of methods and constructors have default values, and streams have none");
            continue;
        }
        method.parameters[index].value =
            context_.values->resolve(file_, *parameter.value, method.parameters[index].type, owner_.name.idl);
    }
}

void SignatureResolver::resolve_throws(const ast::Method& tree, model::Method& method)
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

void SignatureResolver::check_one_way(const ast::Method& tree, const AttributeValues& attributes)
{
    if (!attributes.one_way) {
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
    if (attributes.idempotent) {
        error(Rule::one_way, *attributes.idempotent,
              "a one-way method is never sent again: nobody knows whether it arrived");
    }
}

void SignatureResolver::check_streams(const model::Method& method, const AttributeValues& attributes)
{
    const bool takes_stream =
        std::any_of(method.parameters.begin(), method.parameters.end(),
                    [](const model::Parameter& parameter) { return parameter.type.is<model::Stream>(); });
    if (takes_stream && method.one_way) {
        error(Rule::stream, method.span, "a one-way method takes no streams: nobody answers their flow control");
    } else if (takes_stream && method.idempotent) {
        error(Rule::stream, *attributes.idempotent,
              "a method that takes a stream is not idempotent: what was read of it cannot be sent again");
    }
}

}  // namespace remoting::idl
