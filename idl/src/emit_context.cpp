// SPDX-License-Identifier: BSL-1.0
#include "emit_context.hpp"

#include "emit_descriptions.hpp"

#include <algorithm>
#include <sstream>

namespace remoting::idl {

namespace {

template <class T>
bool is_any_deprecated(const T& things)
{
    return std::any_of(things.begin(), things.end(), [](const auto& thing) {
        if constexpr (requires { thing->attributes; }) {
            return thing->attributes.deprecated.has_value();
        } else {
            return thing.attributes.deprecated.has_value();
        }
    });
}

bool has_deprecated(const model::Module& module)
{
    const auto in_fields = [](const auto& target) { return is_any_deprecated(target->fields); };
    return is_any_deprecated(module.enums) || is_any_deprecated(module.constants) ||
           is_any_deprecated(module.structs) || is_any_deprecated(module.exceptions) ||
           is_any_deprecated(module.interfaces) ||
           std::any_of(module.structs.begin(), module.structs.end(), in_fields) ||
           std::any_of(module.exceptions.begin(), module.exceptions.end(), in_fields) ||
           std::any_of(module.enums.begin(), module.enums.end(),
                       [](const auto& target) { return is_any_deprecated(target->enumerators); }) ||
           std::any_of(module.interfaces.begin(), module.interfaces.end(),
                       [](const auto& target) {
                           return is_any_deprecated(target->methods) || is_any_deprecated(target->events);
                       });
}

bool is_ordered(const model::Type& type, const std::set<const model::Struct*>& ordered)
{
    if (type.is(model::Builtin::any) || type.is<const model::Interface*>() || type.is<const model::Native*>() ||
        type.is<model::TypeParameter>()) {
        return false;
    }
    const auto* const* target = std::get_if<const model::Struct*>(&type.kind);
    return (target == nullptr || ordered.contains(*target)) &&
           std::all_of(type.arguments.begin(), type.arguments.end(),
                       [&](const model::Type& argument) { return is_ordered(argument, ordered); });
}

// Structs stand behind those they hold as far as possible: one that is not among the ordered ones yet is incomplete
// where it is used, or cannot be compared.
void add_ordered(const model::Module& module, std::set<const model::Struct*>& ordered)
{
    for (const auto& target : module.structs) {
        const bool all = std::all_of(target->fields.begin(), target->fields.end(), [&](const model::Field& field) {
            return field.is_reserved || is_ordered(field.type, ordered);
        });
        if (all && target->parameters.empty()) {
            ordered.insert(target.get());
        }
    }
}

void collect(const model::Module& module, std::set<const model::Module*>& seen, EmitContext& context)
{
    if (!seen.insert(&module).second) {
        return;
    }
    for (const model::Import& import : module.imports) {
        collect(*import.module, seen, context);
    }
    const auto declare = [&](const auto& declarations) {
        for (const auto& declaration : declarations) {
            context.declared.insert(declaration->name.cpp);
        }
    };
    declare(module.enums);
    declare(module.constants);
    declare(module.structs);
    declare(module.natives);
    declare(module.exceptions);
    declare(module.interfaces);
    for (const auto& exception : module.exceptions) {
        context.exceptions.push_back(exception.get());
    }
    context.has_deprecated = context.has_deprecated || has_deprecated(module);
    add_ordered(module, context.ordered);
}

// Wide characters take two columns: counting all others than ASCII so keeps lines short enough.
std::size_t columns(const std::string& word)
{
    std::size_t count = 0;
    for (const char character : word) {
        const auto byte = static_cast<unsigned char>(character);
        count += byte < 0x80 ? 1U : (byte >= 0xC0 ? 2U : 0U);
    }
    return count;
}

constexpr std::string_view trigraph = "?\?/";

// A backslash at the end would continue the comment, and so would its trigraph.
std::string without_continuation(std::string line)
{
    while (line.ends_with('\\') || line.ends_with(trigraph) || line.ends_with(' ')) {
        line.erase(line.size() - (line.ends_with(trigraph) ? 3 : 1));
    }
    return line;
}

std::string wrapped(const std::string& line, std::size_t width)
{
    const std::size_t first = std::min(line.find_first_not_of(' '), line.size());
    std::string text;
    std::string current(first, ' ');
    std::istringstream words(line);
    std::string word;
    bool is_first = true;
    while (words >> word) {
        if (!is_first && columns(current) + 1 + columns(word) > width) {
            text += "/// " + without_continuation(current) + '\n';
            current.clear();
            is_first = true;
        }
        current += (is_first ? "" : " ") + word;
        is_first = false;
    }
    current = without_continuation(current);
    return text + (current.empty() ? "///" : "/// " + current) + '\n';
}

}  // namespace

EmitContext::EmitContext(const model::Module& file)
    : module(file),
      scope(CppScope(file).with({"left", "right", "stream", "value"})),
      source_scope(
          scope.with({"Archive", "archive", "bases", "call", "cast", "constructor", "create", "decode", "descriptor",
                      "encode", "exception", "fields", "make_proxy", "methods", "object", "servant", "target", "values"}))
{
    std::set<const model::Module*> seen;
    collect(file, seen, *this);
    for (const auto& target : file.structs) {
        struct_positions.emplace(target.get(), struct_positions.size());
    }
    described = described_types(*this);
}

bool EmitContext::is_defined_before(const model::Struct& other, const model::Struct& owner) const
{
    const auto position = struct_positions.find(&other);
    return position == struct_positions.end() || position->second < struct_positions.at(&owner);
}

std::string EmitContext::proxy_name(const model::Interface& interface) const
{
    std::set<std::string> members;
    for (const model::Method* method : interface.all_methods()) {
        members.insert(method->cpp_name);
    }
    return unique_name(interface.name.idl + "Proxy",
                       [&](const std::string& name) { return declared.contains(name) || members.contains(name); });
}

std::string EmitContext::stub_name(const model::Interface& interface) const
{
    return unique_name(interface.name.idl + "Stub", [&](const std::string& name) { return declared.contains(name); });
}

std::string EmitContext::events_name(const model::Interface& interface) const
{
    return unique_name(interface.name.idl + "Events", [&](const std::string& name) { return declared.contains(name); });
}

std::string EmitContext::codec_name(const model::Exception& exception) const
{
    return unique_name(exception.name.idl + "Codec", [&](const std::string& name) { return declared.contains(name); });
}

std::string doc_comment(const model::Doc& doc, std::size_t indentation)
{
    std::string text;
    for (const std::string& line : doc) {
        text += wrapped(line, CodeWriter::max_line - indentation - 4);
    }
    return text;
}

CppScope scope_with_fields(const CppScope& scope, const std::vector<const model::Field*>& fields)
{
    std::set<std::string> names;
    for (const model::Field* field : fields) {
        names.insert(field->cpp_name);
    }
    return scope.with(names);
}

std::set<std::string> names_inside(const model::Interface& interface)
{
    std::set<std::string> names;
    const auto add = [&](const model::Interface& target) {
        names.insert(target.name.cpp);
        for (const auto& constant : target.constants) {
            names.insert(constant->name.cpp);
        }
    };
    std::for_each(interface.all_bases.begin(), interface.all_bases.end(),
                  [&](const model::Interface* base) { add(*base); });
    add(interface);
    return names;
}

CppScope scope_with_methods(const CppScope& scope, const model::Interface& interface)
{
    std::set<std::string> names = {"RemoteObject", "EventSources"};  // bases
    for (const model::Method* method : interface.all_methods()) {
        names.insert(method->cpp_name);
    }
    for (const auto& constant : interface.constants) {
        names.insert(constant->name.cpp);
    }
    for (const model::Method* event : interface.all_events()) {
        names.insert({"on_" + event->name, "raise_" + event->name});
    }
    return scope.with(names);
}

std::vector<std::string> parameter_declarations(const model::Method& method, const CppScope& scope, bool with_defaults)
{
    std::vector<std::string> declarations;
    for (const model::Parameter& parameter : method.parameters) {
        std::string text = scope.type(parameter.type);
        if (parameter.direction != model::Direction::in) {
            text += '&';
        } else if (!is_passed_by_value(parameter.type)) {
            text = "const " + text + '&';
        }
        text += ' ' + parameter.cpp_name;
        if (with_defaults && parameter.value) {
            text += " = " + scope.value(*parameter.value, parameter.type);
        }
        declarations.push_back(std::move(text));
    }
    return declarations;
}

std::string result_text(const model::Method& method, const CppScope& scope)
{
    return method.result ? scope.type(*method.result) : "void";
}

void emit_deprecated(CodeWriter& writer, const model::Attributes& attributes, const std::string& keyword,
                     const std::string& name)
{
    if (attributes.deprecated) {
        writer.emit("$declaration$", {{"declaration", keyword + ' ' + deprecated_text(attributes) + name + ';'}});
    }
}

std::string values_array(const std::vector<std::string>& addresses, std::size_t indentation)
{
    std::string one_line = "void* values[] = {";
    std::vector<std::string> rows;
    for (const std::string& address : addresses) {
        one_line += (rows.empty() ? "" : ", ") + address;
        rows.push_back(address + ",\n");
    }
    one_line += "};\n";
    return has_long_line(one_line, indentation) ? table("void* values[]", rows) : one_line;
}

std::string class_head(const std::string& name, const std::vector<std::string>& bases, const std::string& end)
{
    const std::string begin = "class " + name + " : ";
    const std::string alignment(begin.size(), ' ');
    std::string one_line = begin;
    std::string many_lines = begin;
    for (std::size_t index = 0; index < bases.size(); ++index) {
        one_line += (index == 0 ? "" : ", ") + bases[index];
        many_lines += (index == 0 ? "" : ",\n" + alignment) + bases[index];
    }
    return (has_long_line(one_line + end) ? many_lines : one_line) + end;
}

std::string passed_on(const std::string& name, const model::Type& type)
{
    return type.is<model::Stream>() ? "std::move(" + name + ')' : name;
}

std::string archived(const std::string& text, const std::string& name, const model::Type& type)
{
    return model::has_required_references(type) ? "remoting::not_null(" + text + ", \"" + name + "\")" : text;
}

std::vector<const model::Field*> pointers(const std::vector<model::Field>& fields)
{
    std::vector<const model::Field*> result;
    for (const model::Field& field : fields) {
        if (!field.is_reserved) {
            result.push_back(&field);
        }
    }
    return result;
}

}  // namespace remoting::idl
