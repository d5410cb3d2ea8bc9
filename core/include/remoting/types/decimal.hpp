// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace remoting {

/// The IDL's `decimal`, the same as .NET's: a whole number of 96 bits, divided by ten to the power of a scale from 0 to
/// 28, and a sign. Exact for amounts of money; 28 digits. Carries, compares and prints; it does not calculate. 1.0 and
/// 1.00 are equal and yet keep their digits.
class Decimal final {
public:
    static constexpr unsigned max_scale = 28;

    constexpr Decimal() noexcept = default;
    constexpr Decimal(std::int64_t value) noexcept  // NOLINT: an integer is a decimal
        : low_(value < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value)),
          is_negative_(value < 0)
    {
    }
    /// (high * 2^64 + low) / 10^scale. `scale` is at most max_scale.
    static constexpr Decimal from_parts(std::uint64_t low, std::uint32_t high, unsigned scale,
                                        bool is_negative) noexcept
    {
        Decimal value;
        value.low_ = low;
        value.high_ = high;
        value.scale_ = static_cast<std::uint8_t>(scale);
        value.is_negative_ = is_negative;
        return value;
    }

    /// Reads "-12.50": digits, with a point among or before them.
    /// @return false, and `result` is as it was, when `text` is anything else or has too many digits
    static bool try_parse(std::string_view text, Decimal& result) noexcept;
    /// @throws std::invalid_argument
    static Decimal parse(std::string_view text);

    constexpr std::uint64_t low() const noexcept { return low_; }
    constexpr std::uint32_t high() const noexcept { return high_; }
    constexpr unsigned scale() const noexcept { return scale_; }
    constexpr bool is_negative() const noexcept { return is_negative_; }
    constexpr bool is_zero() const noexcept { return low_ == 0 && high_ == 0; }

    /// All digits, those behind the point that are zero included.
    std::string to_string() const;
    /// The nearest there is.
    double to_double() const noexcept;

    friend std::weak_ordering operator<=>(const Decimal& left, const Decimal& right) noexcept;
    friend bool operator==(const Decimal& left, const Decimal& right) noexcept { return (left <=> right) == 0; }

private:
    std::uint64_t low_ = 0;
    std::uint32_t high_ = 0;
    std::uint8_t scale_ = 0;
    bool is_negative_ = false;
};

}  // namespace remoting

template <>
struct std::hash<remoting::Decimal> {
    std::size_t operator()(const remoting::Decimal& value) const;
};
