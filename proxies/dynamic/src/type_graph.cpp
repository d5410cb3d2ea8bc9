// SPDX-License-Identifier: BSL-1.0
#include "type_graph.hpp"

#include "dynamic_call.hpp"
#include "map_keys.hpp"

#include <remoting/errors/exceptions.hpp>

#include <boost/json/parse.hpp>

#include <algorithm>
#include <utility>

namespace remoting {

namespace {

using namespace remoting_;

constexpr std::size_t max_members = 100'000;
constexpr std::size_t max_bases = 256;

[[noreturn]] void refuse(std::string_view where, std::string_view what)
{
    throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                        "this is no model: " + std::string(where.substr(0, 200)) + ": " + std::string(what));
}

std::size_t size_of(const ModelDescription& model)
{
    std::size_t size = model.types.size() + model.exceptions.size() + model.interfaces.size();
    for (const TypeDescription& type : model.types) {
        size += type.parameters.size() + type.fields.size() + type.enumerators.size();
    }
    for (const ExceptionDescription& exception : model.exceptions) {
        size += exception.fields.size();
    }
    for (const InterfaceDescription& interface : model.interfaces) {
        size += interface.bases.size();
        for (const auto* methods : {&interface.methods, &interface.constructor}) {
            for (const MethodDescription& method : *methods) {
                size += 1 + method.parameters.size() + method.throws.size();
            }
        }
    }
    return size;
}

const ModelDescription& checked(const ModelDescription& model)
{
    if (size_of(model) > max_members) {
        throw RemotingError(ErrorCode::limit_exceeded, Executed::no,
                            "the model has more than " + std::to_string(max_members) + " members");
    }
    return model;
}

bool is_integer(TypeKind kind)
{
    return kind >= TypeKind::int8 && kind <= TypeKind::uint64;
}

/// Whether it may be a key once the parameters of generic structs are known.
bool may_be_key(const Type& type)
{
    const bool is_parameter = type.kind == TypeKind::declared && type.declared == nullptr;
    return is_parameter ? !type.is_optional : is_key(type);
}

}  // namespace

const Type& argument_of(const Type& type, const TypeScope*& scope) noexcept
{
    const Type* argument = &type;
    while (argument->kind == TypeKind::declared && argument->declared == nullptr) {
        argument = &scope->type.arguments[argument->parameter];
        scope = scope->outer;
    }
    return *argument;
}

TypeGraph::TypeGraph(const ModelDescription& description) : description_(checked(description))
{
    declare();
    for (const TypeDescription& type : description_.types) {
        define(type);
    }
    for (const ExceptionDescription& exception : description_.exceptions) {
        define(exception);
    }
    auto interface = interfaces_.begin();
    for (const InterfaceDescription& described : description_.interfaces) {
        define(described, *interface++);
    }
}

void TypeGraph::declare()
{
    for (const TypeDescription& type : description_.types) {
        Declared declared{static_cast<TypeForm>(type.form), type.name, type.parameters, {}, TypeKind::int32, {}, {}};
        if (type.form > DescribedForm::interface_ || !types_.emplace(type.name, std::move(declared)).second) {
            refuse(type.name, "declared twice, or nothing that is known");
        }
    }
    for (const InterfaceDescription& described : description_.interfaces) {
        DynamicInterface& interface = interfaces_.emplace_back(dynamic_interface(described.name));
        if (described.name.empty() || !interfaces_by_name_.emplace(described.name, &interface).second) {
            refuse(described.name, "an interface without a name, or declared twice");
        }
        Declared declared{TypeForm::interface, described.name, {}, {}, TypeKind::int32, {}, {}};
        const auto [known, is_new] = types_.emplace(described.name, std::move(declared));
        if (known->second.form != TypeForm::interface) {
            refuse(described.name, "declared twice");
        }
        known->second.interface = &interface;
    }
    for (const ExceptionDescription& exception : description_.exceptions) {
        if (!exceptions_.try_emplace(exception.name).second) {
            refuse(exception.name, "declared twice");
        }
    }
}

Type TypeGraph::resolve(std::string_view text, std::span<const std::string> parameters) const
{
    return resolve(TypeText::parse(text), parameters);
}

Type TypeGraph::resolve(const TypeText& text, std::span<const std::string> parameters) const
{
    Type type{text.kind, text.is_optional, text.length, nullptr, 0, {}};
    for (const TypeText& argument : text.arguments) {
        type.arguments.push_back(resolve(argument, parameters));
    }
    if ((type.kind == TypeKind::map || type.kind == TypeKind::set) && !may_be_key(type.arguments[0])) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no, "a set or map of what cannot be a key");
    }
    if (type.kind != TypeKind::declared) {
        return type;
    }
    const auto parameter = std::ranges::find(parameters, text.name);
    if (parameter != parameters.end()) {
        type.parameter = static_cast<std::size_t>(parameter - parameters.begin());
        return type;
    }
    const auto found = types_.find(text.name);
    if (found == types_.end() || found->second.parameters.size() != type.arguments.size()) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                            "there is no type '" + std::string(text.name.substr(0, 200)) + "' of " +
                                std::to_string(type.arguments.size()) + " arguments");
    }
    type.declared = &found->second;
    return type;
}

Field TypeGraph::field(std::string_view name, std::string_view type, const std::string& value, bool is_reserved,
                       std::span<const std::string> parameters) const
{
    Field field{name, {}, {}, is_reserved};
    try {
        field.type = resolve(type, parameters);
    } catch (const RemotingError& error) {
        refuse(name, error.cause());
    }
    if (!value.empty()) {
        boost::system::error_code error;
        field.value = boost::json::parse(value, error);
        if (error) {
            refuse(name, "its default is no JSON");
        }
    }
    return field;
}

std::vector<Field> TypeGraph::fields(const std::vector<FieldDescription>& described,
                                     std::span<const std::string> parameters) const
{
    std::vector<Field> fields;
    for (const FieldDescription& one : described) {
        fields.push_back(field(one.name, one.type, one.value, one.is_reserved, parameters));
    }
    return fields;
}

void TypeGraph::define(const TypeDescription& described)
{
    Declared& declared = types_.find(described.name)->second;
    declared.fields = fields(described.fields, described.parameters);
    if (declared.form != TypeForm::enumeration) {
        return;
    }
    const Type underlying = resolve(described.underlying);
    if (!is_integer(underlying.kind) || underlying.is_optional) {
        refuse(described.name, "an enum of what is no integer");
    }
    declared.underlying = underlying.kind;
    for (const EnumeratorDescription& enumerator : described.enumerators) {
        declared.numbers.emplace(enumerator.name, enumerator.value);
        declared.names.emplace(enumerator.value, enumerator.name);
    }
}

void TypeGraph::define(const ExceptionDescription& described)
{
    DynamicExceptionType& exception = exceptions_.find(described.name)->second;
    exception.descriptor.name = described.name;
    exception.fields = fields(described.fields, {});
    if (described.base.empty()) {
        return;
    }
    const auto base = exceptions_.find(described.base);
    if (base == exceptions_.end()) {
        refuse(described.name, "its base is not there");
    }
    exception.descriptor.base = &base->second.descriptor;
    std::size_t depth = 0;
    for (const ExceptionDescriptor* level = exception.descriptor.base; level != nullptr; level = level->base) {
        if (level == &exception.descriptor || ++depth > max_bases) {
            refuse(described.name, "it is its own base, or has too many");
        }
    }
}

void TypeGraph::define(const InterfaceDescription& described, DynamicInterface& interface)
{
    interface.base_names.assign(described.bases.begin(), described.bases.end());
    for (const MethodDescription& method : described.methods) {
        add_method(method, interface.method_table, interface.method_values);
    }
    if (described.constructor.size() > 1) {
        refuse(described.name, "it has several constructors");
    }
    for (const MethodDescription& constructor : described.constructor) {
        add_method(constructor, interface.constructor_table, interface.constructor_values);
        interface.constructor = interface.constructor_table.data();
    }
    interface.bases = interface.base_names;
    interface.methods = interface.method_table;
}

void TypeGraph::add_method(const MethodDescription& described, std::vector<MethodDescriptor>& methods,
                           std::vector<std::vector<Field>>& values)
{
    MethodDescriptor method = dynamic_method(described.name);
    method.one_way = described.is_one_way;
    method.idempotent = described.is_idempotent;
    method.is_event = described.is_event;
    method.deadline_ms = described.deadline_ms;
    auto& parameters = parameter_tables_.emplace_back();
    auto& members = values.emplace_back();
    for (const ParameterDescription& parameter : described.parameters) {
        if (parameter.direction > DescribedDirection::result) {
            refuse(described.name, "a parameter of no known direction");
        }
        parameters.push_back(
            {parameter.name, parameter.type, static_cast<Direction>(parameter.direction), parameter.value});
        members.push_back(field(parameter.name, parameter.type, parameter.value, false, {}));
        method.takes_stream = method.takes_stream || members.back().type.kind == TypeKind::stream;
    }
    auto& throws = throws_tables_.emplace_back();
    for (const std::string& name : described.throws) {
        const auto exception = exceptions_.find(name);
        if (exception == exceptions_.end()) {
            refuse(described.name, "it throws what is not there");
        }
        throws.push_back(&exception->second.descriptor);
    }
    method.parameters = parameters;
    method.throws = throws;
    methods.push_back(method);
}

void TypeGraph::belong_to(const TypeModel& model) noexcept
{
    for (DynamicInterface& interface : interfaces_) {
        interface.model = &model;
    }
}

const DynamicInterface* TypeGraph::find_interface(std::string_view name) const noexcept
{
    const auto found = interfaces_by_name_.find(name);
    return found == interfaces_by_name_.end() ? nullptr : found->second;
}

const DynamicExceptionType* TypeGraph::find_exception(std::string_view name) const noexcept
{
    const auto found = exceptions_.find(name);
    return found == exceptions_.end() ? nullptr : &found->second;
}

}  // namespace remoting
