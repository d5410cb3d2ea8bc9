// SPDX-License-Identifier: BSL-1.0
#include "emit_types.hpp"

#include <algorithm>
#include <iterator>

namespace remoting::idl {

namespace {

// "= value", or "{}" so that nothing is left uninitialized and aggregates can be built from their first members. A
// container of what is not complete yet cannot have it: compilers would ask at once whether that can be constructed.
std::string initializer(const CppScope& scope, const model::Field& field, bool is_complete)
{
    if (!field.value) {
        return is_complete ? "{}" : "";
    }
    return " = " + scope.value(*field.value, field.type);
}

void collect_structs(const model::Type& type, std::set<const model::Struct*>& found)
{
    if (const auto* target = std::get_if<const model::Struct*>(&type.kind)) {
        found.insert(*target);
    }
    for (const model::Type& argument : type.arguments) {
        collect_structs(argument, found);
    }
}

// Whether all that the field holds is defined before the struct that has it.
bool is_complete(const EmitContext& context, const model::Struct& owner, const model::Field& field)
{
    std::set<const model::Struct*> held;
    collect_structs(field.type, held);
    return std::all_of(held.begin(), held.end(),
                       [&](const model::Struct* other) { return context.is_defined_before(*other, owner); });
}

}  // namespace

bool is_complete(const EmitContext& context, const model::Struct& target)
{
    return std::all_of(target.fields.begin(), target.fields.end(),
                       [&](const model::Field& field) { return is_complete(context, target, field); });
}

std::string template_head(const model::Struct& generic)
{
    std::string text;
    for (const std::string& parameter : generic.cpp_parameters) {
        text += (text.empty() ? "" : ", ") + ("class " + parameter);
    }
    return "template <" + text + '>';
}

std::string template_arguments(const model::Struct& generic)
{
    std::string text;
    for (const std::string& parameter : generic.cpp_parameters) {
        text += (text.empty() ? "" : ", ") + parameter;
    }
    return text.empty() ? "" : '<' + text + '>';
}

namespace {

// "return a && b;", filled line by line.
std::string conjunction(const std::vector<std::string>& operands)
{
    if (operands.empty()) {
        return "return true;";
    }
    constexpr std::size_t indentation = 4;
    std::string text;
    std::string line = "return";
    for (std::size_t index = 0; index < operands.size(); ++index) {
        const std::string piece = ' ' + operands[index] + (index + 1 == operands.size() ? ";" : " &&");
        if (index != 0 && indentation + line.size() + piece.size() > CodeWriter::max_line) {
            text += line + '\n';
            line = "      ";
        }
        line += piece;
    }
    return text + line;
}

}  // namespace

void emit_enum_declaration(CodeWriter& writer, const EmitContext& context, const model::Enum& target)
{
    std::string enumerators;
    for (const model::Enumerator& enumerator : target.enumerators) {
        enumerators += indented(doc_comment(enumerator.doc, writer.indentation() + 4));
        const std::string deprecated = deprecated_text(enumerator.attributes);
        const std::string attribute = deprecated.empty() ? "" : ' ' + deprecated.substr(0, deprecated.size() - 1);
        enumerators += "    " + enumerator.cpp_name + attribute + " = " +
                       integer_text(enumerator.value, target.underlying) + ",\n";
    }
    writer.blank_line();
    emit_deprecated(writer, target.attributes, "enum class",
                    target.name.cpp + " : " + std::string(builtin_text(target.underlying)));
    writer.emit_comment(doc_comment(target.doc, writer.indentation()));
    writer.emit(R"(
enum class $name$ : $underlying$ {
$enumerators$
};
std::ostream& operator<<(std::ostream& stream, $type$ value);
)",
                {{"name", target.name.cpp},
                 {"type", context.scope.name(target.name)},
                 {"underlying", std::string(builtin_text(target.underlying))},
                 {"enumerators", enumerators}});
}

void emit_enum_printing(CodeWriter& writer, const EmitContext& context, const model::Enum& target)
{
    const std::string name = context.source_scope.name(target.name);
    std::string cases;
    for (const model::Enumerator& enumerator : target.enumerators) {
        cases += "case " + name + "::" + enumerator.cpp_name + ":\n";
        cases += "    return stream << \"" + enumerator.name + "\";\n";
    }
    writer.blank_line();
    writer.emit(R"code(
std::ostream& operator<<(std::ostream& stream, $name$ value)
{
    switch (value) {
        $cases$
    }
    return stream << "$idl_name$(" << +static_cast<$underlying$>(value) << ")";
}
)code",
                {{"name", name},
                 {"idl_name", target.name.idl},
                 {"underlying", std::string(builtin_text(target.underlying))},
                 {"cases", cases}});
}

void emit_constant(CodeWriter& writer, const EmitContext& context, const model::Constant& constant, bool is_member)
{
    const bool is_text = constant.type.is(model::Builtin::string);
    std::string value = context.scope.value(*constant.value, constant.type);
    if (is_text && value.starts_with("std::string(")) {
        value = "std::string_view" + value.substr(std::string_view("std::string").size());
    }
    if (!is_member) {
        writer.blank_line();
    }
    writer.emit_comment(doc_comment(constant.doc, writer.indentation()));
    writer.emit("$deprecated$$storage$ constexpr $type$ $name$ = $value$;",
                {{"deprecated", deprecated_text(constant.attributes)},
                 {"storage", is_member ? "static" : "inline"},
                 {"type", is_text ? "std::string_view" : context.scope.type(constant.type)},
                 {"name", constant.name.cpp},
                 {"value", value}});
}

void emit_field(CodeWriter& writer, const CppScope& scope, const model::Field& field, bool is_complete)
{
    writer.emit_comment(doc_comment(field.doc, writer.indentation()));
    writer.emit("$deprecated$$type$ $name$$initializer$;", {{"deprecated", deprecated_text(field.attributes)},
                                                            {"type", scope.type(field.type)},
                                                            {"name", field.cpp_name},
                                                            {"initializer", initializer(scope, field, is_complete)}});
}

void emit_struct_declaration(CodeWriter& writer, const EmitContext& context, const model::Struct& target)
{
    const bool is_generic = !target.parameters.empty();
    const CppScope scope = scope_with_fields(context.scope.with_parameters(target), pointers(target.fields));
    writer.blank_line();
    emit_deprecated(writer, target.attributes, is_generic ? template_head(target) + "\nstruct" : "struct",
                    target.name.cpp);
    writer.emit_comment(doc_comment(target.doc, writer.indentation()));
    if (is_generic) {
        writer.emit("$template$", {{"template", template_head(target)}});
    }
    writer.emit_class_head("struct " + target.name.cpp + " {\n");
    for (const model::Field* field : pointers(target.fields)) {
        emit_field(writer, scope, *field, is_generic || is_complete(context, target, *field));
    }
    const bool has_default = is_generic || is_complete(context, target);
    writer.emit("friend bool operator==(const $name$&, const $name$&)$default$;",
                {{"name", target.name.cpp}, {"default", has_default ? " = default" : ""}});
    if (context.ordered.contains(&target)) {
        writer.emit("friend auto operator<=>(const $name$&, const $name$&) = default;", {{"name", target.name.cpp}});
    }
    writer.unindent();
    writer.emit("};");
    if (is_generic) {
        emit_generic_printing(writer, context, target);
    } else {
        writer.emit("std::ostream& operator<<(std::ostream& stream, const $name$& value);",
                    {{"name", context.scope.name(target.name)}});
    }
}

void emit_comparison(CodeWriter& writer, const std::string& name, const std::vector<const model::Field*>& fields)
{
    std::vector<std::string> comparisons;
    for (const model::Field* field : fields) {
        comparisons.push_back("left." + field->cpp_name + " == right." + field->cpp_name);
    }
    writer.emit(R"(
bool operator==(const $name$& $left$, const $name$& $right$)
{
    $comparison$
}
)",
                {{"name", name},
                 {"left", fields.empty() ? "/*left*/" : "left"},
                 {"right", fields.empty() ? "/*right*/" : "right"},
                 {"comparison", conjunction(comparisons)}});
}

std::string printing_of_fields(const std::string& title, const std::vector<const model::Field*>& fields)
{
    std::string text;
    std::string before = title + '{';
    for (const model::Field* field : fields) {
        text += "stream << \"" + before + field->name + ": \";\n";
        text += field->attributes.secret ? "stream << \"***\";\n"
                                         : "remoting::print(stream, value." + field->cpp_name + ");\n";
        before = ", ";
    }
    return text + (fields.empty() ? "return stream << \"" + title + "{}\";\n" : "return stream << \"}\";\n");
}

bool prints_nothing(const std::vector<const model::Field*>& fields)
{
    return std::all_of(fields.begin(), fields.end(),
                       [](const model::Field* field) { return field->attributes.secret; });
}

void emit_generic_printing(CodeWriter& writer, const EmitContext& context, const model::Struct& target)
{
    const std::vector<const model::Field*> fields = pointers(target.fields);
    writer.blank_line();
    writer.emit(
        R"(
$template$
std::ostream& operator<<(std::ostream& stream, const $type$& $value$)
{
    $body$
}
)",
        {{"template", template_head(target)},
         {"type", context.scope.with({target.cpp_parameters.begin(), target.cpp_parameters.end()}).name(target.name) +
                      template_arguments(target)},
         {"value", prints_nothing(fields) ? "/*value*/" : "value"},
         {"body", printing_of_fields(target.name.idl, fields)}});
}

void emit_native(CodeWriter& writer, const model::Native& native)
{
    writer.blank_line();
    writer.emit_comment(doc_comment(native.doc, writer.indentation()));
    writer.emit("using $name$ = $type$;", {{"name", native.name.cpp}, {"type", native.cpp_type}});
}

void emit_struct_definition(CodeWriter& writer, const EmitContext& context, const model::Struct& target)
{
    if (!target.parameters.empty()) {
        return;  // all of it is in the header
    }
    if (!is_complete(context, target)) {
        writer.blank_line();
        emit_comparison(writer, context.source_scope.name(target.name), pointers(target.fields));
    }
    writer.blank_line();
    writer.emit(R"(
std::ostream& operator<<(std::ostream& stream, const $name$& $value$)
{
    $body$
}
)",
                {{"name", context.source_scope.name(target.name)},
                 {"value", prints_nothing(pointers(target.fields)) ? "/*value*/" : "value"},
                 {"body", printing_of_fields(target.name.idl, pointers(target.fields))}});
}

std::vector<const model::Struct*> structs_used_early(const EmitContext& context)
{
    std::set<const model::Struct*> early;
    for (const auto& owner : context.module.structs) {
        std::set<const model::Struct*> held;
        for (const model::Field& field : owner->fields) {
            collect_structs(field.type, held);
        }
        std::copy_if(held.begin(), held.end(), std::inserter(early, early.end()), [&](const model::Struct* other) {
            return other != owner.get() && !context.is_defined_before(*other, *owner);
        });
    }
    std::vector<const model::Struct*> in_order;
    for (const auto& target : context.module.structs) {
        if (early.contains(target.get())) {
            in_order.push_back(target.get());
        }
    }
    return in_order;
}

}  // namespace remoting::idl
