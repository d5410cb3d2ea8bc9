// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/lifetime/clock.hpp>
#include <remoting/messaging/call_chain.hpp>

namespace remoting {

class Connection;

/// The call that this thread is serving. Calls made meanwhile continue its chain and share its deadline.
struct CurrentCall {
    CallChain chain;
    TimePoint deadline;
    Connection* connection;
};

/// Null outside a servant.
const CurrentCall* current_call() noexcept;

/// Installs a call for the thread; scopes nest.
class CurrentCallScope {
public:
    explicit CurrentCallScope(const CurrentCall& call) noexcept;  ///< keeps a copy
    ~CurrentCallScope();
    CurrentCallScope(const CurrentCallScope&) = delete;
    CurrentCallScope& operator=(const CurrentCallScope&) = delete;

private:
    const CurrentCall call_;
    const CurrentCall* const outer_;
};

}  // namespace remoting
