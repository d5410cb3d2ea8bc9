// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/descriptors.hpp>
#include <remoting/proxies/proxy_target.hpp>

#include <cstddef>
#include <memory>

namespace remoting {

/// Base of generated proxies, beside the interface they stand for. Thread-safe: calls may be made from any number
/// of threads at once. Holds its client's world alive, not its connection.
class Proxy {
public:
    virtual ~Proxy();

    const ProxyTarget& remoting_target() const noexcept { return target_; }
    const InterfaceDescriptor& remoting_interface() const noexcept { return interface_; }

    Proxy(const Proxy&) = delete;
    Proxy& operator=(const Proxy&) = delete;

protected:
    Proxy(ProxyTarget target, const InterfaceDescriptor& interface);

    /// Makes the call `interface.methods[method]`; out values are written through `values`.
    /// @throws RemotingError, RemoteException, or a UserException the method declares
    void remoting_call(std::size_t method, Values values);

private:
    ProxyTarget target_;
    const InterfaceDescriptor& interface_;
};

/// The untyped address of a value, for Values. Never written through for `in` values.
template <class T>
void* address_of(const T& value) noexcept
{
    return const_cast<T*>(std::addressof(value));
}

}  // namespace remoting
