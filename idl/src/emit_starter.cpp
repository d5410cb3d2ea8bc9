// SPDX-License-Identifier: BSL-1.0
#include "emit_starter.hpp"

#include "emit_context.hpp"

namespace remoting::idl {

namespace {

// "const std::string& /*text*/": nobody uses it yet.
std::vector<std::string> unused_parameters(const model::Method& method, const CppScope& scope)
{
    std::vector<std::string> declarations = parameter_declarations(method, scope);
    for (std::size_t index = 0; index < declarations.size(); ++index) {
        const std::string& name = method.parameters[index].cpp_name;
        std::string& text = declarations[index];
        text.replace(text.size() - name.size(), name.size(), "/*" + name + "*/");
    }
    return declarations;
}

void emit_method(CodeWriter& writer, const CppScope& scope, const std::string& owner, const model::Method& method)
{
    std::string comment = doc_comment(method.doc, writer.indentation());
    for (const model::Exception* exception : method.throws) {
        comment += "/// @throws " + scope.name(exception->name) + '\n';
    }
    writer.blank_line();
    writer.emit_comment(comment);
    writer.emit("$head$\n{\n    throw std::logic_error(\"$owner$::$name$ is not written yet\");\n}",
                {{"head", parenthesized(result_text(method, scope) + ' ' + method.cpp_name,
                                        unused_parameters(method, scope), " override", writer.indentation())},
                 {"owner", owner},
                 {"name", method.cpp_name}});
}

void emit_constructor(CodeWriter& writer, const CppScope& scope, const std::string& owner,
                      const model::Method& constructor)
{
    if (constructor.parameters.empty()) {
        return;
    }
    std::vector<std::string> parameters;
    for (const model::Parameter& parameter : constructor.parameters) {
        parameters.push_back(scope.type(parameter.type) + " /*" + parameter.cpp_name + "*/");
    }
    writer.blank_line();
    writer.emit_comment("/// What create_object is given.\n" + doc_comment(constructor.doc, writer.indentation()));
    writer.emit("$constructor$", {{"constructor", parenthesized((parameters.size() == 1 ? "explicit " : "") + owner,
                                                                parameters, " {}", writer.indentation())}});
}

}  // namespace

std::string starter_text(const model::Module& module)
{
    const EmitContext context(module);
    const std::string stem = module.file_name.substr(0, module.file_name.rfind(".idl"));
    CodeWriter writer;
    writer.emit("// Servants for $file$, written once by `remoting-idl starter`. Yours to change.",
                {{"file", module.file_name}});
    writer.emit("#pragma once\n\n#include \"$stem$.remoting.hpp\"\n\n#include <stdexcept>", {{"stem", stem}});
    writer.blank_line();
    writer.emit("namespace $name$ {", {{"name", namespace_text(module)}});
    for (const auto& interface : module.interfaces) {
        const CppScope scope = scope_with_methods(context.scope, *interface);
        const std::string name = unique_name(interface->name.idl + "Servant", [&](const std::string& candidate) {
            return context.declared.contains(candidate);
        });
        const std::string type = namespace_text(module) + "::" + interface->name.cpp;
        writer.blank_line();
        writer.emit_comment(doc_comment(interface->doc, 0));
        writer.emit_comment("/// One for all clients, made at the first call:\n///     server.register_singleton<" +
                            type + ", " + namespace_text(module) + "::" + name + ">(\"" + interface->name.idl +
                            "\");\n" +
                            "/// One for each that a client creates: register_activated; one for each call: "
                            "register_single_call.\n");
        writer.emit_class_head(
            class_head(name + " final", {"public " + context.scope.name(interface->name)}, " {\npublic:\n"));
        emit_constructor(writer, scope, name, interface->constructor);
        for (const model::Method* method : interface->all_methods()) {
            emit_method(writer, scope, name, *method);
        }
        writer.unindent();
        writer.emit("};");
    }
    writer.blank_line();
    writer.emit("}  // namespace $name$", {{"name", namespace_text(module)}});
    return writer.text();
}

}  // namespace remoting::idl
