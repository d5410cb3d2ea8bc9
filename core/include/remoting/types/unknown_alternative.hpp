// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/types/bytes.hpp>

#include <cstdint>

namespace remoting {

/// An alternative of a variant that this program does not know, because the peer's IDL is newer. Make it one of the
/// alternatives of a std::variant to receive such values instead of an error; it does not count as one of the
/// variant's alternatives on the wire, and goes out again as it came.
struct UnknownAlternative {
    std::uint32_t index = 0;  ///< as on the wire
    Bytes content;            ///< the encoded value

    friend bool operator==(const UnknownAlternative&, const UnknownAlternative&) = default;
};

}  // namespace remoting
