// SPDX-License-Identifier: BSL-1.0
#include "emit_serialization.hpp"

#include "emit_types.hpp"

namespace remoting::idl {

namespace {

// What is reserved travels as what it would be if nobody knew it.
std::string reserved_field(const CppScope& scope, const model::Field& field)
{
    const std::string local = field.name + '_';
    return fenced_if_long(scope.type(field.type) + ' ' + local + "{};\n", 4) +
           "archive& boost::serialization::make_nvp(\"" + field.name + "\", " + local + ");\n";
}

std::string body_of(const CppScope& scope, const model::Struct& target, const std::string& type)
{
    if (target.is_variant) {
        return "archive& boost::serialization::make_nvp(\"value\", static_cast<" + type + "::VariantType&>(value));\n";
    }
    std::string body;
    for (const model::Field& field : target.fields) {
        if (field.is_reserved) {
            body += reserved_field(scope, field);
            continue;
        }
        const std::string value = "value." + field.cpp_name;
        body += "archive& " +
                (model::has_required_references(field.type)
                     ? archived(value, field.name, field.type)
                     : "boost::serialization::make_nvp(\"" + field.name + "\", " + value + ")") +
                ";\n";
    }
    return body;
}

std::string template_parameters(const model::Struct& target)
{
    std::string text = "template <class Archive";
    for (const std::string& parameter : target.cpp_parameters) {
        text += ", class " + parameter;
    }
    return text + '>';
}

}  // namespace

void emit_serialize(CodeWriter& writer, const EmitContext& context, const model::Struct& target)
{
    const CppScope scope = context.source_scope.with_parameters(target);
    const std::string type = scope.name(target.name) + template_arguments(target);
    const std::string body = body_of(scope, target, type);
    const bool uses_value = target.is_variant || !pointers(target.fields).empty();
    writer.blank_line();
    writer.emit("$template$", {{"template", template_parameters(target)}});
    writer.emit("void serialize(Archive& $archive$, $name$& $value$, const unsigned int /*version*/)$body$",
                {{"archive", body.empty() ? "/*archive*/" : "archive"},
                 {"value", uses_value ? "value" : "/*value*/"},
                 {"name", type},
                 {"body", body.empty() ? "\n{\n}" : "\n{\n" + indented(body) + "}"}});
}

}  // namespace remoting::idl
