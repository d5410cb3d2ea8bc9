// SPDX-License-Identifier: BSL-1.0
#include "emit_mock.hpp"

namespace remoting::idl {

namespace {

constexpr std::size_t max_mocked_parameters = 15;  // of GoogleMock

// A macro's argument: commas in it stand in parentheses.
std::string macro_argument(const std::string& type)
{
    return type.find(',') == std::string::npos ? type : '(' + type + ')';
}

std::string parameter_type(const model::Parameter& parameter, const CppScope& scope)
{
    const std::string type = scope.type(parameter.type);
    if (parameter.direction != model::Direction::in) {
        return type + '&';
    }
    return is_passed_by_value(parameter.type) ? type : "const " + type + '&';
}

std::string mock_method(const std::string& result, const std::string& name, const std::string& parameters,
                        const char* qualifiers)
{
    return "MOCK_METHOD(" + macro_argument(result) + ", " + name + ", (" + parameters + ")" + qualifiers + ");\n";
}

std::string mocked(const model::Method& method, const CppScope& scope)
{
    const std::string result = result_text(method, scope);
    std::string types;
    std::string tuple;
    std::string names;
    for (const model::Parameter& parameter : method.parameters) {
        const std::string separator = types.empty() ? "" : ", ";
        types += separator + macro_argument(parameter_type(parameter, scope));
        tuple += separator + parameter_type(parameter, scope);
        names += separator + parameter.cpp_name;
    }
    if (method.parameters.size() <= max_mocked_parameters) {
        return mock_method(result, method.cpp_name, types, ", (override)");
    }
    const std::string packed = "mock_" + method.wire_name;
    return "/// " + method.name + " has more parameters than GoogleMock takes: they come as a tuple.\n" +
           mock_method(result, packed, "(std::tuple<" + tuple + ">)", "") +
           parenthesized(result + ' ' + method.cpp_name, parameter_declarations(method, scope),
                         " override { return " + packed + "({" + names + "}); }", 4) +
           '\n';
}

}  // namespace

void emit_mocks(CodeWriter& writer, const EmitContext& context)
{
    std::set<std::string> taken = context.declared;
    for (const auto& interface : context.module.interfaces) {
        for (const char* suffix : {"Async", "Calls", "Deferred", "Events"}) {
            taken.insert(interface->name.idl + suffix);  // of the other headers
        }
    }
    for (const auto& interface : context.module.interfaces) {
        const CppScope scope = scope_with_methods(context.scope, *interface);
        const std::string name = unique_name("Mock" + interface->name.idl, [&](const std::string& candidate) {
            return taken.contains(candidate);
        });
        std::string methods;
        for (const model::Method* method : interface->all_methods()) {
            methods += mocked(*method, scope);
        }
        for (const model::Method* event : interface->all_events()) {
            methods += "using " + scope.name(event->owner->name) + "::raise_" + event->name + ";\n";
        }
        writer.blank_line();
        writer.emit_comment("/// A servant of " + interface->name.idl +
                            " for tests, or what stands for a proxy of one.\n");
        writer.emit_comment("class " + name + " : public " + context.scope.name(interface->name) + " {\n" +
                            (methods.empty() ? "" : "public:\n" + indented(methods)) + "};\n");
    }
}

}  // namespace remoting::idl
