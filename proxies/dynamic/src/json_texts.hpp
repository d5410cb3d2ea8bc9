// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/types/decimal.hpp>
#include <remoting/types/timestamp.hpp>

#include <boost/json/value.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

// How values that JSON does not know are written in it. What reads gives nothing for any other text.

namespace remoting {

std::string base64(std::span<const std::byte> bytes);
/// With its padding, and nothing else.
std::optional<std::string> from_base64(std::string_view text);

/// "2024-02-29T12:30:00.5Z"; years beyond 0000 to 9999 have a sign and five digits or more, as ISO 8601 has it.
std::string timestamp_text(Timestamp time);
/// Also with a distance to UTC, "+01:00", and up to seven digits of a second.
std::optional<Timestamp> parse_timestamp(std::string_view text);

/// "1.5s"
std::string duration_text(TimeSpan span);
/// Also in us, ms, min, h and d.
std::optional<TimeSpan> parse_duration(std::string_view text);

/// "a"; half of a surrogate pair "U+D83D".
std::string character_text(char16_t unit);
std::optional<char16_t> parse_character(std::string_view text);

/// The shortest number that becomes the same float; "NaN", "Infinity" and "-Infinity" as text.
boost::json::value float_json(float number);
boost::json::value double_json(double number);
std::optional<double> parse_double(std::string_view text);

/// Up to 2^53 as numbers, beyond that as texts.
boost::json::value integer_json(std::int64_t number);
boost::json::value integer_json(std::uint64_t number);

/// A whole number of 64 bits, signed or not.
struct WholeNumber {
    bool is_negative = false;
    std::uint64_t magnitude = 0;

    std::int64_t bits() const noexcept { return std::bit_cast<std::int64_t>(is_negative ? 0 - magnitude : magnitude); }
    template <class T>
    bool fits() const noexcept
    {
        const auto largest = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
        return is_negative ? std::is_signed_v<T> && magnitude <= largest + 1 : magnitude <= largest;
    }
};
/// Of a number without a fraction, or its digits in a text.
std::optional<WholeNumber> integer_of(const boost::json::value& value);
/// Of the parts that `describe --json` writes: low, high, scale, negative.
std::optional<Decimal> decimal_of(const boost::json::object& parts);
/// 7 of "#7", which stands for an alternative that is not known.
std::optional<std::uint32_t> alternative_index(std::string_view key);

/// "a number": what a message calls a value.
std::string_view kind_text(const boost::json::value& value) noexcept;

}  // namespace remoting
