// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/messaging/call_context.hpp>

namespace remoting {

/// Makes `context`, which may be null, this thread's; returns what was before.
CallContext* exchange_call_context(CallContext* context) noexcept;

}  // namespace remoting
