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
    const std::string text = scope.value(*field.value, field.type);
    const auto* string = std::get_if<std::string>(&*field.value);
    if (string != nullptr && string->find('\0') != std::string::npos) {
        return " = std::string(" + text + ", " + std::to_string(string->size()) + ')';
    }
    return " = " + text;
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

bool is_complete(const EmitContext& context, const model::Struct& target)
{
    return std::all_of(target.fields.begin(), target.fields.end(),
                       [&](const model::Field& field) { return is_complete(context, target, field); });
}

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
        enumerators += "    " + enumerator.cpp_name + " = " + integer_text(enumerator.value, target.underlying) + ",\n";
    }
    writer.blank_line();
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

void emit_constant(CodeWriter& writer, const EmitContext& context, const model::Constant& constant)
{
    const bool is_text = constant.type.is(model::Builtin::string);
    std::string value = context.scope.value(*constant.value, constant.type);
    if (is_text && value.find("\\000") != std::string::npos) {
        value = "{" + value + ", " + std::to_string(std::get<std::string>(*constant.value).size()) + '}';
    }
    writer.blank_line();
    writer.emit_comment(doc_comment(constant.doc, writer.indentation()));
    writer.emit("inline constexpr $type$ $name$ = $value$;",
                {{"type", is_text ? "std::string_view" : context.scope.type(constant.type)},
                 {"name", constant.name.cpp},
                 {"value", value}});
}

void emit_field(CodeWriter& writer, const CppScope& scope, const model::Field& field, bool is_complete)
{
    writer.emit_comment(doc_comment(field.doc, writer.indentation()));
    writer.emit("$type$ $name$$initializer$;", {{"type", scope.type(field.type)},
                                                {"name", field.cpp_name},
                                                {"initializer", initializer(scope, field, is_complete)}});
}

void emit_struct_declaration(CodeWriter& writer, const EmitContext& context, const model::Struct& target)
{
    const CppScope scope = scope_with_fields(context.scope, pointers(target.fields));
    writer.blank_line();
    writer.emit_comment(doc_comment(target.doc, writer.indentation()));
    writer.emit("struct $name$ {", {{"name", target.name.cpp}});
    writer.indent();
    for (const model::Field& field : target.fields) {
        emit_field(writer, scope, field, is_complete(context, target, field));
    }
    writer.emit(is_complete(context, target) ? "friend bool operator==(const $name$&, const $name$&) = default;"
                                             : "friend bool operator==(const $name$&, const $name$&);",
                {{"name", target.name.cpp}});
    writer.unindent();
    writer.emit("};");
    writer.emit("std::ostream& operator<<(std::ostream& stream, const $name$& value);",
                {{"name", context.scope.name(target.name)}});
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
        text += "remoting::print(stream, value." + field->cpp_name + ");\n";
        before = ", ";
    }
    return text + (fields.empty() ? "return stream << \"" + title + "{}\";\n" : "return stream << \"}\";\n");
}

void emit_struct_definition(CodeWriter& writer, const EmitContext& context, const model::Struct& target)
{
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
                 {"value", target.fields.empty() ? "/*value*/" : "value"},
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
