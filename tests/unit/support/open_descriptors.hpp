// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>

namespace remoting::test {

/// How many descriptors this process has open, but for its pipes: those are a sanitizer's, to its symbolizer.
std::ptrdiff_t open_descriptors();

}  // namespace remoting::test
