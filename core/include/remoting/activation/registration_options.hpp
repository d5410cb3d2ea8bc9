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

/// How an object is served. SingleCall objects have an instance for each call, so that `concurrency` is without
/// effect there.
struct RegistrationOptions {
    Concurrency concurrency = Concurrency::serialized;
    /// Where its servants run; null: the server's own choice (ServerOptions::executor, else the thread that read the
    /// request, or the server's threads for servants that are coroutines).
    std::shared_ptr<ServantExecutor> executor{};
    /// How long it lives without calls. Unset: client-activated objects as ServerOptions::lease says, others for ever.
    /// A servant that is SelfLeased has the last word. Without effect on SingleCall objects.
    std::optional<LeaseOptions> lease{};
};

}  // namespace remoting
