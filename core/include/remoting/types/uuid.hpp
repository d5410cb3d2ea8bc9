// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace remoting {

/// The IDL's `uuid`: 128 bits in the order in which they are written down (RFC 4122; .NET keeps the first eight of a
/// Guid in another order in memory, which is its own affair).
struct Uuid {
    std::array<std::uint8_t, 16> bytes{};

    /// Reads "01234567-89ab-cdef-0123-456789abcdef", upper or lower case.
    /// @return false, and `result` is as it was, when `text` is anything else
    static bool try_parse(std::string_view text, Uuid& result) noexcept;
    /// @throws std::invalid_argument
    static Uuid parse(std::string_view text);

    /// Whether all bits are zero.
    bool is_nil() const noexcept { return *this == Uuid(); }
    /// 36 characters, lower case.
    std::string to_string() const;

    friend bool operator==(const Uuid&, const Uuid&) = default;
    friend std::strong_ordering operator<=>(const Uuid&, const Uuid&) = default;
};

}  // namespace remoting

template <>
struct std::hash<remoting::Uuid> {
    std::size_t operator()(const remoting::Uuid& value) const noexcept;
};
