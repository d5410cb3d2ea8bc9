// SPDX-License-Identifier: BSL-1.0
#include <remoting/dynamic.hpp>

#include "dynamic_call.hpp"
#include "dynamic_names.hpp"

#include <remoting/description_service.remoting.serialization.hpp>
#include <remoting/messaging/object_url.hpp>
#include <remoting/serialization/archive.hpp>

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace remoting {

namespace {

namespace json = boost::json;

/// Of different descriptions; a server that describes its objects anew each time is not to fill the memory.
constexpr std::size_t max_asked_models = 1024;
constexpr std::size_t max_kept_names = 4096;

std::shared_ptr<remoting_::DescriptionService> service_of(Client& client, const ObjectUrl& url)
{
    return client.get_object<remoting_::DescriptionService>(join_url(url.endpoint(), "~describe"));
}

template <class F>
auto asked(const std::string& object, F ask)
{
    try {
        return ask();
    } catch (const remoting_::DescriptionRefused& refused) {
        throw RemotingError(error_code_of(refused.code), Executed::no, refused.reason, {{}, object, {}});
    } catch (const RemotingError& error) {
        if (error.code() != ErrorCode::object_not_found) {
            throw;
        }
        throw RemotingError(error.code(), error.executed(),
                            "the server does not describe its objects: `describes_objects` of its options is off",
                            {error.method(), error.object(), error.address()});
    }
}

const DynamicInterface& interface_of(const TypeModel& model, std::string_view name)
{
    const auto* const interface = static_cast<const DynamicInterface*>(model.find_interface(name));
    if (interface == nullptr) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                            "the model has no interface '" + std::string(name) + "'");
    }
    return *interface;
}

}  // namespace

void DynamicObject::Shared::keep(const std::shared_ptr<const TypeModel>& model)
{
    const std::lock_guard lock(mutex);
    if (std::ranges::find(given, model) == given.end()) {
        given.push_back(model);
    }
}

std::shared_ptr<const TypeModel> DynamicObject::Shared::model_of(const ModelDescription& description)
{
    Buffer buffer;
    OutputArchive archive(buffer);
    archive << description;
    std::string key(reinterpret_cast<const char*>(buffer.data()), buffer.size());
    const std::lock_guard lock(mutex);
    auto& known = asked[std::move(key)];
    if (known == nullptr) {
        if (asked.size() > max_asked_models) {
            throw RemotingError(ErrorCode::limit_exceeded, Executed::no, "too many different descriptions of objects");
        }
        known = TypeModel::from(description);
    }
    return known;
}

std::shared_ptr<RemoteObject> DynamicNames::find(const InterfaceDescriptor& interface, std::string_view url)
{
    {
        const std::lock_guard lock(shared_->mutex);
        const auto found = shared_->received.find(std::string(url));
        if (found != shared_->received.end()) {
            if (auto proxy = found->second.lock()) {
                return proxy;
            }
        }
    }
    return shared_->client.get_object(interface, url);
}

std::string DynamicNames::name_of(const std::shared_ptr<RemoteObject>& object)
{
    std::string url = object_url(*object);
    const auto proxy = std::dynamic_pointer_cast<DynamicProxy>(object);
    if (url.empty() || proxy == nullptr) {
        return url.empty() ? "local" : url;  // an object of this program, passed out by generated code
    }
    objects_.push_back({proxy, shared_});
    const std::lock_guard lock(shared_->mutex);
    if (shared_->received.size() >= max_kept_names) {
        std::erase_if(shared_->received, [](const auto& entry) { return entry.second.expired(); });
    }
    shared_->received[url] = proxy;
    return url;
}

DynamicException::DynamicException(std::shared_ptr<const TypeModel> model, const ExceptionDescriptor& type,
                                   json::object fields)
    : model_(std::move(model)),
      type_(type),
      fields_(std::move(fields))
{
    DynamicException::remoting_describe();
}

void DynamicException::remoting_describe()
{
    remoting_text_ = std::string(type_.name) + json::serialize(fields_);
}

DynamicObject::DynamicObject(std::shared_ptr<DynamicProxy> proxy, std::shared_ptr<Shared> shared)
    : proxy_(std::move(proxy)),
      shared_(std::move(shared))
{
}

const InterfaceDescriptor& DynamicObject::interface() const noexcept
{
    return proxy_->interface();
}

std::string DynamicObject::url() const
{
    return object_url(*proxy_);
}

DynamicReply DynamicObject::call(std::string_view method, const json::value& arguments,
                                 const CallOptions& options) const
{
    const DynamicInterface& interface = proxy_->interface();
    const MethodDescriptor* const found = interface.find_method(method);
    if (found == nullptr) {
        throw RemotingError(ErrorCode::method_not_found, Executed::no,
                            std::string(interface.name) + " has no method '" + std::string(method) + "'",
                            {{}, {}, url()});
    }
    DynamicNames names(shared_);
    DynamicCall call(*interface.model, interface, *found, names);
    call.set_arguments(arguments);
    const auto proxy = with_options(proxy_, options);
    proxy->call(static_cast<std::size_t>(found - interface.methods.data()), call.addresses());
    DynamicReply reply{call.take_result(), call.take_outputs(), names.take_objects()};
    return reply;
}

DynamicClient::DynamicClient(Client& client) : shared_(std::make_shared<DynamicObject::Shared>(client))
{
    client.keep(shared_);
}

std::vector<remoting_::HostedObject> DynamicClient::objects(std::string_view server)
{
    const auto service = service_of(shared_->client, ObjectUrl::parse(server));
    return asked({}, [&] { return service->Objects(); });
}

DynamicObject DynamicClient::get_object(std::string_view url)
{
    const ObjectUrl parsed = ObjectUrl::parse(url);
    const auto service = service_of(shared_->client, parsed);
    std::string interface;
    const auto description = asked(parsed.object, [&] { return service->Describe(parsed.object, interface); });
    return get_object(url, shared_->model_of(description), interface);
}

DynamicObject DynamicClient::get_object(std::string_view url, const std::shared_ptr<const TypeModel>& model,
                                        std::string_view interface)
{
    shared_->keep(model);
    auto proxy = shared_->client.get_object(interface_of(*model, interface), url);
    return {std::static_pointer_cast<DynamicProxy>(std::move(proxy)), shared_};
}

DynamicObject DynamicClient::create_object(std::string_view url, const json::value& arguments)
{
    const ObjectUrl parsed = ObjectUrl::parse(url);
    const auto service = service_of(shared_->client, parsed);
    std::string interface;
    const auto description = asked(parsed.object, [&] { return service->DescribeType(parsed.object, interface); });
    return create_object(url, shared_->model_of(description), interface, arguments);
}

DynamicObject DynamicClient::create_object(std::string_view url, const std::shared_ptr<const TypeModel>& model,
                                           std::string_view interface_name, const json::value& arguments)
{
    shared_->keep(model);
    const DynamicInterface& interface = interface_of(*model, interface_name);
    if (interface.constructor == nullptr) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                            "objects of '" + std::string(interface.name) + "' cannot be created");
    }
    DynamicNames names(shared_);
    DynamicCall call(*model, interface, *interface.constructor, names);
    call.set_arguments(arguments);
    shared_->client.create_object(interface, url, call.addresses());
    std::vector<DynamicObject> objects = names.take_objects();
    if (objects.empty()) {
        throw RemotingError(ErrorCode::invalid_payload, Executed::yes, "the reply holds no object");
    }
    return std::move(objects.front());
}

}  // namespace remoting
