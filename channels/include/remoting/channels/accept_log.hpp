// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <string>

namespace remoting {

/// Told why a listener could not, or would not, accept a connection: one sentence, at most once a second for each
/// listener. Called on the io_context's thread; must not wait. An empty one means a line on standard error.
using AcceptLog = std::function<void(const std::string& problem)>;

}  // namespace remoting
