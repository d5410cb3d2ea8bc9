// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <string_view>

namespace remoting {

/// Where a Client or Server says what nobody else would be told: what servants threw although their IDL does not
/// declare it, and which calls wait too long for their turn. One line without its end and without control characters.
/// Called from any thread, several at once; what it throws is ignored. Empty: nothing is said.
using Log = std::function<void(std::string_view line)>;

/// Writes "remoting: LINE" to standard error; at most 10 lines a second, then how many were left out.
Log log_to_stderr();

}  // namespace remoting
