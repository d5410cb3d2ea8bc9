// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace remoting {

class Proxy;

/// Base of every generated interface; .NET's MarshalByRefObject. Objects of such classes are passed by reference:
/// a servant and a proxy are both one, and code written against the interface cannot tell them apart.
class RemoteObject {
public:
    virtual ~RemoteObject() = default;

    /// This object as a proxy; null for a servant.
    virtual Proxy* remoting_proxy() noexcept { return nullptr; }

protected:
    RemoteObject() = default;
    RemoteObject(const RemoteObject&) = default;
    RemoteObject& operator=(const RemoteObject&) = default;
};

}  // namespace remoting
