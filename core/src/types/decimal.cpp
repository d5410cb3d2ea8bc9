// SPDX-License-Identifier: BSL-1.0
#include <remoting/types/decimal.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace remoting {
namespace {

// 192 bits: what 96 of them times 10^28 take.
using Wide = std::array<std::uint32_t, 6>;

Wide wide(const Decimal& value) noexcept
{
    return {static_cast<std::uint32_t>(value.low()), static_cast<std::uint32_t>(value.low() >> 32U), value.high()};
}

void multiply_and_add(Wide& value, std::uint32_t factor, std::uint32_t addend) noexcept
{
    std::uint64_t carry = addend;
    for (std::uint32_t& part : value) {
        carry += std::uint64_t{part} * factor;
        part = static_cast<std::uint32_t>(carry);
        carry >>= 32U;
    }
}

std::uint32_t divide_by_ten(Wide& value) noexcept
{
    std::uint64_t rest = 0;
    for (std::size_t index = value.size(); index-- > 0;) {
        const std::uint64_t part = rest << 32U | value[index];
        value[index] = static_cast<std::uint32_t>(part / 10);
        rest = part % 10;
    }
    return static_cast<std::uint32_t>(rest);
}

bool fits_into_96_bits(const Wide& value) noexcept
{
    return value[3] == 0 && value[4] == 0 && value[5] == 0;
}

std::strong_ordering compare(const Wide& left, const Wide& right) noexcept
{
    return std::lexicographical_compare_three_way(left.rbegin(), left.rend(), right.rbegin(), right.rend());
}

bool is_below_zero(const Decimal& value) noexcept
{
    return value.is_negative() && !value.is_zero();
}

}  // namespace

bool Decimal::try_parse(std::string_view text, Decimal& result) noexcept
{
    const bool negative = text.starts_with('-');
    text.remove_prefix(negative ? 1 : 0);
    Wide value{};
    unsigned scale = 0;
    bool has_point = false;
    bool has_digit = false;
    for (const char character : text) {
        if (character == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (character < '0' || character > '9') {
            return false;
        }
        has_digit = true;
        scale += has_point ? 1 : 0;
        multiply_and_add(value, 10, static_cast<std::uint32_t>(character - '0'));
        if (!fits_into_96_bits(value) || scale > max_scale) {
            return false;
        }
    }
    if (!has_digit || text.ends_with('.')) {
        return false;
    }
    result = from_parts(std::uint64_t{value[1]} << 32U | value[0], value[2], scale, negative);
    return true;
}

Decimal Decimal::parse(std::string_view text)
{
    Decimal result;
    if (!try_parse(text, result)) {
        throw std::invalid_argument("a decimal is up to 28 digits with a point, not \"" +
                                    std::string(text.substr(0, 64)) + '"');
    }
    return result;
}

std::string Decimal::to_string() const
{
    Wide rest = wide(*this);
    std::string digits;
    while (rest != Wide{} || digits.size() <= scale_) {
        if (digits.size() == scale_ && scale_ != 0) {
            digits += '.';
            // The point takes a place of its own: what stands before it begins behind.
            do {
                digits += static_cast<char>('0' + divide_by_ten(rest));
            } while (rest != Wide{});
            break;
        }
        digits += static_cast<char>('0' + divide_by_ten(rest));
    }
    if (is_negative_) {
        digits += '-';
    }
    std::reverse(digits.begin(), digits.end());
    return digits;
}

double Decimal::to_double() const noexcept
{
    const double magnitude = static_cast<double>(high_) * 18446744073709551616.0 + static_cast<double>(low_);
    return (is_negative_ ? -magnitude : magnitude) / std::pow(10.0, static_cast<double>(scale_));
}

std::weak_ordering operator<=>(const Decimal& left, const Decimal& right) noexcept
{
    if (is_below_zero(left) != is_below_zero(right)) {
        return is_below_zero(left) ? std::weak_ordering::less : std::weak_ordering::greater;
    }
    Wide a = wide(left);
    Wide b = wide(right);
    for (unsigned scale = left.scale(); scale < right.scale(); ++scale) {
        multiply_and_add(a, 10, 0);
    }
    for (unsigned scale = right.scale(); scale < left.scale(); ++scale) {
        multiply_and_add(b, 10, 0);
    }
    return is_below_zero(left) ? compare(b, a) : compare(a, b);
}

}  // namespace remoting

std::size_t std::hash<remoting::Decimal>::operator()(const remoting::Decimal& value) const
{
    // Equal numbers of different scales have one hash: their digits without zeros at the end of a fraction.
    std::string text = value.is_zero() ? "0" : value.to_string();
    if (text.find('.') != std::string::npos) {
        text.erase(text.find_last_not_of('0') + 1);
        text.erase(text.find_last_not_of('.') + 1);
    }
    return std::hash<std::string>()(text);
}
