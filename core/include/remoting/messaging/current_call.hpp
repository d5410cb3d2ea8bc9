// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/lifetime/clock.hpp>
#include <remoting/messaging/call_chain.hpp>

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string_view>

namespace remoting {

class CallContext;
class Connection;

/// The call that this thread is serving. Calls made meanwhile continue its chain and share its deadline.
struct CurrentCall {
    CallChain chain;
    TimePoint deadline = TimePoint::max();  ///< until when the caller waits; TimePoint::max(): for ever
    Connection* connection = nullptr;       ///< that it came over; null for none
    std::uint64_t id = 0;                   ///< of the call on that connection; 0 for a one-way call
    CallContext* context = nullptr;         ///< the call's; call_context() meanwhile
    std::string_view object{};              ///< what the object that is called was registered as, or its URI

    /// Names the caller's session within this process, so that what belongs to one client can be kept together: it outlives a
    /// lost connection. 0: the call was made in this process itself.
    std::uint64_t session() const;

    /// Stopped when the caller does not wait any more: it cancelled the call, its deadline passed, or it is gone.
    /// For a one-way call, which nobody waits for, a token that is never stopped.
    std::stop_token stop_token() const;
};

/// Null outside a servant.
const CurrentCall* current_call() noexcept;

/// Installs a call for the thread; scopes nest.
class CurrentCallScope {
public:
    explicit CurrentCallScope(const CurrentCall& call) noexcept;  ///< keeps a copy
    explicit CurrentCallScope(std::nullptr_t) noexcept;           ///< what is done in it belongs to no call
    ~CurrentCallScope();
    CurrentCallScope(const CurrentCallScope&) = delete;
    CurrentCallScope& operator=(const CurrentCallScope&) = delete;

private:
    const CurrentCall call_;
    const CurrentCall* const outer_;
    CallContext* const outer_context_;
};

}  // namespace remoting
