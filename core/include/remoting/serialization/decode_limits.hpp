// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace remoting {

/// What a peer's bytes may cost the one who decodes them.
struct DecodeLimits {
    /// How deep structs and variants may be nested in each other.
    std::uint32_t depth = 64;
    /// Decoding may allocate `memory_factor` bytes for each byte received, and `memory_base` on top.
    std::size_t memory_factor = 16;
    std::size_t memory_base = std::size_t{64} * 1024;
};

}  // namespace remoting
