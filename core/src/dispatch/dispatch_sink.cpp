// SPDX-License-Identifier: BSL-1.0
#include <remoting/dispatch/dispatch_sink.hpp>

#include <remoting/channels/connection.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/serialization/reference_marshaller.hpp>

#include "invocation.hpp"

#include <fmt/format.h>

namespace remoting {

namespace {

std::string caller_key(ActivationMode mode, Connection* caller)
{
    if (mode == ActivationMode::per_connection) {
        return session_key(caller != nullptr ? caller->marshaller().session_number() : 0);
    }
    return caller != nullptr ? caller->peer().principal() : std::string();
}

/// What a client wrote behind the server's URL, if anything.
std::string name_of_activation(const BoundObject& object)
{
    return object.uri == activation_uri(object.interface_name, {})
               ? std::string()
               : fmt::format(" under the name '{}'", object.uri.substr(object.uri.find('/') + 1));
}

}  // namespace

std::shared_ptr<ObjectEntry> instance_for(ObjectTable& objects, const std::shared_ptr<ObjectEntry>& entry,
                                          Connection* caller)
{
    return objects.individual(entry, caller_key(entry->activator().mode(), caller), [&] {
        return entry->activator().mode() == ActivationMode::per_connection && caller != nullptr &&
               caller->marshaller().is_session_over();
    });
}

std::shared_ptr<ObjectEntry> DispatchSink::find_object(BoundObject& object, const Connection* caller) const
{
    const bool activates = is_activation_uri(object.uri);
    auto entry =
        activates ? objects_.find_activated_type(object.uri, object.interface_name) : objects_.find(object.uri);
    if (entry == nullptr && activates) {
        throw RemotingError(ErrorCode::type_not_allowed, Executed::no,
                            fmt::format("{} is not registered here as client-activated{}", object.interface_name,
                                        name_of_activation(object)));
    }
    if (entry == nullptr) {
        throw RemotingError(ErrorCode::object_not_found, Executed::no, objects_.reason_not_found(object.uri));
    }
    if (caller != nullptr && !objects_.admits(*entry, caller->peer())) {
        throw RemotingError(ErrorCode::permission_denied, Executed::no, "the object was given to another user");
    }
    if (!entry->interface().is(object.interface_name)) {
        throw RemotingError(
            ErrorCode::interface_mismatch, Executed::no,
            fmt::format("the object is a {}, not a {}", entry->interface().name, object.interface_name));
    }
    object.entry = entry;
    return entry;
}

std::shared_ptr<ObjectEntry> DispatchSink::object_for(BoundObject& object, Connection* caller) const
{
    auto entry = object.entry.lock();
    for (;;) {
        if (entry == nullptr || entry->is_withdrawn()) {
            entry = find_object(object, caller);
        }
        if (!entry->is_individual()) {
            return entry;
        }
        if (auto own = instance_for(objects_, entry, caller)) {
            return own;
        }
    }
}

void DispatchSink::resolve(BoundObject& object, BoundMethod& method, IncomingCall& call, Connection* caller) const
{
    try {
        auto entry = object_for(object, caller);
        while (!call.use.begin(entry->lease())) {
            objects_.end_lease(*entry);  // nobody has done so yet
            entry = object_for(object, caller);
        }
        const InterfaceDescriptor& interface = entry->interface();
        if (method.interface != &interface) {
            const bool constructs = entry->is_activated_type();
            method.method = constructs ? interface.constructor : interface.find_method(method.name);
            method.interface = &interface;
        }
        if (method.method == nullptr || method.method->name != method.name) {
            throw RemotingError(ErrorCode::method_not_found, Executed::no,
                                fmt::format("{} has no method '{}' here; the client's IDL is newer or another one",
                                            interface.name, method.name));
        }
        if (!call.one_way && entry->refuses_reentrance() && entry->turn().leads_to(call.chain)) {
            throw RemotingError(
                ErrorCode::reentrancy_rejected, Executed::no,
                fmt::format("{}.{}, nested {} calls deep, comes back to '{}', which refuses calls of its "
                            "running one's own chain",
                            interface.name, method.name, call.chain.depth, entry->uri()));
        }
        call.object = std::move(entry);
        call.method = method.method;
    } catch (const RemotingError&) {
        call.refusal = std::current_exception();
    }
}

void DispatchSink::dispatch(IncomingCall& call, Buffer& reply, Outcome& outcome) const
{
    Invocation invocation(call, sinks_, limits_, reply);
    try {
        if (call.object->is_activated_type()) {
            call.object->construct()(invocation);
        } else {
            Servant servant = call.object->activator().acquire();
            if (call.object->lacks_identity()) {
                objects_.bind_identity(call.object, *servant.object);
            }
            if (servant.is_async()) {
                outcome.later = std::move(servant);
                return;
            }
            call.method->invoke(invocation, servant.typed);
        }
    } catch (...) {
        outcome.has_started = invocation.has_started();
        throw;
    }
    outcome.has_started = invocation.has_started();
}

}  // namespace remoting
