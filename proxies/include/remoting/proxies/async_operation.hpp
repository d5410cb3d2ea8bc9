// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/descriptors.hpp>
#include <remoting/proxies/call_options.hpp>
#include <remoting/proxies/proxy_target.hpp>

#include <cstddef>
#include <memory>

namespace remoting {

/// The end of an asynchronous call, before anybody has looked at it.
class FinishedCall {
public:
    virtual ~FinishedCall() = default;
    /// Writes the results through the operation's values, or throws as the synchronous call would. Called once, on the
    /// executor of the call's handler.
    virtual void take() = 0;
    /// What the call carried, with what came back; after take().
    virtual CallContext take_context() noexcept = 0;
};

/// An asynchronous call as the runtime sees it; see async_call.hpp for the rest of it.
class AsyncOperation {
public:
    /// Addresses of its arguments and results, which stay where they are.
    virtual Values values() noexcept = 0;
    /// The call is over; called once, on any thread. Gives itself and `call` to the handler's executor.
    virtual void finish(std::unique_ptr<FinishedCall> call) noexcept = 0;
    /// Goes without having been finished.
    virtual void destroy() noexcept = 0;

protected:
    ~AsyncOperation() = default;
};

struct DestroyOperation {
    void operator()(AsyncOperation* operation) const noexcept { operation->destroy(); }
};
using AsyncOperationPtr = std::unique_ptr<AsyncOperation, DestroyOperation>;

/// Cancels a call from another thread. Thread-safe.
class CallControl {
public:
    virtual ~CallControl() = default;
    /// The call ends with ErrorCode::cancelled, unless it is over.
    virtual void cancel() noexcept = 0;
};
std::shared_ptr<CallControl> make_call_control();

/// Begins the call `interface.methods[method]`. Returns at once and throws nothing: what fails, finishes the operation.
/// @param control null when nobody will cancel
void start_call(const ProxyTarget& target, const InterfaceDescriptor& interface, std::size_t method,
                const CallOptions& options, AsyncOperationPtr operation, std::shared_ptr<CallControl> control) noexcept;

}  // namespace remoting
