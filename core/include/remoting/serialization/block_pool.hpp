// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>

namespace remoting {

/// Memory of messages. Large blocks are kept when they are given back, since fresh pages cost more than copying into them: at
/// most `kept_block_bytes` in the process, and none under the address sanitizer, which is to see what is used too late.
/// Thread-safe.
inline constexpr std::size_t kept_block_bytes = std::size_t{8} * 1024 * 1024;

/// @throws std::bad_alloc
void* allocate_block(std::size_t size);
/// @param size as it was allocated
void free_block(void* block, std::size_t size) noexcept;

}  // namespace remoting
