// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/descriptors.hpp>
#include <remoting/dispatch/remote_object.hpp>
#include <remoting/dispatch/servant_executor.hpp>
#include <remoting/messaging/current_call.hpp>

#include <exception>
#include <memory>
#include <span>
#include <string_view>

namespace remoting {

/// One request to a servant that answers it later, as generated code sees it. It gets exactly one answer, from any
/// thread: succeed() or fail(), whichever is first; let go of without one, its caller is told so.
class AsyncServerCall {
public:
    virtual ~AsyncServerCall() = default;

    /// Decodes the arguments into `values`, which stay where they are until the answer, and passes the server's
    /// message sinks. To be called before the StartFunction returns. @throws what the caller is to be told
    virtual void decode(Values values) = 0;
    /// The results are in the values that decode() was given.
    virtual void succeed() noexcept = 0;
    virtual void fail(std::exception_ptr exception) noexcept = 0;
    /// For whatever continues the servant's work: chain, deadline, cancellation.
    virtual const CurrentCall& current() const noexcept = 0;
    /// Where the servant runs, one piece of work after the other; null when there is no such place.
    virtual std::shared_ptr<ServantExecutor> executor() = 0;
};

/// Begins one method of a servant; what it throws is the call's outcome.
using StartFunction = void (*)(const std::shared_ptr<AsyncServerCall>& call, void* servant);

/// One interface of an AsyncServant.
struct AsyncBinding {
    void* typed = nullptr;                      ///< for the functions; null: the servant is not of that interface
    std::span<const StartFunction> functions{};  ///< in the order of InterfaceDescriptor::methods
};

/// Base of the generated classes for servants that answer later: coroutines (AccountAsync) and handles (AccountDeferred).
class AsyncServant : public virtual RemoteObject {
public:
    virtual AsyncBinding remoting_bind(std::string_view interface_name) noexcept = 0;
};

}  // namespace remoting
