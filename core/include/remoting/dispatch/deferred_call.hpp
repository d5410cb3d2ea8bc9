// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/function_ref.hpp>
#include <remoting/errors/error_code.hpp>
#include <remoting/messaging/method_call.hpp>
#include <remoting/serialization/buffer.hpp>

#include <memory>

namespace remoting {

class SentReferences;

struct ReplyStatus {
    ErrorCode code = ErrorCode::ok;
    Executed executed = Executed::yes;
    bool is_deferred = false;  ///< there is no reply yet
    bool has_context = false;  ///< behind the results
};

/// A request whose servant answers later, in the hands of whoever will send the reply. Owned by the formatter.
class DeferredCall {
public:
    virtual ~DeferredCall() = default;
    virtual IncomingCall& call() noexcept = 0;
    /// Sends the reply; called once, from any thread. `references` are those that were encoded for it.
    virtual void reply(ReplyStatus status, Buffer& payload, SentReferences& references) noexcept = 0;
};

/// Takes a call that is being dispatched out of its thread's hands.
using Defer = FunctionRef<std::unique_ptr<DeferredCall>(IncomingCall& call)>;

}  // namespace remoting
