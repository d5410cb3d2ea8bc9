// SPDX-License-Identifier: BSL-1.0
#include "emit_interface.hpp"

#include "emit_async.hpp"
#include "emit_events.hpp"
#include "emit_types.hpp"

namespace remoting::idl {

namespace {

std::string global_name(const model::Name& name)
{
    return namespace_text(*name.module) + "::" + name.cpp;
}

std::vector<std::string> bases_of(const EmitContext& context, const model::Interface& interface)
{
    std::vector<std::string> bases;
    for (const model::Interface* base : interface.bases) {
        bases.push_back("public virtual " + context.scope.name(base->name));
    }
    if (bases.empty()) {
        bases.emplace_back("public virtual remoting::RemoteObject");
    }
    if (!interface.events.empty()) {
        bases.push_back("public " + context.events_name(interface));
    }
    return bases;
}

}  // namespace

void emit_interface_class(CodeWriter& writer, const EmitContext& context, const model::Interface& interface)
{
    const CppScope scope = scope_with_methods(context.scope, interface);
    emit_event_base(writer, context, interface);
    writer.blank_line();
    writer.emit_comment(doc_comment(interface.doc, writer.indentation()));
    const std::string& name = interface.name.cpp;
    if (interface.methods.empty() && interface.constants.empty() && interface.events.empty()) {
        writer.emit("$class$", {{"class", class_head(name, bases_of(context, interface), " {};")}});
        return;
    }
    writer.emit_class_head(class_head(name, bases_of(context, interface), " {\npublic:\n"));
    for (const auto& constant : interface.constants) {
        emit_constant(writer, context, *constant, true);
    }
    if (!interface.constants.empty() && !interface.methods.empty()) {
        writer.blank_line();
    }
    for (const model::Method& method : interface.methods) {
        writer.emit_comment(doc_comment(method.doc, writer.indentation()));
        const std::string prefix =
            deprecated_text(method.attributes) + "virtual " + result_text(method, scope) + ' ' + method.cpp_name;
        writer.emit("$declaration$", {{"declaration", parenthesized(prefix, parameter_declarations(method, scope, true),
                                                                    " = 0;", writer.indentation())}});
    }
    emit_event_declarations(writer, scope, interface);
    if (!interface.methods.empty()) {
        emit_async_declarations(writer, scope, interface);
    }
    writer.unindent();
    writer.emit("};");
}

void emit_interface_traits(CodeWriter& writer, const model::Interface& interface)
{
    std::vector<std::string> types;
    for (const model::Parameter& parameter : interface.constructor.parameters) {
        types.push_back(CppScope::global().type(parameter.type));
    }
    writer.blank_line();
    writer.emit_class_head("template <>\nstruct remoting::InterfaceTraits<" + global_name(interface.name) + "> {\n");
    writer.emit("static const InterfaceDescriptor& descriptor() noexcept;");
    writer.emit_comment(doc_comment(interface.constructor.doc, writer.indentation()));
    writer.emit("$constructor$", {{"constructor", parenthesized("using Constructor = void", types, ";", 4)}});
    writer.unindent();
    writer.emit("};");
}

void emit_interface_traits_definition(CodeWriter& writer, const EmitContext& context, const model::Interface& interface)
{
    writer.blank_line();
    writer.emit(R"(
const remoting::InterfaceDescriptor& remoting::InterfaceTraits<$name$>::descriptor() noexcept
{
    return ::$namespace$::$stub$::descriptor;
}
)",
                {{"name", global_name(interface.name)},
                 {"namespace", namespace_text(context.module)},
                 {"stub", context.stub_name(interface)}});
}

}  // namespace remoting::idl
