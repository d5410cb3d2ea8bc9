// SPDX-License-Identifier: BSL-1.0
#include "emit_stub.hpp"

#include "describe.hpp"
#include "emit_events.hpp"

#include <algorithm>
#include <functional>

namespace remoting::idl {

namespace {

using model::Direction;

// One value of a call at its place in remoting::Values.
struct CallValue {
    std::string name;  // for messages
    std::string cpp_name;
    model::Type type;
    Direction direction;
    std::optional<model::Value> value{};  // when the caller knew nothing of it
};

bool is_stream(const CallValue& value)
{
    return value.type.is<model::Stream>();
}

// What goes over the wire one way; selects values of a call.
using Selection = std::vector<std::size_t>;

struct StubMethod {
    const model::Method& method;
    std::vector<CallValue> values;  // declaration order, the result last
    bool has_servant;  // else a constructor or an event

    Selection arguments() const
    {
        return select({},
                      [](Direction direction) { return direction == Direction::in || direction == Direction::in_out; });
    }
    Selection results() const
    {
        const bool has_result = !values.empty() && values.back().direction == Direction::result;
        return select(has_result ? Selection{values.size() - 1} : Selection{}, [](Direction direction) {
            return direction == Direction::out || direction == Direction::in_out;
        });
    }

private:
    Selection select(Selection selection, bool (*is_wanted)(Direction)) const
    {
        for (std::size_t index = 0; index < values.size(); ++index) {
            if (is_wanted(values[index].direction)) {
                selection.push_back(index);
            }
        }
        return selection;
    }
};

std::string local_result_name(const model::Method& method)
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

StubMethod stub_method(const model::Method& method, const model::Interface* constructed, bool has_servant)
{
    StubMethod stub{method, {}, has_servant};
    for (const model::Parameter& parameter : method.parameters) {
        stub.values.push_back(
            {parameter.name, parameter.cpp_name, parameter.type, parameter.direction, parameter.value});
    }
    if (constructed != nullptr) {
        stub.values.push_back({"result", "result_", {constructed, {}}, Direction::result});
    } else if (method.result) {
        stub.values.push_back({"result", local_result_name(method), *method.result, Direction::result});
    }
    return stub;
}

class StubEmitter final {
public:
    StubEmitter(CodeWriter& writer, const EmitContext& context, const model::Interface& interface);

    void emit();

private:
    void emit_method(const StubMethod& stub);
    void emit_codec(const StubMethod& stub, const Selection& selection, const std::string& function, bool is_encoder);
    void emit_invoke(const StubMethod& stub);
    void emit_parameters(const StubMethod& stub);
    void emit_throws(const StubMethod& stub);
    std::string table_entry(const StubMethod& stub) const;
    std::vector<const model::Exception*> known_exceptions(const model::Method& method) const;
    void emit_exception_table(const std::string& name, const std::vector<const model::Exception*>& exceptions);
    void emit_descriptor();
    void emit_event(const StubMethod& event);

    CodeWriter& writer_;
    const EmitContext& context_;
    const model::Interface& interface_;
    CppScope scope_;
    std::vector<StubMethod> methods_;
    std::vector<StubMethod> events_;  // own ones
    StubMethod constructor_;
};

const char* direction_text(Direction direction)
{
    static constexpr const char* names[] = {"in", "out", "in_out", "result"};
    return names[static_cast<std::size_t>(direction)];
}

StubEmitter::StubEmitter(CodeWriter& writer, const EmitContext& context, const model::Interface& interface)
    : writer_(writer),
      context_(context),
      interface_(interface),
      scope_(context.source_scope),
      constructor_(stub_method(interface.constructor, &interface, false))
{
    std::set<std::string> names = {
        "methods", "constructor", "bases", "descriptor", "make_proxy", "cast", context.stub_name(interface)};
    const auto add = [&](const std::string& method) {
        for (const char* suffix : {"_encode_arguments", "_decode_arguments", "_encode_results", "_decode_results",
                                   "_invoke", "_parameters", "_throws", "_known_exceptions", "_subscribe", "_method",
                                   "_event", "_read"}) {
            names.insert(method + suffix);
        }
    };
    for (const model::Method* method : interface.all_methods()) {
        methods_.push_back(stub_method(*method, nullptr, true));
        add(method->wire_name);
    }
    for (const model::Method* event : interface.all_events()) {
        add(event->wire_name);
    }
    for (const model::Method& event : interface.events) {
        events_.push_back(stub_method(event, nullptr, false));
    }
    add("constructor");
    scope_ = context.source_scope.with(names);
}

void StubEmitter::emit()
{
    writer_.blank_line();
    writer_.emit("namespace $stub$ {", {{"stub", context_.stub_name(interface_)}});
    for (const StubMethod& method : methods_) {
        emit_method(method);
    }
    for (const StubMethod& event : events_) {
        emit_method(event);
        emit_event(event);
    }
    for (const model::Method* event : interface_.all_events()) {
        emit_subscribe(writer_, scope_, interface_, *event);
    }
    emit_method(constructor_);
    emit_descriptor();
    writer_.blank_line();
    writer_.emit("}  // namespace $stub$", {{"stub", context_.stub_name(interface_)}});
}

void StubEmitter::emit_method(const StubMethod& stub)
{
    const std::string& name = stub.method.wire_name;
    const bool has_streams = std::any_of(stub.values.begin(), stub.values.end(), is_stream);
    if (has_streams) {
        emit_throws(stub);  // what streams may end with, too
    }
    emit_codec(stub, stub.arguments(), name + "_encode_arguments", true);
    emit_codec(stub, stub.arguments(), name + "_decode_arguments", false);
    emit_codec(stub, stub.results(), name + "_encode_results", true);
    emit_codec(stub, stub.results(), name + "_decode_results", false);
    if (stub.has_servant) {
        emit_invoke(stub);
    }
    emit_parameters(stub);
    if (!has_streams) {
        emit_throws(stub);
    }
}

// A statement; of a stream that may end with declared exceptions it names them.
std::string stream_codec(const StubMethod& stub, const CallValue& value, const std::string& text, bool is_encoder)
{
    const std::string& name = stub.method.wire_name;
    const std::string errors =
        stub.method.throws.empty() ? "" : ", {" + name + "_throws, " + name + "_known_exceptions}";
    return std::string(is_encoder ? "remoting::save_stream<" : "remoting::load_stream<") +
           (model::has_required_references(value.type) ? "true" : "false") + ">(archive, " + text + errors + ");\n";
}

void StubEmitter::emit_codec(const StubMethod& stub, const Selection& selection, const std::string& function,
                             bool is_encoder)
{
    if (selection.empty()) {
        return;
    }
    std::string body;
    for (const std::size_t index : selection) {
        const CallValue& value = stub.values[index];
        const std::string text = std::string("*static_cast<") + (is_encoder ? "const " : "") + scope_.type(value.type) +
                                 "*>(values[" + std::to_string(index) + "])";
        body += fenced_if_long(is_stream(value) ? stream_codec(stub, value, text, is_encoder)
                                                : (is_encoder ? "archive << " : "archive >> ") +
                                                      archived(text, value.name, value.type) + ";\n",
                               4);
    }
    writer_.blank_line();
    writer_.emit(R"(
void $function$(remoting::$archive$& archive, remoting::Values values)
{
    $body$
}
)",
                 {{"function", function}, {"archive", is_encoder ? "OutputArchive" : "InputArchive"}, {"body", body}});
}

void StubEmitter::emit_invoke(const StubMethod& stub)
{
    std::string locals;
    std::vector<std::string> addresses;
    std::string arguments;
    std::string call;
    for (const CallValue& value : stub.values) {
        const std::string initializer = value.value ? " = " + scope_.value(*value.value, value.type) : "{}";
        locals += fenced_if_long(scope_.type(value.type) + ' ' + value.cpp_name + initializer + ";\n", 4);
        addresses.push_back('&' + value.cpp_name);
        if (value.direction == Direction::result) {
            call = value.cpp_name + " = ";
        } else {
            arguments += (arguments.empty() ? "" : ", ") + passed_on(value.cpp_name, value.type);
        }
    }
    call += "object." + stub.method.cpp_name + '(' + arguments + ");";
    if (!stub.method.announces.empty()) {
        call += " remoting::detail::announce(object, object, " + scope_.name(stub.method.owner->name) + "::" +
                event_function(stub.method.announces) + "());";
    }
    const std::string values = stub.values.empty() ? "nullptr" : "values";
    writer_.blank_line();
    writer_.emit(R"(
void $name$_invoke(remoting::ServerCall& call, void* servant)
{
    $locals$
    $values$
    auto& object = *static_cast<$class$*>(servant);
    $run$
}
)",
                 {{"name", stub.method.wire_name},
                  {"locals", locals},
                  {"values", stub.values.empty() ? "" : values_array(addresses, 4)},
                  {"class", scope_.name(interface_.name)},
                  {"run", fenced_if_long("call.run(" + values + ", [&] { " + call + " });", 4)}});
}

void StubEmitter::emit_parameters(const StubMethod& stub)
{
    if (stub.values.empty()) {
        return;
    }
    std::string rows;
    for (const CallValue& value : stub.values) {
        const bool is_result = value.direction == Direction::result;
        rows += "{.name = \"" + (is_result ? "" : value.name) + "\", .type = \"" + to_string(value.type) +
                "\", .direction = remoting::Direction::" + direction_text(value.direction) +
                (value.value ? ", .value = " + string_literal(describe_value(*value.value, value.type)) : "") + "},\n";
    }
    writer_.blank_line();
    writer_.emit(R"(
constexpr remoting::ParameterDescriptor $name$_parameters[] = {
    $rows$
};
)",
                 {{"name", stub.method.wire_name}, {"rows", rows}});
}

std::vector<const model::Exception*> StubEmitter::known_exceptions(const model::Method& method) const
{
    std::vector<const model::Exception*> known = method.throws;
    for (const model::Exception* exception : context_.exceptions) {
        bool derives = false;
        bool is_declared = false;
        for (const model::Exception* declared : method.throws) {
            derives = derives || exception->derives_from(*declared);
            is_declared = is_declared || exception == declared;
        }
        if (derives && !is_declared) {
            known.push_back(exception);
        }
    }
    return known;
}

void StubEmitter::emit_exception_table(const std::string& name, const std::vector<const model::Exception*>& exceptions)
{
    std::vector<std::string> rows;
    for (const model::Exception* exception : exceptions) {
        rows.push_back('&' + scope_.name(exception->name) + "::remoting_type,\n");
    }
    writer_.blank_line();
    writer_.emit("$table$", {{"table", table("constexpr const remoting::ExceptionDescriptor* " + name + "[]", rows)}});
}

void StubEmitter::emit_throws(const StubMethod& stub)
{
    if (!stub.method.throws.empty()) {
        emit_exception_table(stub.method.wire_name + "_throws", stub.method.throws);
        emit_exception_table(stub.method.wire_name + "_known_exceptions", known_exceptions(stub.method));
    }
}

// What has another value than MethodDescriptor gives it.
std::string rarely_used_entries(const model::Method& method)
{
    std::string text = method.idempotent ? ".idempotent = true,\n" : "";
    text += method.deadline ? ".deadline_ms = " + std::to_string(method.deadline->count()) + ",\n" : "";
    const bool takes_stream =
        std::any_of(method.parameters.begin(), method.parameters.end(),
                    [](const model::Parameter& parameter) { return parameter.type.is<model::Stream>(); });
    return takes_stream ? text + ".takes_stream = true,\n" : text;
}

std::string StubEmitter::table_entry(const StubMethod& stub) const
{
    const std::string& name = stub.method.wire_name;
    const auto codec = [&](const Selection& selection, const char* suffix, const char* archive) {
        return selection.empty() ? std::string("[](remoting::") + archive + "&, remoting::Values) {}" : name + suffix;
    };
    const auto table = [&](bool is_empty, const char* suffix) { return is_empty ? "{}" : name + suffix; };
    return expand(R"(
.name = "$name$",
.parameters = $parameters$,
.encode_arguments = $encode_arguments$,
.decode_arguments = $decode_arguments$,
.encode_results = $encode_results$,
.decode_results = $decode_results$,
.throws = $throws$,
.known_exceptions = $known_exceptions$,
.invoke = $invoke$,
.one_way = $one_way$,
$extra$
)",
                  {{"name", name},
                   {"parameters", table(stub.values.empty(), "_parameters")},
                   {"encode_arguments", codec(stub.arguments(), "_encode_arguments", "OutputArchive")},
                   {"decode_arguments", codec(stub.arguments(), "_decode_arguments", "InputArchive")},
                   {"encode_results", codec(stub.results(), "_encode_results", "OutputArchive")},
                   {"decode_results", codec(stub.results(), "_decode_results", "InputArchive")},
                   {"throws", table(stub.method.throws.empty(), "_throws")},
                   {"known_exceptions", table(stub.method.throws.empty(), "_known_exceptions")},
                   {"invoke", stub.has_servant ? name + "_invoke" : "nullptr"},
                   {"one_way", stub.method.one_way ? "true" : "false"},
                   {"extra", rarely_used_entries(stub.method) +
                                 (context_.described.empty() ? "" : ".types = remoting_types::all,\n")}});
}

void StubEmitter::emit_event(const StubMethod& event)
{
    writer_.blank_line();
    writer_.emit("constexpr remoting::MethodDescriptor $name$_method = {\n    $entry$\n};",
                 {{"name", event.method.name}, {"entry", table_entry(event)}});
    emit_event_descriptor(writer_, scope_, interface_, event.method);
}

void StubEmitter::emit_descriptor()
{
    std::string entries;
    for (const StubMethod& method : methods_) {
        entries += "{\n" + indented(table_entry(method)) + "},\n";
    }
    for (const model::Method* event : interface_.all_events()) {
        entries += "remoting::subscribe_method(\"" + event->wire_name + "\", " + event->wire_name + "_subscribe),\n";
    }
    std::vector<std::string> bases;
    for (const model::Interface* base : interface_.all_bases) {
        bases.push_back('"' + base->name.qualified() + "\",\n");
    }
    if (!entries.empty()) {
        writer_.blank_line();
        writer_.emit("constexpr remoting::MethodDescriptor methods[] = {\n    $entries$\n};", {{"entries", entries}});
    }
    writer_.blank_line();
    writer_.emit("constexpr remoting::MethodDescriptor constructor = {\n    $entry$\n};",
                 {{"entry", table_entry(constructor_)}});
    if (!bases.empty()) {
        writer_.blank_line();
        writer_.emit("$table$", {{"table", table("constexpr std::string_view bases[]", bases)}});
    }
    writer_.blank_line();
    writer_.emit(R"(
std::shared_ptr<remoting::RemoteObject> make_proxy(remoting::ProxyTarget target, const remoting::InterfaceDescriptor&)
{
    return std::make_shared<$proxy$>(std::move(target));
}

void* cast(remoting::RemoteObject& object) noexcept
{
    return dynamic_cast<$class$*>(&object);
}

constexpr remoting::InterfaceDescriptor descriptor = {
    .name = "$qualified$",
    .bases = $bases$,
    .methods = $methods$,
    .constructor = &constructor,
    .make_proxy = make_proxy,
    .cast = cast,
};
)",
                 {{"proxy", context_.proxy_name(interface_)},
                  {"class", scope_.name(interface_.name)},
                  {"qualified", interface_.name.qualified()},
                  {"bases", bases.empty() ? "{}" : "bases"},
                  {"methods", entries.empty() ? "{}" : "methods"}});
}

}  // namespace

void emit_stub(CodeWriter& writer, const EmitContext& context, const model::Interface& interface)
{
    StubEmitter(writer, context, interface).emit();
}

}  // namespace remoting::idl
