// SPDX-License-Identifier: BSL-1.0
#include "emit_events.hpp"

#include <algorithm>

namespace remoting::idl {

namespace {

std::string joined(const std::vector<std::string>& items)
{
    std::string text;
    for (const std::string& item : items) {
        text += (text.empty() ? "" : ", ") + item;
    }
    return text;
}

std::string fenced(const std::string& text)
{
    return "// clang-format off\n" + text + "// clang-format on\n";
}

std::string handler_type(const model::Method& event, const CppScope& scope)
{
    return "std::function<" + result_text(event, scope) + '(' + joined(parameter_declarations(event, scope)) + ")>";
}

std::string raise_signature(const model::Method& event, const CppScope& scope, const std::string& owner)
{
    return result_text(event, scope) + ' ' + owner + "raise_" + event.name + '(' +
           joined(parameter_declarations(event, scope)) + ')';
}

std::string when_raised(const model::Method& event)
{
    if (model::asks(event)) {
        return "/// Asks the subscribers one after the other and waits, for each up to 1 s or the event's [deadline]. One that "
               "fails,\n/// or is late, has no say" +
               std::string(event.result ? "; true when all others agree.\n" : ".\n");
    }
    return event.reads.empty() ? "" : "/// What is equal to the last value is not announced.\n";
}

// The result's type, or an empty tuple, and the parameters' types.
std::string value_types(const model::Method& event, const CppScope& scope)
{
    std::string types = event.result ? scope.type(*event.result) : "std::tuple<>";
    for (const model::Parameter& parameter : event.parameters) {
        types += ", " + scope.type(parameter.type);
    }
    return types;
}

bool keeps_last(const model::Method& event)
{
    return !model::asks(event) &&
           std::none_of(event.parameters.begin(), event.parameters.end(), [](const model::Parameter& parameter) {
               return model::may_hold_references(parameter.type);
           });
}

std::string raise_body(const model::Method& event, const std::string& descriptor)
{
    std::vector<std::string> addresses;
    for (const model::Parameter& parameter : event.parameters) {
        const bool is_input = parameter.direction == model::Direction::in;
        addresses.push_back(is_input ? "remoting::address_of(" + parameter.cpp_name + ')' : '&' + parameter.cpp_name);
    }
    std::string body;
    if (event.result) {
        body += "bool result_ = true;\n";
        addresses.emplace_back("&result_");
    }
    body += addresses.empty() ? "" : "void* values[] = {" + joined(addresses) + "};\n";
    body += "remoting_raise(" + descriptor + (addresses.empty() ? ", nullptr);\n" : ", values);\n");
    return event.result ? body + "return result_;\n" : body;
}

}  // namespace

std::string event_function(const std::string& event)
{
    return "remoting_event_" + event;
}

void emit_event_base(CodeWriter& writer, const EmitContext& context, const model::Interface& interface)
{
    if (interface.events.empty()) {
        return;
    }
    const CppScope scope = scope_with_methods(context.scope, interface);
    std::string descriptors;
    std::string members;
    for (const model::Method& event : interface.events) {
        descriptors += "static const remoting::EventDescriptor& " + event_function(event.name) + "() noexcept;\n";
        members += doc_comment(event.doc, 4) + when_raised(event) + raise_signature(event, scope, "") + ";\n";
    }
    writer.blank_line();
    writer.emit_comment("/// Raises the events of " + interface.name.idl + ", from any thread: a base of its servants.\n" +
                        fenced("class " + context.events_name(interface) +
                               " : public virtual remoting::EventSources {\npublic:\n" + indented(descriptors) +
                               "\nprotected:\n" + indented(members) + "};\n"));
}

void emit_event_declarations(CodeWriter& writer, const CppScope& scope, const model::Interface& interface)
{
    if (interface.events.empty()) {
        return;
    }
    std::string text;
    for (const model::Method& event : interface.events) {
        text += doc_comment(event.doc, writer.indentation()) + deprecated_text(event.attributes) +
                "remoting::Subscription on_" + event.name + '(' + handler_type(event, scope) +
                " handler, remoting::SubscriptionOptions options = {});\n";
    }
    if (!interface.methods.empty()) {
        writer.blank_line();
    }
    writer.emit_comment("// Events: the handler is called until the handle goes.\n" + fenced(text));
}

void emit_event_definitions(CodeWriter& writer, const EmitContext& context, const model::Interface& interface)
{
    const CppScope scope = scope_with_methods(context.source_scope, interface);
    const std::string base = context.events_name(interface) + "::";
    const std::string handler = free_name("handler", names_inside(interface));
    const std::string options = free_name("options", names_inside(interface));
    for (const model::Method& event : interface.events) {
        const std::string descriptor = context.stub_name(interface) + "::" + event.name + "_event";
        std::string text = "const remoting::EventDescriptor& " + base + event_function(event.name) +
                           "() noexcept\n{\n    return " + descriptor + ";\n}\n\n";
        text += raise_signature(event, scope, base) + "\n{\n" +
                indented(raise_body(event, event_function(event.name) + "()")) + "}\n\n";
        text += "remoting::Subscription " + interface.name.cpp + "::on_" + event.name + '(' +
                handler_type(event, scope) + ' ' + handler + ", remoting::SubscriptionOptions " + options +
                ")\n{\n    return remoting::detail::subscribe(*this, *this, " + event_function(event.name) +
                "(), remoting::detail::event_handler(std::move(" + handler + ")), std::move(" + options + "));\n}\n";
        writer.blank_line();
        writer.emit_comment(fenced(text));
    }
}

void emit_event_descriptor(CodeWriter& writer, const CppScope& scope, const model::Interface& interface,
                           const model::Method& event)
{
    const std::string types = value_types(event, scope);
    std::string text;
    std::string change;
    if (!event.reads.empty()) {
        const std::string type = scope.type(event.parameters[0].type);
        text += "bool " + event.name + "_read(remoting::EventSources& sources, remoting::Values values)\n{\n" +
                "    auto* const object = dynamic_cast<" + scope.name(interface.name) + "*>(&sources);\n" +
                "    if (object == nullptr) {\n        return false;\n    }\n    *static_cast<" + type +
                "*>(values[0]) = object->" + event.reads + "();\n    return true;\n}\n\n";
        change = "    .is_same = remoting::detail::same_event_value<" + type + ">,\n    .read = " + event.name + "_read,\n";
    }
    text += "constexpr remoting::EventDescriptor " + event.name + "_event = {\n    .method = " + event.name +
            "_method,\n    .copy = remoting::detail::copy_event_values<" + types +
            ">,\n    .assign = remoting::detail::assign_event_value<" + types + ">,\n";
    text += model::asks(event) ? "    .asks = true,\n" : "";
    text += keeps_last(event) ? "    .keeps_last = true,\n" : "";
    writer.blank_line();
    writer.emit_comment(fenced(text + change + "};\n"));
}

void emit_subscribe(CodeWriter& writer, const CppScope& scope, const model::Interface& interface,
                    const model::Method& event)
{
    writer.blank_line();
    writer.emit_comment(fenced("void " + event.name + "_subscribe(remoting::ServerCall& call, void* servant)\n{\n" +
                               "    auto& object = *static_cast<" + scope.name(interface.name) + "*>(servant);\n" +
                               "    remoting::detail::accept_subscription(call, object, object, " +
                               scope.name(event.owner->name) + "::" + event_function(event.name) + "());\n}\n"));
}

}  // namespace remoting::idl
