// SPDX-License-Identifier: BSL-1.0
#include "described_json.hpp"

#include "json_texts.hpp"

#include <remoting/errors/exceptions.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace remoting {

namespace {

namespace json = boost::json;
using namespace remoting_;

constexpr std::size_t max_json_depth = 256;
constexpr std::size_t max_bases = 256;
constexpr std::size_t max_methods = 100'000;

[[noreturn]] void refuse(const std::string& what)
{
    throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                        "this is not what `remoting-idl describe --json` prints: " + what);
}

const json::value* find(const json::value& object, std::string_view name)
{
    return object.is_object() ? object.get_object().if_contains(name) : nullptr;
}

const json::array& array_of(const json::value& object, std::string_view name)
{
    static const json::array none;
    const json::value* const found = find(object, name);
    if (found != nullptr && !found->is_array()) {
        refuse("'" + std::string(name) + "' is no array");
    }
    return found != nullptr ? found->get_array() : none;
}

std::string text_of(const json::value& value)
{
    if (!value.is_string()) {
        refuse("a text is missing");
    }
    return std::string(value.get_string());
}

std::string text_of(const json::value& object, std::string_view name)
{
    const json::value* const found = find(object, name);
    if (found == nullptr) {
        refuse("'" + std::string(name) + "' is missing");
    }
    return text_of(*found);
}

bool flag_of(const json::value& object, std::string_view name)
{
    const json::value* const found = find(object, name);
    return found != nullptr && found->is_bool() && found->get_bool();
}

std::string type_of(const json::value& object)
{
    const json::value* const type = find(object, "type");
    return type != nullptr ? text_of(*type, "text") : std::string();
}

std::string default_of(const json::value& object)
{
    const json::value* const value = find(object, "default");
    return value != nullptr ? json::serialize(*value) : std::string();
}

std::vector<FieldDescription> fields_of(const json::value& object, std::string_view name)
{
    std::vector<FieldDescription> fields;
    for (const json::value& field : array_of(object, name)) {
        fields.push_back({text_of(field, "name"), type_of(field), default_of(field), flag_of(field, "reserved")});
    }
    return fields;
}

TypeDescription enum_of(const json::value& described)
{
    TypeDescription type;
    type.form = DescribedForm::enumeration;
    type.name = text_of(described, "name");
    type.underlying = text_of(described, "underlying");
    for (const json::value& value : array_of(described, "values")) {
        const json::value* const number = find(value, "value");
        const auto whole = number != nullptr ? integer_of(*number) : std::nullopt;
        if (!whole) {
            refuse("an enumerator has no number");
        }
        type.enumerators.push_back({text_of(value, "name"), whole->bits()});
    }
    return type;
}

TypeDescription struct_of(const json::value& described)
{
    TypeDescription type;
    const bool is_variant = text_of(described, "kind") == "variant";
    type.form = is_variant ? DescribedForm::variant : DescribedForm::structure;
    type.name = text_of(described, "name");
    for (const json::value& parameter : array_of(described, "parameters")) {
        type.parameters.push_back(text_of(parameter));
    }
    type.fields = fields_of(described, is_variant ? "alternatives" : "fields");
    return type;
}

DescribedDirection direction_of(const std::string& text)
{
    if (text == "in") {
        return DescribedDirection::in;
    }
    if (text != "out" && text != "inout") {
        refuse("'" + text + "' is no direction");
    }
    return text == "out" ? DescribedDirection::out : DescribedDirection::in_out;
}

MethodDescription method_of(const json::value& described)
{
    MethodDescription method;
    method.name = text_of(described, "wire_name");
    for (const json::value& parameter : array_of(described, "parameters")) {
        method.parameters.push_back({text_of(parameter, "name"), type_of(parameter),
                                     direction_of(text_of(parameter, "direction")), default_of(parameter)});
    }
    if (const json::value* const result = find(described, "result"); result != nullptr && !result->is_null()) {
        method.parameters.push_back({"", text_of(*result, "text"), DescribedDirection::result, ""});
    }
    for (const json::value& exception : array_of(described, "throws")) {
        method.throws.push_back(text_of(exception));
    }
    method.is_one_way = flag_of(described, "oneway");
    method.is_idempotent = flag_of(described, "idempotent");
    const json::value* const deadline = find(described, "deadline_ms");
    const auto milliseconds = deadline != nullptr ? integer_of(*deadline) : std::nullopt;
    method.deadline_ms =
        milliseconds && milliseconds->fits<std::uint32_t>() ? static_cast<std::uint32_t>(milliseconds->magnitude) : 0;
    return method;
}

/// Interfaces are described with their own methods; what is inherited is added here.
class Interfaces final {
public:
    void add(const json::value& described) { by_name_.emplace(text_of(described, "name"), &described); }

    InterfaceDescription flat(const json::value& described)
    {
        InterfaceDescription interface;
        interface.name = text_of(described, "name");
        std::set<std::string> bases;
        add_bases(described, bases, interface);
        add_members(described, interface);
        if (const json::value* const constructor = find(described, "constructor")) {
            MethodDescription method = method_of(*constructor);
            method.name = "constructor";
            method.parameters.push_back({"", interface.name, DescribedDirection::result, ""});
            interface.constructor.push_back(std::move(method));
        }
        return interface;
    }

private:
    void add_bases(const json::value& described, std::set<std::string>& seen, InterfaceDescription& interface)
    {
        for (const json::value& base : array_of(described, "bases")) {
            const std::string name = text_of(base);
            const auto found = by_name_.find(name);
            if (found == by_name_.end() || seen.size() == max_bases) {
                refuse("the base '" + name + "' is missing, or there are too many");
            }
            if (!seen.insert(name).second) {
                continue;
            }
            interface.bases.push_back(name);
            add_bases(*found->second, seen, interface);
            add_members(*found->second, interface);
        }
    }

    void add_members(const json::value& described, InterfaceDescription& interface)
    {
        methods_ += array_of(described, "methods").size() + array_of(described, "events").size();
        if (methods_ > max_methods) {
            refuse("it has too many methods, those that are inherited counted wherever they are");
        }
        for (const json::value& method : array_of(described, "methods")) {
            interface.methods.push_back(method_of(method));
        }
        for (const json::value& event : array_of(described, "events")) {
            MethodDescription subscribe;
            subscribe.name = text_of(event, "wire_name");
            subscribe.is_event = true;
            interface.methods.push_back(std::move(subscribe));
        }
        for (const json::value& property : array_of(described, "properties")) {
            if (flag_of(property, "observable")) {
                MethodDescription subscribe;
                subscribe.name = text_of(property, "name") + "_changed";
                subscribe.is_event = true;
                interface.methods.push_back(std::move(subscribe));
            }
        }
    }

    std::map<std::string, const json::value*> by_name_;
    std::size_t methods_ = 0;
};

void add_types(const json::value& module, ModelDescription& model)
{
    for (const json::value& target : array_of(module, "enums")) {
        model.types.push_back(enum_of(target));
    }
    for (const json::value& target : array_of(module, "natives")) {
        TypeDescription type;
        type.form = DescribedForm::native;
        type.name = text_of(target, "name");
        model.types.push_back(std::move(type));
    }
    for (const json::value& target : array_of(module, "structs")) {
        model.types.push_back(struct_of(target));
    }
    for (const json::value& target : array_of(module, "exceptions")) {
        ExceptionDescription exception;
        exception.name = text_of(target, "name");
        exception.base = find(target, "base") != nullptr ? text_of(target, "base") : "";
        exception.fields = fields_of(target, "fields");
        model.exceptions.push_back(std::move(exception));
    }
}

}  // namespace

ModelDescription read_described(std::string_view text)
{
    json::parse_options options;
    options.max_depth = max_json_depth;
    boost::system::error_code error;
    const json::value described = json::parse(text, error, {}, options);
    if (error) {
        refuse("it is no JSON");
    }
    const json::value* const format = find(described, "format");
    if (format == nullptr || *format != json::value(1)) {
        refuse("its format is not 1");
    }
    ModelDescription model;
    Interfaces interfaces;
    for (const json::value& module : array_of(described, "modules")) {
        add_types(module, model);
        for (const json::value& interface : array_of(module, "interfaces")) {
            interfaces.add(interface);
        }
    }
    for (const json::value& module : array_of(described, "modules")) {
        for (const json::value& interface : array_of(module, "interfaces")) {
            model.interfaces.push_back(interfaces.flat(interface));
        }
    }
    return model;
}

}  // namespace remoting
