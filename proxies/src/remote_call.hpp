// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "remote_reference.hpp"
#include "retry.hpp"
#include "waits.hpp"

#include <remoting/channels/connection.hpp>
#include <remoting/messaging/sent_references.hpp>
#include <remoting/proxies/async_operation.hpp>
#include <remoting/sinks/message_sink.hpp>

#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace remoting {

class RemoteCall;

/// The CallControl of a RemoteCall. Whoever moves the call from one stage to the next, or ends it, holds the mutex, which is
/// recursive since a call may end while it is being started.
class RemoteCallControl final : public CallControl {
public:
    void cancel() noexcept override;

    std::recursive_mutex mutex;
    RemoteCall* call = nullptr;
    bool is_cancelled = false;
};

/// An asynchronous call: gets a connection, sends the request, tries again where that is allowed. Owns itself until it hands
/// itself to its operation.
class RemoteCall final : public StartedCall, public FinishedCall {
public:
    RemoteCall(const ProxyTarget& target, const InterfaceDescriptor& interface, const MethodDescriptor& method,
               const CallOptions& options, AsyncOperationPtr operation, std::shared_ptr<RemoteCallControl> control);
    ~RemoteCall() override { reply = {}; }  // before the connection it came over

    /// The first attempt. The call may be gone when it returns.
    void begin(const CallOptions& call, const CallOptions& proxy) noexcept;
    void ended() noexcept override;
    void take() override;
    CallContext take_context() noexcept override { return std::move(context_); }

private:
    friend class RemoteCallControl;
    using Guard = std::unique_lock<std::recursive_mutex>;

    Guard guard() const;
    void attempt();
    void await_connection();
    void not_connected(const std::exception_ptr& exception);
    void send(const std::shared_ptr<Connection>& connection);
    void attempt_failed(ErrorCode code, Executed how_far, const std::string& why, bool was_connected);
    void pause(Duration how_long);
    void finish() noexcept;
    bool cancel() noexcept;
    void decode();

    const std::shared_ptr<RemoteReference> reference_;
    const InterfaceDescriptor& interface_;
    const MethodDescriptor& method_;
    AsyncOperationPtr operation_;
    const std::shared_ptr<RemoteCallControl> control_;
    const Values values_;
    TimePoint deadline_;
    std::optional<CallChain> chain_;
    RetryPlan plan_;
    const Overflow overflow_;
    CallContext context_;

    std::shared_ptr<Connection> connection_;
    Buffer arguments_;
    std::optional<OutgoingCall> outgoing_;
    SentReferences sent_;
    Waits::Ticket ticket_ = 0;
    bool is_connecting_ = false;  ///< and not pausing, while there is a ticket
    bool may_have_run_ = false;  ///< in an attempt before this one
    std::exception_ptr failure_;
    std::optional<MethodCall> seen_by_sinks_;
    CallEnds ends_;
};

}  // namespace remoting
