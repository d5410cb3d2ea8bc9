// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "files.remoting.hpp"
#include "tree.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace files {

/// What FileService::Search promises. What cannot be read below `folder` is passed over.
/// @throws FileError for `folder` itself
std::vector<Match> search(const Tree& tree, const std::string& folder, const std::string& text, std::size_t limit);

}  // namespace files
