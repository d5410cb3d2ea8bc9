// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "descriptor.hpp"

#include <string>
#include <vector>

namespace files {

/// The names in an open folder without "." and "..", in order.
/// @throws std::system_error
std::vector<std::string> names_in(const Descriptor& folder);

/// "name" below the root itself, else "folder/name".
std::string joined(const std::string& folder, const std::string& name);

}  // namespace files
