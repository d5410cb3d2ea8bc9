// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "raw_peer.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace remoting::test {

/// The bytes of v0/NAME.hex: hexadecimal digits, spaces and line ends, comments from '#' to the end of the line.
/// @throws std::runtime_error when there is no such file or it is not of that form
ByteVector golden(const std::string& name);
/// The names of all files.
std::vector<std::string> golden_names();
/// As in the files, 16 bytes a line.
std::string hexadecimal(std::span<const std::byte> bytes);

}  // namespace remoting::test
