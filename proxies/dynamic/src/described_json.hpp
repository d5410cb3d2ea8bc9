// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/description.hpp>

#include <string_view>

namespace remoting {

/// Reads what `remoting-idl describe --json` prints; idl/README.md describes it. May be hostile.
/// @throws RemotingError invalid_argument
ModelDescription read_described(std::string_view text);

}  // namespace remoting
