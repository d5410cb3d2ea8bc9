// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "model.hpp"

#include <optional>
#include <string_view>

// Values that IDL writes as text. Nothing when the text is none.

namespace remoting::idl {

/// "01234567-89ab-cdef-0123-456789abcdef"
std::optional<model::Uuid> parse_uuid(std::string_view text);
/// "-12.50"; up to 28 digits behind the point.
inline constexpr std::string_view decimal_text =
    "a decimal has 96 bits, which is 28 digits, at most 28 of them behind the point, and no exponent: 12.50";
std::optional<model::Decimal> parse_decimal(std::string_view text);
/// "2024-02-29", "2024-02-29T12:00:00Z", "2024-02-29T12:00:00.0000001Z"; years 1 to 9999.
std::optional<model::Ticks> parse_timestamp(std::string_view text);

}  // namespace remoting::idl
