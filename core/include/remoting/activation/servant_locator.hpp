// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/remote_object.hpp>

#include <memory>
#include <string>

namespace remoting {

/// Supplies the servants of a whole category of objects, such as those whose state is in a database: asked at each
/// call, told when it is over. Called on the threads that serve calls, of which there may be several at once where the
/// category is registered as concurrent.
class ServantLocator {
public:
    virtual ~ServantLocator() = default;
    /// The servant of the object `uri`, which need not be another one each time; null: there is no such object, and the
    /// caller gets object_not_found. What it throws is treated as what a factory throws.
    virtual std::shared_ptr<RemoteObject> find(const std::string& uri) = 0;
    /// The call is over, however it ended. Once for each find() that gave a servant, on any thread; a coroutine's call
    /// is over when it was answered.
    virtual void finished(const std::string& uri, const std::shared_ptr<RemoteObject>& servant) noexcept
    {
        static_cast<void>(uri);
        static_cast<void>(servant);
    }
};

}  // namespace remoting
