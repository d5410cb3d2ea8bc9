// SPDX-License-Identifier: BSL-1.0
#include <remoting/proxies/objects.hpp>

#include "remote_reference.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/proxies/proxy.hpp>

#include <utility>

namespace remoting {

namespace {

const Proxy* as_proxy(const RemoteObject* object) noexcept
{
    return dynamic_cast<const Proxy*>(object);
}

}  // namespace

bool same_object(const std::shared_ptr<RemoteObject>& a, const std::shared_ptr<RemoteObject>& b)
{
    if (a == b) {
        return true;
    }
    const auto here = local_servant(a);
    if (here != nullptr || local_servant(b) != nullptr) {
        return here == local_servant(b);
    }
    const Proxy* const left = as_proxy(a.get());
    const Proxy* const right = as_proxy(b.get());
    if (left == nullptr || right == nullptr) {
        return false;
    }
    const RemoteReference& one = left->remoting_target().reference();
    const RemoteReference& other = right->remoting_target().reference();
    return &one == &other || (one.uri() == other.uri() && one.address() == other.address());
}

std::shared_ptr<RemoteObject> local_servant(const std::shared_ptr<RemoteObject>& object)
{
    const Proxy* const proxy = as_proxy(object.get());
    if (proxy == nullptr) {
        return object;
    }
    const auto& entry = proxy->remoting_target().reference().home_entry();
    return entry != nullptr ? entry->activator().acquire().object : nullptr;
}

bool is_proxy(const RemoteObject& object) noexcept
{
    const Proxy* const proxy = as_proxy(&object);
    return proxy != nullptr && proxy->remoting_target().reference().home_entry() == nullptr;
}

std::string object_url(const RemoteObject& object)
{
    const Proxy* const proxy = as_proxy(&object);
    if (proxy == nullptr) {
        return {};
    }
    const RemoteReference& reference = proxy->remoting_target().reference();
    if (reference.home_entry() != nullptr) {
        return {};
    }
    return join_url(reference.address(), reference.uri());
}

std::shared_ptr<RemoteObject> copy_with_options(const std::shared_ptr<RemoteObject>& object, CallOptions options)
{
    if (options.deadline && *options.deadline <= Duration::zero()) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no, "the deadline must be longer than nothing");
    }
    const Proxy* const proxy = as_proxy(object.get());
    if (proxy == nullptr) {
        return object;
    }
    const ProxyTarget& target = proxy->remoting_target();
    if (!options.deadline) {
        options.deadline = target.options().deadline;
    }
    if (!options.idempotent) {
        options.idempotent = target.options().idempotent;
    }
    CallContext context = target.options().context;
    context.merge(options.context);
    options.context = std::move(context);
    const InterfaceDescriptor& interface = proxy->remoting_interface();
    return interface.make_proxy(ProxyTarget(target.share(), std::move(options)), interface);
}

void ping(const RemoteObject& object, Duration deadline)
{
    if (const Proxy* const proxy = as_proxy(&object)) {
        proxy->remoting_target().reference().ping(deadline);
    }
}

}  // namespace remoting
