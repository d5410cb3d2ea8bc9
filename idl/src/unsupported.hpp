// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "loader.hpp"

namespace remoting::idl {

/// Reports what the language has and the generator cannot write C++ for yet.
void report_unsupported(const LoadedFiles& files, Diagnostics& diagnostics);

}  // namespace remoting::idl
