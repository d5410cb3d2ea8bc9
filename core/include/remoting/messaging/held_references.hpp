// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/function_ref.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace remoting {

/// What one side of a session still holds of the other's objects when a new connection takes it up, and how often it
/// received them: what was on its way when the old connection was lost is counted by nobody any more.
using HeldReferences = std::vector<std::pair<std::string, std::uint32_t>>;

/// Frames of at most 16 KiB, or a URI; the last one is marked as such.
std::vector<std::vector<std::byte>> make_held_frames(const HeldReferences& held);
/// Calls `each` for what the body lists. False when it is malformed; then some may have been passed already.
bool read_held_body(std::span<const std::byte> body, FunctionRef<void(std::string_view uri, std::uint32_t count)> each);

}  // namespace remoting
