// SPDX-License-Identifier: BSL-1.0
#include "emit_exceptions.hpp"

#include "emit_descriptions.hpp"
#include "emit_types.hpp"

#include <algorithm>

namespace remoting::idl {

namespace {

// What is found inside an exception's class before the namespace's names: its bases, and a member of theirs.
const std::set<std::string> inherited = {"UserException", "exception", "what"};

std::string base_text(const CppScope& scope, const model::Exception& exception)
{
    return exception.base == nullptr ? "remoting::UserException" : scope.name(exception.base->name);
}

// Parameters of the constructor that takes all fields. Where it is defined they must not shadow the fields.
std::string parameter_name(const EmitContext& context, const model::Exception& exception, const model::Field& field)
{
    return unique_name(field.cpp_name.ends_with('_') ? field.cpp_name : field.cpp_name + '_',
                       [&](const std::string& name) {
                           const std::vector<const model::Field*> fields = exception.all_fields();
                           return context.declared.contains(name) ||
                                  std::any_of(fields.begin(), fields.end(),
                                              [&](const model::Field* other) { return other->cpp_name == name; });
                       });
}

std::vector<std::string> parameters(const EmitContext& context, const model::Exception& exception,
                                    const CppScope& scope, bool is_definition)
{
    std::vector<std::string> texts;
    for (const model::Field* field : exception.all_fields()) {
        const std::string name = is_definition ? parameter_name(context, exception, *field) : field->cpp_name;
        texts.push_back(scope.type(field->type) + ' ' + name);
    }
    return texts;
}

// clang-format puts them all on the line of the parameters or each on its own.
std::string with_initializers(const std::string& signature, const std::vector<std::string>& initializers)
{
    std::string one_line = signature + " : ";
    std::string many_lines = signature + '\n';
    for (std::size_t index = 0; index < initializers.size(); ++index) {
        one_line += (index == 0 ? "" : ", ") + initializers[index];
        many_lines +=
            (index == 0 ? "    : " : "      ") + initializers[index] + (index + 1 == initializers.size() ? "" : ",\n");
    }
    return has_long_line(one_line) || signature.find('\n') != std::string::npos ? many_lines : one_line;
}

void emit_constructors(CodeWriter& writer, const EmitContext& context, const model::Exception& exception,
                       const CppScope& scope)
{
    const std::string& name = exception.name.cpp;
    writer.blank_line();
    writer.emit("$name$::$name$() = default;", {{"name", name}});
    if (exception.all_fields().empty()) {
        return;
    }
    std::vector<std::string> initializers;
    if (exception.base != nullptr && !exception.base->all_fields().empty()) {
        std::string arguments;
        for (const model::Field* field : exception.base->all_fields()) {
            arguments +=
                (arguments.empty() ? "" : ", ") + ("std::move(" + parameter_name(context, exception, *field) + ')');
        }
        initializers.push_back(base_text(scope, exception) + '(' + arguments + ')');
    }
    for (const model::Field* field : pointers(exception.fields)) {
        initializers.push_back(field->cpp_name + "(std::move(" + parameter_name(context, exception, *field) + "))");
    }
    const std::string signature =
        parenthesized(name + "::" + name, parameters(context, exception, scope, true), "", writer.indentation());
    writer.blank_line();
    writer.emit(R"(
$head$
{
    $name$::remoting_describe();
}
)",
                {{"head", with_initializers(signature, initializers)}, {"name", name}});
}

void emit_codec(CodeWriter& writer, const EmitContext& context, const model::Exception& exception)
{
    const std::string type = context.source_scope.name(exception.name);
    std::string encoding;
    std::string decoding;
    for (const model::Field& field : exception.fields) {
        if (field.is_reserved) {
            const std::string local = field.cpp_name + '_';
            encoding += "archive << " + context.source_scope.type(field.type) + "{};\n";
            decoding += context.source_scope.type(field.type) + ' ' + local + "{};\narchive >> " + local + ";\n";
            continue;
        }
        const std::string value = archived("value." + field.cpp_name, field.name, field.type);
        encoding += "archive << " + value + ";\n";
        decoding += "archive >> " + value + ";\n";
    }
    const bool is_empty = exception.fields.empty();
    const bool is_all_reserved = pointers(exception.fields).empty();
    if (!is_all_reserved) {
        encoding = "const auto& value = static_cast<const " + type + "&>(exception);\n" + encoding;
        decoding = "auto& value = static_cast<" + type + "&>(exception);\n" + decoding;
    }
    const std::string tail = is_empty ? ") {}" : ")\n{\n" + indented(encoding) + "}";
    const std::string decode_tail = is_empty ? ") {}" : ")\n{\n" + indented(decoding) + "}";
    writer.blank_line();
    writer.emit(
        R"(
namespace {
namespace $codec$ {

$fields$
std::unique_ptr<remoting::UserException> create()
{
    return std::make_unique<$name$>();
}

$encode$

$decode$

}  // namespace $codec$
}  // namespace
)",
        {{"codec", context.codec_name(exception)},
         {"name", type},
         {"fields", exception.fields.empty() ? "" : field_table("fields", exception.fields, {}) + '\n'},
         {"encode", "void encode(remoting::OutputArchive& " + std::string(is_empty ? "/*archive*/" : "archive") +
                        ", const remoting::UserException& " + (is_all_reserved ? "/*exception*/" : "exception") + tail},
         {"decode", "void decode(remoting::InputArchive& " + std::string(is_empty ? "/*archive*/" : "archive") +
                        ", remoting::UserException& " + (is_all_reserved ? "/*exception*/" : "exception") +
                        decode_tail}});
}

void emit_members(CodeWriter& writer, const EmitContext& context, const model::Exception& exception)
{
    writer.blank_line();
    writer.emit(
        R"(
constinit const remoting::ExceptionDescriptor $name$::remoting_type = {
    .name = "$qualified$",
    .base = $base$,
    .create = $codec$::create,
    .encode = $codec$::encode,
    .decode = $codec$::decode,
    $fields$
};

const remoting::ExceptionDescriptor& $name$::remoting_descriptor() const noexcept
{
    return remoting_type;
}

void $name$::remoting_raise() const
{
    throw $name$(*this);
}

void $name$::remoting_describe()
{
    remoting_text_ = remoting::printed(*this);
}
)",
        {{"name", exception.name.cpp},
         {"qualified", exception.name.qualified()},
         {"codec", context.codec_name(exception)},
         {"fields", exception.fields.empty() ? "" : ".fields = " + context.codec_name(exception) + "::fields,\n"},
         {"base", exception.base == nullptr
                      ? "nullptr"
                      : '&' + context.source_scope.name(exception.base->name) + "::remoting_type"}});
}

void emit_operators(CodeWriter& writer, const EmitContext& context, const model::Exception& exception)
{
    const std::string type = context.source_scope.name(exception.name);
    const std::vector<const model::Field*> fields = exception.all_fields();
    writer.blank_line();
    emit_comparison(writer, type, fields);
    writer.blank_line();
    writer.emit(R"(
std::ostream& operator<<(std::ostream& stream, const $name$& $value$)
{
    $body$
}
)",
                {{"name", type},
                 {"value", prints_nothing(fields) ? "/*value*/" : "value"},
                 {"body", printing_of_fields(exception.name.qualified(), fields)}});
}

}  // namespace

void emit_exception_declaration(CodeWriter& writer, const EmitContext& context, const model::Exception& exception)
{
    const std::string& name = exception.name.cpp;
    const CppScope scope = scope_with_fields(context.scope, exception.all_fields()).with(inherited);
    writer.blank_line();
    emit_deprecated(writer, exception.attributes, "class", name);
    writer.emit_comment(doc_comment(exception.doc, writer.indentation()));
    writer.emit_class_head(class_head(name, {"public " + base_text(context.scope, exception)}, " {\npublic:\n"));
    for (const model::Field* field : pointers(exception.fields)) {
        emit_field(writer, scope, *field, true);
    }
    if (!pointers(exception.fields).empty()) {
        writer.blank_line();
    }
    writer.emit("$name$();", {{"name", name}});
    const std::vector<std::string> arguments = parameters(context, exception, scope, false);
    if (!arguments.empty()) {
        const std::string prefix = arguments.size() == 1 ? "explicit " + name : name;
        writer.emit("$declaration$", {{"declaration", parenthesized(prefix, arguments, ";", writer.indentation())}});
    }
    writer.blank_line();
    writer.emit(R"(
static const remoting::ExceptionDescriptor remoting_type;
const remoting::ExceptionDescriptor& remoting_descriptor() const noexcept override;
[[noreturn]] void remoting_raise() const override;
void remoting_describe() override;
)");
    writer.unindent();
    writer.emit("};");
    writer.emit("bool operator==(const $name$& left, const $name$& right);",
                {{"name", context.scope.name(exception.name)}});
    writer.emit("std::ostream& operator<<(std::ostream& stream, const $name$& value);",
                {{"name", context.scope.name(exception.name)}});
}

void emit_exception_definition(CodeWriter& writer, const EmitContext& context, const model::Exception& exception)
{
    const CppScope scope = scope_with_fields(context.source_scope, exception.all_fields()).with(inherited);
    emit_codec(writer, context, exception);
    emit_constructors(writer, context, exception, scope);
    emit_members(writer, context, exception);
    emit_operators(writer, context, exception);
}

}  // namespace remoting::idl
