// SPDX-License-Identifier: BSL-1.0
#include "emit_proxy.hpp"

namespace remoting::idl {

namespace {

std::string result_name(const model::Method& method)
{
    return unique_name("result_", [&](const std::string& name) {
        for (const model::Parameter& parameter : method.parameters) {
            if (parameter.cpp_name == name) {
                return true;
            }
        }
        return false;
    });
}

std::string body_of(const model::Method& method, std::size_t index, const CppScope& scope)
{
    std::vector<std::string> addresses;
    for (const model::Parameter& parameter : method.parameters) {
        const bool is_input = parameter.direction == model::Direction::in;
        addresses.push_back(is_input ? "remoting::address_of(" + parameter.cpp_name + ')' : '&' + parameter.cpp_name);
    }
    const std::string result = result_name(method);
    std::string body;
    if (method.result) {
        addresses.push_back('&' + result);
        body += scope.type(*method.result) + ' ' + result + "{};\n";
    }
    body += addresses.empty() ? "" : values_array(addresses, 8);
    body += "remoting_call(" + std::to_string(index) + (addresses.empty() ? ", nullptr);\n" : ", values);\n");
    return method.result ? body + "return " + result + ";\n" : body;
}

// A body of one statement stands on the line of the signature if it fits.
std::string with_body(const std::string& signature, const std::string& body)
{
    const std::string one_line = signature + " { " + body.substr(0, body.size() - 1) + " }";
    constexpr std::size_t indentation = 4;
    const bool fits = one_line.find('\n') == std::string::npos && one_line.size() + indentation <= CodeWriter::max_line;
    return fits ? one_line : signature + "\n{\n" + indented(body) + "}";
}

}  // namespace

void emit_proxy(CodeWriter& writer, const EmitContext& context, const model::Interface& interface)
{
    // Members of the other base, private ones too, would make names ambiguous.
    const CppScope scope = scope_with_methods(context.source_scope, interface).with({"Proxy", "interface_", "target_"});
    const std::string name = context.proxy_name(interface);
    std::set<std::string> taken = names_inside(interface);
    taken.insert("target_");
    writer.blank_line();
    writer.emit_class_head(class_head(name + " final",
                                      {"public " + context.source_scope.name(interface.name), "public remoting::Proxy"},
                                      " {\npublic:\n"));
    writer.emit(R"(
explicit $name$(remoting::ProxyTarget $target$)
    : remoting::Proxy(std::move($target$), remoting::InterfaceTraits<$interface$>::descriptor())
{
}

remoting::Proxy* remoting_proxy() noexcept override { return this; }
)",
                {{"name", name}, {"target", free_name("target", taken)}, {"interface", scope.name(interface.name)}});
    std::size_t index = 0;
    for (const model::Method* method : interface.all_methods()) {
        const std::string prefix = result_text(*method, scope) + ' ' + method->cpp_name;
        writer.blank_line();
        writer.emit("$definition$",
                    {{"definition", with_body(parenthesized(prefix, parameter_declarations(*method, scope), " override",
                                                            writer.indentation()),
                                              body_of(*method, index, scope))}});
        ++index;
    }
    writer.unindent();
    writer.emit("};");
}

}  // namespace remoting::idl
