// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace remoting {

/// Who is told the type and text of exceptions that the IDL does not declare; .NET's customErrors.
enum class CustomErrors : std::uint8_t {
    on,           ///< nobody: callers learn only that the servant failed
    remote_only,  ///< callers on this machine
    off,          ///< every caller
};

}  // namespace remoting
