// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace remoting {

/// Base of every generated interface; .NET's MarshalByRefObject. Objects of such classes are passed by reference:
/// a servant and a proxy are both one, and code written against the interface cannot tell them apart.
class RemoteObject {
public:
    virtual ~RemoteObject() = default;

protected:
    RemoteObject() = default;
    RemoteObject(const RemoteObject&) = default;
    RemoteObject& operator=(const RemoteObject&) = default;
};

}  // namespace remoting
