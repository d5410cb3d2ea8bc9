// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/types/bytes.hpp>

#include <compare>
#include <cstdint>

namespace remoting {

/// An alternative of a variant that this program does not know, because the peer's IDL is newer. Make it one of the
/// alternatives of a std::variant to receive such values instead of an error; it does not count as one of the
/// variant's alternatives on the wire, and goes out again as it came.
struct UnknownAlternative {
    std::uint32_t index = 0;  ///< as on the wire
    Bytes content;            ///< the encoded value

    friend bool operator==(const UnknownAlternative&, const UnknownAlternative&) = default;
    friend std::strong_ordering operator<=>(const UnknownAlternative&, const UnknownAlternative&) = default;
};

/// In the place of an alternative that the IDL has removed (`reserved`), so that those behind it keep their numbers.
struct ReservedAlternative {
    friend bool operator==(const ReservedAlternative&, const ReservedAlternative&) = default;
    friend std::strong_ordering operator<=>(const ReservedAlternative&, const ReservedAlternative&) = default;
};

}  // namespace remoting
