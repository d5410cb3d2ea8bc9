// SPDX-License-Identifier: BSL-1.0
#include "value_texts.hpp"

#include <charconv>
#include <chrono>
#include <string>

namespace remoting::idl {

namespace {

// `size` digits at the front of `text`, which are taken off it.
std::optional<int> take_digits(std::string_view& text, std::size_t size)
{
    if (text.size() < size || text.substr(0, size).find_first_not_of("0123456789") != std::string_view::npos) {
        return std::nullopt;
    }
    int value = 0;
    std::from_chars(text.data(), text.data() + size, value);
    text.remove_prefix(size);
    return value;
}

bool take(std::string_view& text, char character)
{
    const bool found = text.starts_with(character);
    text.remove_prefix(found ? 1 : 0);
    return found;
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text)
{
    const std::optional<int> year = take_digits(text, 4);
    const bool first = take(text, '-');
    const std::optional<int> month = take_digits(text, 2);
    const bool second = take(text, '-');
    const std::optional<int> day = take_digits(text, 2);
    if (!year || !month || !day || !first || !second || *year == 0) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    return date.ok() ? std::optional(std::chrono::sys_days(date)) : std::nullopt;
}

std::optional<std::int64_t> take_time(std::string_view& text)
{
    const std::optional<int> hour = take_digits(text, 2);
    const bool first = take(text, ':');
    const std::optional<int> minute = take_digits(text, 2);
    const bool second_colon = take(text, ':');
    const std::optional<int> second = take_digits(text, 2);
    if (!hour || !minute || !second || !first || !second_colon || *hour > 23 || *minute > 59 || *second > 59) {
        return std::nullopt;
    }
    std::int64_t ticks = ((*hour * std::int64_t{60} + *minute) * 60 + *second) * 10'000'000;
    if (take(text, '.')) {
        std::int64_t unit = 1'000'000;
        if (text.empty() || text.front() < '0' || text.front() > '9') {
            return std::nullopt;
        }
        while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
            if (unit == 0) {
                return std::nullopt;
            }
            ticks += unit * (text.front() - '0');
            unit /= 10;
            text.remove_prefix(1);
        }
    }
    return ticks;
}

}  // namespace

std::optional<model::Uuid> parse_uuid(std::string_view text)
{
    constexpr std::size_t size = 36;
    model::Uuid uuid;
    std::size_t digits = 0;
    if (text.size() != size) {
        return std::nullopt;
    }
    for (std::size_t index = 0; index < size; ++index) {
        if (index == 8 || index == 13 || index == 18 || index == 23) {
            if (text[index] != '-') {
                return std::nullopt;
            }
            continue;
        }
        unsigned value = 0;
        const auto [end, error] = std::from_chars(text.data() + index, text.data() + index + 1, value, 16);
        if (error != std::errc()) {
            return std::nullopt;
        }
        std::uint8_t& byte = uuid.bytes[digits++ / 2];
        byte = static_cast<std::uint8_t>(byte * 16U + value);
    }
    return uuid;
}

std::optional<model::Decimal> parse_decimal(std::string_view text)
{
    constexpr std::uint32_t max_scale = 28;
    constexpr std::uint64_t low_half = 0xFFFF'FFFF;
    model::Decimal decimal;
    decimal.negative = take(text, '-');
    bool has_point = false;
    bool has_digits = false;
    for (const char character : text) {
        if (character == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (character < '0' || character > '9') {
            return std::nullopt;
        }
        has_digits = true;
        decimal.scale += has_point ? 1 : 0;
        const std::uint64_t first = (decimal.low & low_half) * 10 + static_cast<std::uint64_t>(character - '0');
        const std::uint64_t second = (decimal.low >> 32U) * 10 + (first >> 32U);
        const std::uint64_t third = decimal.high * std::uint64_t{10} + (second >> 32U);
        if (third > low_half || decimal.scale > max_scale) {
            return std::nullopt;
        }
        decimal.low = second << 32U | (first & low_half);
        decimal.high = static_cast<std::uint32_t>(third);
    }
    return has_digits && !text.ends_with('.') ? std::optional(decimal) : std::nullopt;
}

std::optional<model::Ticks> parse_timestamp(std::string_view text)
{
    constexpr std::int64_t ticks_per_day = 864'000'000'000;
    const std::optional<std::chrono::sys_days> date = take_date(text);
    if (!date) {
        return std::nullopt;
    }
    std::int64_t ticks = date->time_since_epoch().count() * ticks_per_day;
    if (!text.empty()) {
        const bool has_mark = take(text, 'T');
        const std::optional<std::int64_t> time = take_time(text);
        if (!has_mark || !time || text != "Z") {
            return std::nullopt;
        }
        ticks += *time;
    }
    return model::Ticks{ticks, true};
}

}  // namespace remoting::idl
