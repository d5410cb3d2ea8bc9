// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <memory>

namespace remoting {

/// Where an object's servant runs; on_executor() of <remoting/asio.hpp> makes one of any Asio executor. Thread-safe.
class ServantExecutor : public std::enable_shared_from_this<ServantExecutor> {
public:
    virtual ~ServantExecutor() = default;
    /// Runs `work` soon, never inside this call.
    virtual void post(std::function<void()> work) = 0;
    /// The same place, but work given to what is returned runs one after the other.
    virtual std::shared_ptr<ServantExecutor> serialized() = 0;
};

}  // namespace remoting
