// SPDX-License-Identifier: BSL-1.0
#include "emit_async.hpp"

#include "emit_events.hpp"

#include <algorithm>

namespace remoting::idl {

namespace {

using model::Direction;

bool has_outputs(const model::Method& method)
{
    for (const model::Parameter& parameter : method.parameters) {
        if (parameter.direction != Direction::in) {
            return true;
        }
    }
    return false;
}

// What the parameters and locals of a generated function must not be called.
std::set<std::string> names_in(const model::Method& method)
{
    std::set<std::string> names = names_inside(*method.owner);
    for (const model::Parameter& parameter : method.parameters) {
        names.insert(parameter.cpp_name);
    }
    return names;
}

/// The struct of several results, a member of the interface's class.
std::string result_struct(const model::Method& method)
{
    std::set<std::string> taken;
    const auto add = [&](const model::Interface& interface) {
        for (const model::Method& other : interface.methods) {
            taken.insert({other.cpp_name, "async_" + other.cpp_name});
        }
        for (const model::Method& event : interface.events) {
            taken.insert({"on_" + event.name, "raise_" + event.name});
        }
        for (const auto& constant : interface.constants) {
            taken.insert(constant->name.cpp);
        }
    };
    std::for_each(method.owner->all_bases.begin(), method.owner->all_bases.end(),
                  [&](const model::Interface* base) { add(*base); });
    add(*method.owner);
    return free_name(method.wire_name + "_result", taken);
}

std::string result_member(const model::Method& method)
{
    return free_name("result", names_in(method));
}

/// The struct that describes a method to the runtime.
std::string call_name(const model::Method& method)
{
    return method.wire_name + "_call";
}

/// "const Money& amount" for what the caller gives.
std::vector<std::string> inputs(const model::Method& method, const CppScope& scope, bool by_value)
{
    std::vector<std::string> declarations;
    for (const model::Parameter& parameter : method.parameters) {
        if (parameter.direction == Direction::out) {
            continue;
        }
        const std::string type = scope.type(parameter.type);
        const bool copies = by_value || is_passed_by_value(parameter.type);
        declarations.push_back((copies ? type + ' ' : "const " + type + "& ") + parameter.cpp_name);
    }
    return declarations;
}

std::string joined(const std::vector<std::string>& items, const std::string& before_each, const std::string& after_each)
{
    std::string text;
    for (const std::string& item : items) {
        text += before_each + item + after_each;
    }
    return text;
}

/// "a, b, " of the inputs.
std::string input_names(const model::Method& method)
{
    std::string text;
    for (const model::Parameter& parameter : method.parameters) {
        text += parameter.direction != Direction::out ? passed_on(parameter.cpp_name, parameter.type) + ", " : "";
    }
    return text;
}

/// Writes the async header of one file.
class AsyncEmitter final {
public:
    explicit AsyncEmitter(const EmitContext& context) : context_(context) {}

    std::string text()
    {
        open_namespace();
        for (const auto& interface : context_.module.interfaces) {
            emit_interface(*interface);
        }
        close_namespace();
        return text_;
    }

private:
    void line(const std::string& text) { text_ += text + '\n'; }
    void open_namespace() { text_ += "\nnamespace " + namespace_text(context_.module) + " {\n"; }
    void close_namespace() { text_ += "\n}  // namespace " + namespace_text(context_.module) + '\n'; }

    std::string own_name(const model::Interface& interface, const std::string& suffix) const
    {
        return free_name(interface.name.idl + suffix, context_.declared);
    }
    std::string qualified(const model::Interface& interface, const std::string& suffix) const
    {
        return "::" + namespace_text(*interface.name.module) + "::" + own_name(interface, suffix);
    }
    /// What completes a call: void, the result, or the struct of several.
    std::string result_of(const model::Method& method) const
    {
        if (has_outputs(method)) {
            return scope_.name(method.owner->name) + "::" + result_struct(method);
        }
        return result_text(method, scope_);
    }

    void emit_interface(const model::Interface& interface)
    {
        for (const model::Method& method : interface.methods) {
            if (has_outputs(method)) {
                emit_result_struct(interface, method);
            }
        }
        line("\nnamespace " + own_name(interface, "Calls") + " {\n");
        std::size_t index = 0;
        for (const model::Method* method : interface.all_methods()) {
            if (method->owner == &interface) {
                emit_call(interface, *method, index);
            }
            ++index;
        }
        line("}  // namespace " + own_name(interface, "Calls"));
        for (const model::Method& method : interface.methods) {
            emit_methods(interface, method);
        }
        emit_servant(interface, "Async", "start_coroutine",
                     "Base of servants of " + interface.name.idl + " whose methods are coroutines.");
        emit_servant(interface, "Deferred", "start_deferred",
                     "Base of servants of " + interface.name.idl + " that answer by a handle, now or later.");
    }

    void emit_result_struct(const model::Interface& interface, const model::Method& method)
    {
        line("\n/// What " + interface.name.cpp + "::async_" + method.cpp_name + " completes with.");
        line("struct " + interface.name.cpp + "::" + result_struct(method) + " {");
        if (method.result) {
            line("    " + scope_.type(*method.result) + ' ' + result_member(method) + "{};");
        }
        for (const model::Parameter& parameter : method.parameters) {
            if (parameter.direction != Direction::in) {
                line("    " + scope_.type(parameter.type) + ' ' + parameter.cpp_name + "{};");
            }
        }
        line("};");
    }

    void emit_call(const model::Interface& interface, const model::Method& method, std::size_t index)
    {
        std::string frame = method.result ? scope_.type(*method.result) : "std::tuple<>";
        std::vector<std::string> all;
        std::vector<std::string> given;
        std::vector<std::string> taken;
        std::vector<std::string> put;
        if (method.result) {
            taken.push_back("std::move(frame.result)");
            put.push_back("frame.result = std::move(result." + result_member(method) + ");");
        }
        std::size_t position = 0;
        for (const model::Parameter& parameter : method.parameters) {
            const std::string place = "std::get<" + std::to_string(position++) + ">(frame.parameters)";
            frame += ", " + scope_.type(parameter.type);
            all.push_back(passed_on(place, parameter.type));
            if (parameter.direction != Direction::out) {
                given.push_back("std::move(" + place + ")");
            }
            if (parameter.direction != Direction::in) {
                taken.push_back("std::move(" + place + ")");
                put.push_back(place + " = std::move(result." + parameter.cpp_name + ");");
            }
        }
        const auto list = [](const std::vector<std::string>& items) {
            const std::string text = joined(items, ", ", "");
            return text.empty() ? text : text.substr(2);
        };
        const std::string result = result_of(method);
        const std::string unused = given.empty() ? "/*frame*/" : "frame";
        line("struct " + call_name(method) + " {");
        line("    using Interface = " + scope_.name(interface.name) + ';');
        line("    using Frame = remoting::CallFrame<" + frame + ">;");
        line("    using Result = " + result + ';');
        line("    static constexpr std::size_t method = " + std::to_string(index) + ';');
        if (result != "void") {
            line("    static Result take(Frame& frame) { return " +
                 (has_outputs(method) ? "{" + list(taken) + "}" : "std::move(frame.result)") + "; }");
            line("    static void put(Frame& frame, Result result)");
            line("    {");
            line(has_outputs(method) ? joined(put, "        ", "\n").substr(0, joined(put, "        ", "\n").size() - 1)
                                     : "        frame.result = std::move(result);");
            line("    }");
        }
        line(std::string("    static void call(Interface& object, Frame& ") + (all.empty() && !method.result ? "/*frame*/" : "frame") +
             ") { " + (method.result ? "frame.result = " : "") + "object." + method.cpp_name + '(' + list(all) + "); }");
        line("    template <class Servant>");
        line("    static auto start(Servant& servant, Frame& " + unused + ")");
        line("    {");
        line("        return servant." + method.cpp_name + '(' + list(given) + ");");
        line("    }");
        line("    template <class Servant>");
        line("    static void defer(Servant& servant, Frame& " + unused + ", remoting::Reply<Result> reply)");
        line("    {");
        given.push_back("std::move(reply)");
        line("        servant." + method.cpp_name + '(' + list(given) + ");");
        line("    }");
        line("};\n");
    }

    void emit_methods(const model::Interface& interface, const model::Method& method)
    {
        std::set<std::string> names = names_in(method);
        const std::string options = free_name("options", names);
        const std::string token = free_name("token", names);
        const std::string frame = free_name("frame", names);
        const std::string call = own_name(interface, "Calls") + "::" + call_name(method);
        const std::string parameters = joined(inputs(method, scope_, false), "", ", ");
        const std::string name = "auto " + interface.name.cpp + "::async_" + method.cpp_name + '(';
        line("\ntemplate <class CompletionToken_>");
        line(name + "const remoting::CallOptions& " + options + ", " + parameters + "CompletionToken_&& " + token + ")");
        line("{");
        line("    typename " + call + "::Frame " + frame + ';');
        std::size_t position = 0;
        for (const model::Parameter& parameter : method.parameters) {
            if (parameter.direction != Direction::out) {
                line("    std::get<" + std::to_string(position) + ">(" + frame + ".parameters) = " +
                     passed_on(parameter.cpp_name, parameter.type) + ';');
            }
            ++position;
        }
        line("    return remoting::async_call<" + call + ">(*this, " + options + ", std::forward<CompletionToken_>(" + token +
             "), std::move(" + frame + "));");
        line("}");
        line("\ntemplate <class CompletionToken_>");
        line(name + parameters + "CompletionToken_&& " + token + ")");
        line("{");
        line("    return async_" + method.cpp_name + "(remoting::CallOptions{}, " + input_names(method) +
             "std::forward<CompletionToken_>(" + token + "));");
        line("}");
    }

    void emit_servant(const model::Interface& interface, const std::string& suffix, const std::string& starter,
                      const std::string& comment)
    {
        const std::string name = own_name(interface, suffix);
        std::string bases;
        for (const model::Interface* base : interface.bases) {
            bases += (bases.empty() ? "public virtual " : ", public virtual ") + qualified(*base, suffix);
        }
        line("\n/// " + comment);
        const std::string events =
            interface.events.empty() ? "" : ", public ::" + namespace_text(context_.module) + "::" + context_.events_name(interface);
        line("class " + name + " : " + (bases.empty() ? "public virtual remoting::AsyncServant" : bases) + events + " {");
        line("public:");
        for (const model::Method& method : interface.methods) {
            emit_servant_method(method, suffix == "Async");
        }
        line("    remoting::AsyncBinding remoting_bind(std::string_view interface_name) noexcept override");
        line("    {");
        line("        if (interface_name == \"" + interface.name.qualified() + "\") {");
        const auto methods = interface.all_methods();
        const auto all_events = interface.all_events();
        if (methods.empty() && all_events.empty()) {
            line("            static constexpr remoting::StartFunction functions[] = {nullptr};");
        } else {
            line("            static constexpr remoting::StartFunction functions[] = {");
            for (const model::Method* method : methods) {
                line("                remoting::detail::" + starter + "<" + qualified(*method->owner, "Calls") +
                     "::" + call_name(*method) + ", " + name + ">,");
            }
            for (const model::Method* event : all_events) {
                line("                remoting::detail::start_subscription<" + name + ", " +
                     scope_.name(event->owner->name) + "::" + event_function(event->name) + ">,");
            }
            line("            };");
        }
        line("            return {this, functions};");
        line("        }");
        for (const model::Interface* base : interface.bases) {
            line("        if (const auto binding = " + qualified(*base, suffix) +
                 "::remoting_bind(interface_name); binding.typed != nullptr) {");
            line("            return binding;");
            line("        }");
        }
        line("        return {};");
        line("    }");
        line("};");
    }

    void emit_servant_method(const model::Method& method, bool is_coroutine)
    {
        const std::string result = result_of(method);
        std::vector<std::string> parameters = inputs(method, scope_, true);
        if (!is_coroutine) {
            parameters.push_back("remoting::Reply<" + result + "> " + free_name("reply", names_in(method)));
        }
        const std::string list = joined(parameters, ", ", "");
        line(std::string("    virtual ") + (is_coroutine ? "boost::asio::awaitable<" + result + ">" : "void") + ' ' + method.cpp_name +
             '(' + (list.empty() ? list : list.substr(2)) + ") = 0;");
    }

    const EmitContext& context_;
    const CppScope scope_ = CppScope::global();
    std::string text_;
};

}  // namespace

void emit_async_declarations(CodeWriter& writer, const CppScope& outer, const model::Interface& interface)
{
    const CppScope scope = outer.with({"CompletionToken_", "options", "token"});
    writer.blank_line();
    // clang-format takes some of these declarations for expressions.
    writer.emit_comment("// Calls that nobody waits for, with any completion token of Asio; defined in the .async.hpp header.\n"
                        "// clang-format off\n");
    for (const model::Method& method : interface.methods) {
        if (has_outputs(method)) {
            writer.emit_comment("struct " + result_struct(method) + ";\n");
        }
        std::vector<std::string> parameters = inputs(method, scope, false);
        parameters.push_back("CompletionToken_&& " + free_name("token", names_in(method)));
        const std::string prefix = "auto async_" + method.cpp_name;
        const auto declare = [&] {
            writer.emit_comment("template <class CompletionToken_>\n" +
                                parenthesized(prefix, parameters, ";", writer.indentation()) + '\n');
        };
        declare();
        parameters.insert(parameters.begin(), "const remoting::CallOptions& " + free_name("options", names_in(method)));
        declare();
    }
    writer.emit_comment("// clang-format on\n");
}

std::string async_text(const EmitContext& context)
{
    return context.module.interfaces.empty() ? std::string() : AsyncEmitter(context).text();
}

}  // namespace remoting::idl
