// SPDX-License-Identifier: BSL-1.0
#include "describe.hpp"

#include "json_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace remoting::idl {

namespace {

std::string integer_digits(const model::Integer& value)
{
    return (value.negative ? "-" : "") + std::to_string(value.magnitude);
}

std::string floating_digits(double value)
{
    std::array<char, 64> buffer{};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return std::string(buffer.data(), error == std::errc() ? end : buffer.data());
}

std::string uuid_text(const model::Uuid& uuid)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (std::size_t index = 0; index < uuid.bytes.size(); ++index) {
        text += index == 4 || index == 6 || index == 8 || index == 10 ? "-" : "";
        text += digits[uuid.bytes[index] / 16];
        text += digits[uuid.bytes[index] % 16];
    }
    return text;
}

std::string base64(const std::string& bytes)
{
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t begin = 0; begin < bytes.size(); begin += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - begin);
        std::uint32_t bits = 0;
        for (std::size_t index = 0; index < 3; ++index) {
            bits = bits << 8 | (index < count ? static_cast<unsigned char>(bytes[begin + index]) : 0U);
        }
        for (std::size_t index = 0; index < 4; ++index) {
            text += index <= count ? digits[bits >> (18 - 6 * index) & 63] : '=';
        }
    }
    return text;
}

const char* direction_text(model::Direction direction)
{
    static constexpr const char* names[] = {"in", "out", "inout", "result"};
    return names[static_cast<std::size_t>(direction)];
}

class Describer final {
public:
    std::string run(const model::Program& program)
    {
        json_.begin_object();
        json_.name("format");
        json_.number("1");
        json_.name("modules");
        json_.begin_array();
        for (const auto& module : program.modules) {
            describe(*module);
        }
        json_.end_array();
        json_.end_object();
        return json_.finish();
    }

    std::string run(const model::Value& value, const model::Type& type)
    {
        json_ = JsonWriter(JsonWriter::Layout::line);
        describe_value(value, type);
        return json_.finish();
    }

private:
    template <class T, class F>
    void list(std::string_view name, const T& elements, F&& describe_one)
    {
        json_.name(name);
        json_.begin_array();
        for (const auto& element : elements) {
            describe_one(element);
        }
        json_.end_array();
    }

    void begin(std::string_view name, const model::Doc& doc, const model::Attributes& attributes);
    void describe(const model::Module& module);
    void describe(const model::Enum& target);
    void describe(const model::Constant& constant, const std::string& name);
    void describe(const model::Struct& target);
    void describe(const model::Exception& exception);
    void describe(const model::Interface& interface);
    void describe(const model::Method& method);
    void describe(const model::Parameter& parameter);
    void describe_fields(std::string_view name, const std::vector<model::Field>& fields);
    void describe_type(const model::Type& type);
    void describe_value(const model::Value& value, const model::Type& type);
    void describe_elements(const model::Elements& elements, const model::Type& type);

    JsonWriter json_;
    const std::vector<std::string>* parameters_ = nullptr;  // of the generic struct that is described
};

void Describer::begin(std::string_view name, const model::Doc& doc, const model::Attributes& attributes)
{
    json_.begin_object();
    json_.member("name", name);
    if (!doc.empty()) {
        list("doc", doc, [&](const std::string& line) { json_.string(line); });
    }
    if (attributes.deprecated) {
        json_.member("deprecated", *attributes.deprecated);
    }
    if (attributes.dotnet) {
        json_.member("dotnet", *attributes.dotnet);
    }
    for (const auto& [key, value] :
         {std::pair("secret", attributes.secret), std::pair("observable", attributes.observable),
          std::pair("mailslot", attributes.mailslot)}) {
        if (value) {
            json_.flag(key, true);
        }
    }
}

void Describer::describe(const model::Module& module)
{
    json_.begin_object();
    json_.member("file", module.file_name);
    list("namespace", module.name_space, [&](const std::string& part) { json_.string(part); });
    list("imports", module.imports, [&](const model::Import& import) { json_.string(import.path); });
    list("constants", module.constants, [&](const auto& constant) { describe(*constant, constant->name.qualified()); });
    list("enums", module.enums, [&](const auto& target) { describe(*target); });
    list("natives", module.natives, [&](const auto& native) {
        begin(native->name.qualified(), native->doc, native->attributes);
        json_.member("cpp_type", native->cpp_type);
        json_.member("cpp_header", native->header);
        json_.end_object();
    });
    list("structs", module.structs, [&](const auto& target) { describe(*target); });
    list("exceptions", module.exceptions, [&](const auto& exception) { describe(*exception); });
    list("interfaces", module.interfaces, [&](const auto& interface) { describe(*interface); });
    json_.end_object();
}

void Describer::describe(const model::Enum& target)
{
    begin(target.name.qualified(), target.doc, target.attributes);
    json_.member("underlying", to_string(target.underlying));
    list("values", target.enumerators, [&](const model::Enumerator& enumerator) {
        begin(enumerator.name, enumerator.doc, enumerator.attributes);
        json_.name("value");
        json_.number(integer_digits(enumerator.value));
        json_.end_object();
    });
    json_.end_object();
}

void Describer::describe(const model::Constant& constant, const std::string& name)
{
    begin(name, constant.doc, constant.attributes);
    json_.name("type");
    describe_type(constant.type);
    json_.name("value");
    describe_value(*constant.value, constant.type);
    json_.end_object();
}

void Describer::describe(const model::Struct& target)
{
    parameters_ = &target.parameters;
    begin(target.name.qualified(), target.doc, target.attributes);
    json_.member("kind", target.is_variant ? "variant" : "struct");
    list("parameters", target.parameters, [&](const std::string& parameter) { json_.string(parameter); });
    describe_fields(target.is_variant ? "alternatives" : "fields", target.fields);
    json_.end_object();
    parameters_ = nullptr;
}

void Describer::describe_fields(std::string_view name, const std::vector<model::Field>& fields)
{
    list(name, fields, [&](const model::Field& field) {
        begin(field.name, field.doc, field.attributes);
        json_.name("type");
        describe_type(field.type);
        if (field.is_reserved) {
            json_.flag("reserved", true);
        }
        if (field.value) {
            json_.name("default");
            describe_value(*field.value, field.type);
        }
        json_.end_object();
    });
}

void Describer::describe(const model::Exception& exception)
{
    begin(exception.name.qualified(), exception.doc, exception.attributes);
    if (exception.base != nullptr) {
        json_.member("base", exception.base->name.qualified());
    }
    describe_fields("fields", exception.fields);
    json_.end_object();
}

void Describer::describe(const model::Interface& interface)
{
    begin(interface.name.qualified(), interface.doc, interface.attributes);
    list("bases", interface.bases, [&](const model::Interface* base) { json_.string(base->name.qualified()); });
    list("constants", interface.constants, [&](const auto& constant) { describe(*constant, constant->name.idl); });
    json_.name("constructor");
    describe(interface.constructor);
    list("methods", interface.methods, [&](const model::Method& method) { describe(method); });
    list("properties", interface.properties, [&](const model::Property& property) {
        begin(property.name, property.doc, property.attributes);
        json_.name("type");
        describe_type(property.type);
        json_.flag("writable", property.has_setter);
        json_.end_object();
    });
    std::vector<const model::Method*> events;
    for (const model::Method& event : interface.events) {
        if (event.reads.empty()) {  // those of properties are properties
            events.push_back(&event);
        }
    }
    list("events", events, [&](const model::Method* event) { describe(*event); });
    json_.end_object();
}

void Describer::describe(const model::Method& method)
{
    begin(method.name, method.doc, method.attributes);
    json_.member("wire_name", method.wire_name);
    list("parameters", method.parameters, [&](const model::Parameter& parameter) { describe(parameter); });
    json_.name("result");
    if (method.result) {
        describe_type(*method.result);
    } else {
        json_.null();
    }
    list("throws", method.throws,
         [&](const model::Exception* exception) { json_.string(exception->name.qualified()); });
    json_.flag("oneway", method.one_way);
    json_.flag("idempotent", method.idempotent);
    if (method.deadline) {
        json_.name("deadline_ms");
        json_.number(std::to_string(method.deadline->count()));
    }
    json_.end_object();
}

void Describer::describe(const model::Parameter& parameter)
{
    begin(parameter.name, {}, parameter.attributes);
    json_.member("direction", direction_text(parameter.direction));
    json_.name("type");
    describe_type(parameter.type);
    if (parameter.value) {
        json_.name("default");
        describe_value(*parameter.value, parameter.type);
    }
    json_.end_object();
}

// Its text, and what it is made of for those who do not want to read the text.
void Describer::describe_type(const model::Type& type)
{
    struct Kind {
        std::string operator()(model::Unresolved) const { return "?"; }
        std::string operator()(model::Builtin) const { return "builtin"; }
        std::string operator()(const model::Enum*) const { return "enum"; }
        std::string operator()(const model::Struct* target) const { return target->is_variant ? "variant" : "struct"; }
        std::string operator()(const model::Interface*) const { return "interface"; }
        std::string operator()(const model::Native*) const { return "native"; }
        std::string operator()(model::Optional) const { return "optional"; }
        std::string operator()(model::List) const { return "list"; }
        std::string operator()(model::Set) const { return "set"; }
        std::string operator()(model::Array) const { return "array"; }
        std::string operator()(model::Map) const { return "map"; }
        std::string operator()(model::Stream) const { return "stream"; }
        std::string operator()(model::TypeParameter) const { return "parameter"; }
    };
    static const std::vector<std::string> none;
    model::Type alone = type;
    alone.arguments.clear();
    json_.begin_object();
    json_.member("text", to_string(type, parameters_ == nullptr ? none : *parameters_));
    json_.member("kind", std::visit(Kind{}, type.kind));
    if (type.is<const model::Struct*>()) {
        json_.member("name", to_string(alone));
    }
    if (const auto* array = std::get_if<model::Array>(&type.kind)) {
        json_.name("length");
        json_.number(std::to_string(array->length));
    }
    if (!type.arguments.empty()) {
        list("arguments", type.arguments, [&](const model::Type& argument) { describe_type(argument); });
    }
    json_.end_object();
}

// Numbers and texts as themselves; bytes in base64, times as counts, decimals by their parts, enum values by name,
// alternatives and structs as objects, maps as lists of pairs.
void Describer::describe_value(const model::Value& value, const model::Type& type)
{
    struct Visitor {
        Describer& describer;
        const model::Type& type;

        void operator()(bool boolean) const { describer.json_.boolean(boolean); }
        void operator()(const model::Integer& integer) const { describer.json_.number(integer_digits(integer)); }
        void operator()(double number) const { describer.json_.number(floating_digits(number)); }
        void operator()(const std::string& text) const
        {
            describer.json_.string(type.is(model::Builtin::bytes) ? base64(text) : text);
        }
        void operator()(const model::EnumValue& enumerator) const
        {
            describer.json_.string(enumerator.type->enumerators[enumerator.index].name);
        }
        void operator()(const model::Character& character) const
        {
            describer.json_.number(std::to_string(static_cast<unsigned>(character.unit)));
        }
        void operator()(const model::Ticks& ticks) const { describer.json_.number(std::to_string(ticks.count)); }
        void operator()(const model::Uuid& uuid) const { describer.json_.string(uuid_text(uuid)); }
        void operator()(const model::Decimal& decimal) const
        {
            describer.json_.begin_object();
            for (const auto& [name, digits] :
                 {std::pair("low", std::to_string(decimal.low)), std::pair("high", std::to_string(decimal.high)),
                  std::pair("scale", std::to_string(decimal.scale))}) {
                describer.json_.name(name);
                describer.json_.number(digits);
            }
            describer.json_.flag("negative", decimal.negative);
            describer.json_.end_object();
        }
        void operator()(const model::Null&) const { describer.json_.null(); }
        void operator()(const model::Unset&) const { describer.json_.null(); }
        void operator()(const model::Elements& elements) const { describer.describe_elements(elements, type); }
        void operator()(const model::Alternative& alternative) const
        {
            const model::Field& field = std::get<const model::Struct*>(type.kind)->fields[alternative.index];
            describer.json_.begin_object();
            describer.json_.name(field.name);
            describer.describe_value(alternative.value[0], field.type);
            describer.json_.end_object();
        }
    };
    const model::Type& plain = type.is<model::Optional>() ? type.arguments[0] : type;
    std::visit(Visitor{*this, plain}, static_cast<const model::Value::variant&>(value));
}

void Describer::describe_elements(const model::Elements& elements, const model::Type& type)
{
    if (const auto* const* target = std::get_if<const model::Struct*>(&type.kind)) {
        json_.begin_object();
        for (std::size_t index = 0; index < elements.values.size(); ++index) {
            const model::Field& field = (*target)->fields[index];
            if (!std::holds_alternative<model::Unset>(elements.values[index])) {
                json_.name(field.name);
                describe_value(elements.values[index], model::substituted(field.type, type.arguments));
            }
        }
        json_.end_object();
        return;
    }
    const bool is_map = type.is<model::Map>();
    json_.begin_array();
    for (std::size_t index = 0; index < elements.values.size(); ++index) {
        if (is_map && index % 2 == 0) {
            json_.begin_array();
        }
        describe_value(elements.values[index], type.arguments[is_map ? index % 2 : 0]);
        if (is_map && index % 2 == 1) {
            json_.end_array();
        }
    }
    json_.end_array();
}

}  // namespace

std::string describe(const model::Program& program)
{
    return Describer().run(program);
}

std::string describe_value(const model::Value& value, const model::Type& type)
{
    return Describer().run(value, type);
}

}  // namespace remoting::idl
