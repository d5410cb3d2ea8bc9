// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace remoting {

class RemoteObject;
struct InterfaceDescriptor;

/// Objects and the texts that stand for them in JSON.
class ObjectNames {
public:
    /// @throws RemotingError invalid_url
    virtual std::shared_ptr<RemoteObject> find(const InterfaceDescriptor& interface, std::string_view url) = 0;
    /// Of an object that was received, which is kept for the one who is told the name.
    virtual std::string name_of(const std::shared_ptr<RemoteObject>& object) = 0;

protected:
    ~ObjectNames() = default;
};

}  // namespace remoting
