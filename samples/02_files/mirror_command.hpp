// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "files.remoting.hpp"

#include <memory>
#include <string>

namespace files {

/// Mirrors `folder` into `destination`, or for nothing but the proof into a temporary folder when that is empty, and
/// prints what came of it. False when something could not be copied.
/// @throws std::runtime_error when `destination` has something in it already; what Mirror throws
bool mirror(const std::shared_ptr<FileService>& service, const std::string& folder, const std::string& destination);

}  // namespace files
