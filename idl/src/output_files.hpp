// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace remoting::idl {

/// Writes `text` unless the file holds just that already; makes missing folders. Nobody sees half a file.
/// @throws std::runtime_error with the path and the reason
void write_if_changed(const std::string& path, std::string_view text);

/// One rule of a Makefile: what is made again when one of `dependencies` changes.
std::string depfile_rule(const std::vector<std::string>& targets, const std::vector<std::string>& dependencies);

}  // namespace remoting::idl
