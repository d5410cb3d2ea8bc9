// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "object_names.hpp"
#include "type_graph.hpp"

#include <remoting/dispatch/remote_object.hpp>
#include <remoting/dynamic/type_model.hpp>
#include <remoting/proxies/proxy.hpp>
#include <remoting/serialization/archive.hpp>

#include <boost/json/value.hpp>

#include <memory>
#include <string_view>
#include <vector>

namespace remoting {

class DynamicCall;

/// The values of a call that is known at run time only, as everybody sees them through their addresses. The functions in the
/// tables find the call behind the first of them.
struct DynamicValue {
    boost::json::value json;
    DynamicCall* call = nullptr;
};

/// One call: its JSON, and what its values are.
class DynamicCall final {
public:
    /// References must outlive it. @throws RemotingError invalid_argument for an event, and where there is a stream
    DynamicCall(const TypeModel& model, const DynamicInterface& interface, const MethodDescriptor& method,
                ObjectNames& names);
    DynamicCall(const DynamicCall&) = delete;
    DynamicCall& operator=(const DynamicCall&) = delete;

    /// @throws JsonError
    void set_arguments(const boost::json::value& arguments);
    Values addresses() noexcept { return addresses_.data(); }

    void encode(OutputArchive& archive);
    void decode(InputArchive& archive);
    [[noreturn]] void raise(InputArchive& archive, const DecodeLimits& limits);

    boost::json::value take_result();
    boost::json::object take_outputs();

private:
    void set_argument(std::size_t index, const boost::json::value* given);
    bool is_argument(std::size_t index) const noexcept;

    const TypeModel& model_;
    const MethodDescriptor& method_;
    const std::vector<Field>& types_;
    ObjectNames& names_;
    std::vector<DynamicValue> values_;
    std::vector<void*> addresses_;
};

/// What a proxy is to generated code.
class DynamicProxy final : public RemoteObject, public Proxy {
public:
    DynamicProxy(ProxyTarget target, const DynamicInterface& interface)
        : Proxy(std::move(target), interface), interface_(interface)
    {
    }
    Proxy* remoting_proxy() noexcept override { return this; }
    const DynamicInterface& interface() const noexcept { return interface_; }
    void call(std::size_t method, Values values) { remoting_call(method, values); }

private:
    const DynamicInterface& interface_;
};

/// Descriptors of this kind of calls, to which the rest is added.
InterfaceDescriptor dynamic_interface(std::string_view name) noexcept;
MethodDescriptor dynamic_method(std::string_view name) noexcept;

}  // namespace remoting
