// SPDX-License-Identifier: BSL-1.0
#include "emit_variants.hpp"

#include "emit_types.hpp"

namespace remoting::idl {

namespace {

// What std::variant holds, one it does not know last.
std::vector<std::string> alternative_types(const CppScope& scope, const model::Struct& target)
{
    std::vector<std::string> types;
    for (const model::Field& field : target.fields) {
        types.push_back(field.is_reserved ? "remoting::ReservedAlternative" : scope.type(field.type));
    }
    types.emplace_back("remoting::UnknownAlternative");
    return types;
}

std::string joined(const std::vector<std::string>& parts)
{
    std::string text;
    for (const std::string& part : parts) {
        text += (text.empty() ? "" : ", ") + part;
    }
    return text;
}

std::string variant_text(const CppScope& scope, const model::Struct& target)
{
    return "std::variant<" + joined(alternative_types(scope, target)) + '>';
}

}  // namespace

void emit_variant_declaration(CodeWriter& writer, const EmitContext& context, const model::Struct& target)
{
    std::string names;
    for (std::size_t index = 0; index < target.fields.size(); ++index) {
        const model::Field& field = target.fields[index];
        if (!field.is_reserved) {
            names += indented(doc_comment(field.doc, writer.indentation() + 8));
            names += "    " + field.cpp_name + " = " + std::to_string(index) + ",\n";
        }
    }
    const std::string name = target.name.cpp;
    writer.blank_line();
    emit_deprecated(writer, target.attributes, "struct", name);
    writer.emit_comment(doc_comment(target.doc, writer.indentation()));
    writer.emit_class_head("struct " + name + " : " + variant_text(context.scope, target) + " {\n");
    writer.emit("using VariantType = variant;\nusing variant::variant;\nusing variant::operator=;");
    writer.emit_comment("/// What index() gives, and std::get and std::in_place_index take.\n");
    writer.emit("enum Alternative : std::size_t {\n$names$\n};", {{"names", names}});
    const std::string type = context.scope.name(target.name);
    writer.emit("friend bool operator==(const $name$& left, const $name$& right);", {{"name", type}});
    if (context.ordered.contains(&target)) {
        writer.emit(R"(
friend auto operator<=>(const $name$& left, const $name$& right)
{
    return static_cast<const VariantType&>(left) <=> static_cast<const VariantType&>(right);
}
)",
                    {{"name", type}});
    } else {
        // The one of std::variant would ask for itself where a variant holds itself.
        writer.emit("friend void operator<=>(const $name$& left, const $name$& right) = delete;", {{"name", type}});
    }
    writer.unindent();
    writer.emit("};");
    writer.emit("std::ostream& operator<<(std::ostream& stream, const $name$& value);", {{"name", type}});
}

void emit_variant_definition(CodeWriter& writer, const EmitContext& context, const model::Struct& target)
{
    const std::string name = context.source_scope.name(target.name);
    std::string cases;
    for (std::size_t index = 0; index < target.fields.size(); ++index) {
        const model::Field& field = target.fields[index];
        if (field.is_reserved) {
            continue;
        }
        cases += "case " + name + "::" + field.cpp_name + ":\n";
        cases += "    stream << \"" + target.name.idl + '{' + field.name + ": \";\n";
        cases += field.attributes.secret
                     ? "    stream << \"***\";\n"
                     : "    remoting::print(stream, *std::get_if<" + std::to_string(index) + ">(&value));\n";
        cases += "    return stream << \"}\";\n";
    }
    writer.blank_line();
    writer.emit(R"code(
bool operator==(const $name$& left, const $name$& right)
{
    return static_cast<const $name$::VariantType&>(left) == static_cast<const $name$::VariantType&>(right);
}

std::ostream& operator<<(std::ostream& stream, const $name$& value)
{
    switch (value.index()) {
        $cases$
    }
    return stream << "$idl_name${...}";
}
)code",
                {{"name", name}, {"idl_name", target.name.idl}, {"cases", cases}});
}

}  // namespace remoting::idl
