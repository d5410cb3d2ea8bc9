// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/servant_executor.hpp>
#include <remoting/lifetime/lease_options.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace remoting {

enum class Concurrency : std::uint8_t {
    serialized,  ///< one call at a time, in the order of arrival; calls of the running one's own chain are admitted
    concurrent,  ///< the servant is thread-safe by itself
};

/// What becomes of a call that comes back, through others, to a serialized object which still runs the call that led to
/// it.
enum class Reentrance : std::uint8_t {
    admitted,  ///< it runs within the running one, whose servant must expect that at each call it makes
    refused,   ///< it gets the error reentrancy_rejected, `executed` no; a one-way call, which nobody waits for, waits
               ///< for its turn
};

/// How an object is served. SingleCall objects have an instance for each call, so that `concurrency` and
/// `reentrance` are without effect there; the latter on concurrent objects, too.
struct RegistrationOptions {
    Concurrency concurrency = Concurrency::serialized;
    Reentrance reentrance = Reentrance::admitted;
    /// Where its servants run; null: the server's own choice (ServerOptions::executor, else the thread that read the
    /// request, or the server's threads for servants that are coroutines).
    std::shared_ptr<ServantExecutor> executor{};
    /// How long it lives without calls. Unset: client-activated objects as ServerOptions::lease says, others for ever.
    /// A servant that is SelfLeased has the last word. Without effect on SingleCall objects.
    std::optional<LeaseOptions> lease{};
};

}  // namespace remoting
