// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace remoting {

/// What a one-way call does when the peer takes messages more slowly than they are made, and a mebibyte of them waits.
enum class Overflow : std::uint8_t {
    wait,  ///< until there is room, or its deadline passes
    fail,  ///< with resource_exhausted; executed: no
    drop,  ///< nothing is sent, and nobody is told
};

}  // namespace remoting
