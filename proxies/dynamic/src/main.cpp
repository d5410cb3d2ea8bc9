// SPDX-License-Identifier: BSL-1.0
#include "json_texts.hpp"
#include "print_json.hpp"

#include <remoting/dynamic.hpp>
#include <remoting/messaging/object_url.hpp>
#ifdef REMOTING_CALL_HAS_MAILSLOTS
#include <remoting/channels/mailslot_channel.hpp>
#endif

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>

#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace {

using namespace remoting;
namespace json = boost::json;

constexpr int success = 0;
constexpr int threw = 1;
constexpr int wrong_command = 2;
constexpr int call_failed = 3;

struct Options {
    std::string url;
    std::string method;
    std::string arguments;
    std::string model;
    std::string interface;
    std::string deadline;
    std::optional<std::string> constructor;
};

std::string read_all(std::istream& stream)
{
    return {std::istreambuf_iterator<char>(stream), {}};
}

json::value json_of(const std::string& text)
{
    const std::string content = text == "-" ? read_all(std::cin) : text;
    if (content.empty()) {
        return nullptr;
    }
    boost::system::error_code error;
    json::value value = json::parse(content, error);
    if (error) {
        throw std::invalid_argument("the arguments are no JSON: " + error.message());
    }
    return value;
}

std::shared_ptr<const TypeModel> model_of(const std::string& path)
{
    std::ifstream file(path);
    if (!file) {
        throw std::invalid_argument("cannot read " + path);
    }
    return TypeModel::from_json(read_all(file));
}

CallOptions call_options(const Options& options)
{
    CallOptions call;
    if (!options.deadline.empty()) {
        const auto span = parse_duration(options.deadline);
        if (!span || *span <= TimeSpan::zero()) {
            throw std::invalid_argument("'" + options.deadline + "' is no deadline; 2s, 500ms or 1min would be");
        }
        call.deadline = std::chrono::duration_cast<Duration>(*span);
    }
    return call;
}

void list_objects(DynamicClient& client, const std::string& url)
{
    for (const auto& object : client.objects(url)) {
        std::cout << object.uri << "  " << object.interface_ << (object.is_activated ? "  (to be created)" : "")
                  << '\n';
    }
}

DynamicObject object_of(DynamicClient& client, const Options& options)
{
    const auto model = options.model.empty() ? nullptr : model_of(options.model);
    if (options.constructor) {
        const json::value arguments = json_of(*options.constructor);
        return model == nullptr ? client.create_object(options.url, arguments)
                                : client.create_object(options.url, model, options.interface, arguments);
    }
    return model == nullptr ? client.get_object(options.url) : client.get_object(options.url, model, options.interface);
}

void list_methods(const InterfaceDescriptor& interface)
{
    std::cout << interface.name << '\n';
    for (const MethodDescriptor& method : interface.methods) {
        std::cout << "    " << signature(method) << '\n';
    }
}

void print_reply(const DynamicReply& reply, const MethodDescriptor& method)
{
    if (!reply.outputs.empty()) {
        std::cout << print_json(json::object{{"result", reply.result}, {"outputs", reply.outputs}}) << '\n';
    } else if (!method.parameters.empty() && method.parameters.back().direction == Direction::result) {
        std::cout << print_json(reply.result) << '\n';
    }
}

int run(const Options& options)
{
    ClientOptions client_options;
    client_options.limits.decode.memory_factor = 64;
    client_options.session_grace = Duration::zero();
#ifdef REMOTING_CALL_HAS_MAILSLOTS
    const auto mailslots = std::make_shared<MailslotChannel>();
    client_options.channels.add("mailslot", mailslots, mailslots);
#endif
    Client client(client_options);
    DynamicClient dynamic(client);
    const CallOptions call = call_options(options);
    if (options.method.empty() && options.model.empty() && ObjectUrl::parse(options.url).object.empty()) {
        list_objects(dynamic, options.url);
        return success;
    }
    const DynamicObject object = object_of(dynamic, options);
    if (options.method.empty()) {
        list_methods(object.interface());
        return success;
    }
    const DynamicReply reply = object.call(options.method, json_of(options.arguments), call);
    print_reply(reply, *object.interface().find_method(options.method));
    return success;
}

}  // namespace

int main(int argc, char** argv)
{
    Options options;
    CLI::App app("Calls methods of remote objects. Values are JSON.");
    app.set_version_flag("--version", "remoting-call " REMOTING_CALL_VERSION);
    app.add_option("url", options.url, "tcp://host:port/object; without an object: lists the server's objects")
        ->required();
    app.add_option("method", options.method, "without it: lists the object's methods");
    app.add_option("arguments", options.arguments,
                   "an object of them by name or an array of them; - reads it from input");
    auto* const model = app.add_option("--model", options.model,
                                       "what `remoting-idl describe --json` printed; without it the server is asked");
    app.add_option("--interface", options.interface, "the object's interface in the model, \"bank.Account\"")
        ->needs(model);
    model->needs("--interface");
    app.add_option("--deadline", options.deadline, "for the call: 2s, 500ms");
    app.add_option("--create", options.constructor,
                   "makes an object of the type that the URL names, of these arguments, for the time of the call");
    app.footer(
        "Exit status: 0 if all went well, 1 if the method or constructor threw what it declares, 2 if the command or "
        "its JSON is "
        "wrong, 3 if the call failed.");
    try {
        app.parse(argc, argv);
        return run(options);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? success : wrong_command;
    } catch (const DynamicException& exception) {
        std::cout << print_json(json::object{{"exception", exception.type()}, {"fields", exception.fields()}}) << '\n';
        return threw;
    } catch (const JsonError& error) {
        std::cerr << "remoting-call: " << error.what() << '\n';
        return wrong_command;
    } catch (const std::invalid_argument& error) {
        std::cerr << "remoting-call: " << error.what() << '\n';
        return wrong_command;
    } catch (const std::exception& error) {
        std::cerr << "remoting-call: " << error.what() << '\n';
        return call_failed;
    }
}
