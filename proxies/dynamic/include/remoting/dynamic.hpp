// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/client.hpp>
#include <remoting/dynamic/json_error.hpp>
#include <remoting/dynamic/type_model.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/proxies/call_options.hpp>

#include <boost/json/value.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

// Calls without generated code: values are JSON. proxies/dynamic/README.md says how each type of the IDL is written.

namespace remoting {

class DynamicProxy;
struct DynamicReply;

/// A declared exception, thrown by a dynamic call. Keeps its model.
class DynamicException final : public UserException {
public:
    DynamicException(std::shared_ptr<const TypeModel> model, const ExceptionDescriptor& type, boost::json::object fields);

    std::string_view type() const noexcept { return type_.name; }  ///< "bank.InsufficientFunds"
    /// Inherited ones, too.
    const boost::json::object& fields() const noexcept { return fields_; }

    const ExceptionDescriptor& remoting_descriptor() const noexcept override { return type_; }
    [[noreturn]] void remoting_raise() const override { throw DynamicException(*this); }
    void remoting_describe() override;

private:
    std::shared_ptr<const TypeModel> model_;
    const ExceptionDescriptor& type_;
    boost::json::object fields_;
};

/// An object elsewhere whose methods are called by name; what a proxy is to generated code. A cheap handle: the object is let
/// go with the last one. Thread-safe to copy and to call.
class DynamicObject final {
public:
    const InterfaceDescriptor& interface() const noexcept;
    std::string url() const;
    const std::shared_ptr<DynamicProxy>& proxy() const noexcept { return proxy_; }

    /// @param arguments an object of them by name, or an array of them in their order; those with a default may be left out
    /// @throws JsonError before anything is sent, DynamicException, and what other calls throw; method_not_found when the
    ///         interface has no such method, invalid_argument for events, streams and native types
    DynamicReply call(std::string_view method, const boost::json::value& arguments = nullptr,
                      const CallOptions& options = {}) const;

private:
    friend class DynamicClient;
    friend class DynamicNames;
    struct Shared;
    DynamicObject(std::shared_ptr<DynamicProxy> proxy, std::shared_ptr<Shared> shared);

    std::shared_ptr<DynamicProxy> proxy_;
    std::shared_ptr<Shared> shared_;
};

/// What a call gave.
struct DynamicReply {
    boost::json::value result;            ///< null where there is none
    boost::json::object outputs;          ///< `out` and `inout` parameters
    std::vector<DynamicObject> objects;   ///< whose URLs are in it; let go with it unless they are copied
};

/// Dynamic calls through a Client, which outlives it. Thread-safe. Models that were used stay until the Client is gone.
class DynamicClient final {
public:
    explicit DynamicClient(Client& client);

    /// What the server at "tcp://127.0.0.1:6100" hosts under names.
    /// @throws RemotingError object_not_found unless its options say `describes_objects`
    std::vector<remoting_::HostedObject> objects(std::string_view server);

    /// The object at "tcp://127.0.0.1:6100/account", of an interface that its server is asked for.
    DynamicObject get_object(std::string_view url);
    /// Nothing is sent. @throws RemotingError invalid_argument when the model has no such interface
    DynamicObject get_object(std::string_view url, const std::shared_ptr<const TypeModel>& model,
                             std::string_view interface);
    /// Makes an object, as Client::create_object. Of the type named behind the server's URL, which the server is asked for.
    DynamicObject create_object(std::string_view url, const boost::json::value& arguments = nullptr);
    DynamicObject create_object(std::string_view url, const std::shared_ptr<const TypeModel>& model,
                                std::string_view interface, const boost::json::value& arguments = nullptr);

private:
    std::shared_ptr<DynamicObject::Shared> shared_;
};

}  // namespace remoting
