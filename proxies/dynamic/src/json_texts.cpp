// SPDX-License-Identifier: BSL-1.0
#include "json_texts.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>

namespace remoting {

namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::int64_t ticks_in_second = 10'000'000;
constexpr std::int64_t seconds_in_day = 86400;
constexpr unsigned fraction_digits = 7;
constexpr std::int64_t largest_exact = std::int64_t{1} << 53;

/// Digits of a count, with zeros in front.
std::string padded(std::uint64_t number, std::size_t width)
{
    std::string digits = std::to_string(number);
    return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}

/// ".5" for half a second; "" for none.
std::string fraction_text(std::uint64_t ticks)
{
    if (ticks == 0) {
        return {};
    }
    std::string digits = '.' + padded(ticks, fraction_digits);
    digits.erase(digits.find_last_not_of('0') + 1);
    return digits;
}

/// Takes a text apart from its front; what does not fit leaves it failed.
class Reader final {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    bool take(char c)
    {
        const bool is_there = !text_.empty() && text_.front() == c;
        text_.remove_prefix(is_there ? 1 : 0);
        return is_there;
    }
    void expect(char c) { is_good_ = take(c) && is_good_; }
    /// @param least, most how many digits
    std::int64_t digits(std::size_t least, std::size_t most)
    {
        std::int64_t number = 0;
        std::size_t count = 0;
        while (count < most && !text_.empty() && text_.front() >= '0' && text_.front() <= '9') {
            number = number * 10 + (text_.front() - '0');
            text_.remove_prefix(1);
            ++count;
        }
        is_good_ = is_good_ && count >= least;
        return number;
    }
    /// Of a second, behind its point.
    std::int64_t fraction()
    {
        const std::size_t before = text_.size();
        std::int64_t number = digits(1, fraction_digits);
        for (std::size_t count = before - text_.size(); count < fraction_digits; ++count) {
            number *= 10;
        }
        return number;
    }
    std::string_view rest() const noexcept { return text_; }
    bool is_good() const noexcept { return is_good_; }
    bool is_done() const noexcept { return is_good_ && text_.empty(); }

private:
    std::string_view text_;
    bool is_good_ = true;
};

std::optional<std::int64_t> scaled(std::int64_t whole, std::int64_t unit, std::int64_t rest, bool is_negative)
{
    std::int64_t ticks = 0;
    const std::int64_t sign = is_negative ? -1 : 1;
    if (__builtin_mul_overflow(sign * whole, unit, &ticks) || __builtin_add_overflow(ticks, sign * rest, &ticks)) {
        return std::nullopt;
    }
    return ticks;
}

/// Minutes that a local time is ahead of UTC.
std::optional<int> take_zone(Reader& reader)
{
    if (reader.take('Z')) {
        return 0;
    }
    const bool is_behind = reader.take('-');
    if (!is_behind) {
        reader.expect('+');
    }
    const std::int64_t hours = reader.digits(2, 2);
    reader.expect(':');
    const std::int64_t minutes = reader.digits(2, 2);
    if (!reader.is_good() || hours > 23 || minutes > 59) {
        return std::nullopt;
    }
    return static_cast<int>(is_behind ? -(hours * 60 + minutes) : hours * 60 + minutes);
}

template <class T>
boost::json::value floating_json(T number)
{
    if (std::isnan(number)) {
        return "NaN";
    }
    if (std::isinf(number)) {
        return number > 0 ? "Infinity" : "-Infinity";
    }
    return static_cast<double>(number);
}

}  // namespace

std::string base64(std::span<const std::byte> bytes)
{
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t begin = 0; begin < bytes.size(); begin += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - begin);
        std::uint32_t bits = 0;
        for (std::size_t index = 0; index < 3; ++index) {
            bits = bits << 8 | (index < count ? std::to_integer<std::uint32_t>(bytes[begin + index]) : 0U);
        }
        for (std::size_t index = 0; index < 4; ++index) {
            text += index <= count ? base64_digits[bits >> (18 - 6 * index) & 63] : '=';
        }
    }
    return text;
}

std::optional<std::string> from_base64(std::string_view text)
{
    std::string bytes;
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    const std::size_t padding = text.ends_with("==") ? 2 : (text.ends_with('=') ? 1 : 0);
    for (std::size_t begin = 0; begin < text.size(); begin += 4) {
        const std::size_t missing = begin + 4 == text.size() ? padding : 0;
        std::uint32_t bits = 0;
        for (std::size_t index = 0; index < 4; ++index) {
            const std::size_t digit = index < 4 - missing ? base64_digits.find(text[begin + index]) : 0;
            if (digit == std::string_view::npos) {
                return std::nullopt;
            }
            bits = bits << 6 | static_cast<std::uint32_t>(digit);
        }
        for (std::size_t index = 0; index < 3 - missing; ++index) {
            bytes += static_cast<char>(bits >> (16 - 8 * index) & 0xFF);
        }
        if ((bits & ((1U << (8 * missing)) - 1)) != 0) {
            return std::nullopt;
        }
    }
    return bytes;
}

std::string timestamp_text(Timestamp time)
{
    // Rounded down by hand: in ticks the first day begins before there are any.
    const std::int64_t ticks = time.time_since_epoch().count();
    const std::int64_t whole = ticks / ticks_in_second - (ticks % ticks_in_second < 0 ? 1 : 0);
    const std::int64_t day = whole / seconds_in_day - (whole % seconds_in_day < 0 ? 1 : 0);
    const auto seconds = static_cast<std::uint64_t>(whole - day * seconds_in_day);
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(static_cast<int>(day)))};
    const int year = static_cast<int>(date.year());
    std::string text = year < 0 ? "-" : (year > 9999 ? "+" : "");
    text += padded(static_cast<std::uint64_t>(std::abs(year)), text.empty() ? 4 : 5);
    text += '-' + padded(static_cast<unsigned>(date.month()), 2) + '-' + padded(static_cast<unsigned>(date.day()), 2);
    text += 'T' + padded(seconds / 3600, 2) + ':' + padded(seconds / 60 % 60, 2) + ':' + padded(seconds % 60, 2);
    const std::int64_t fraction = (ticks % ticks_in_second + ticks_in_second) % ticks_in_second;
    return text + fraction_text(static_cast<std::uint64_t>(fraction)) + 'Z';
}

std::optional<Timestamp> parse_timestamp(std::string_view text)
{
    Reader reader(text);
    const bool is_before = reader.take('-');
    const bool is_signed = is_before || reader.take('+');
    const std::int64_t year = reader.digits(is_signed ? 5 : 4, is_signed ? 5 : 4);
    reader.expect('-');
    const std::int64_t month = reader.digits(2, 2);
    reader.expect('-');
    const std::int64_t day = reader.digits(2, 2);
    reader.expect('T');
    const std::int64_t hour = reader.digits(2, 2);
    reader.expect(':');
    const std::int64_t minute = reader.digits(2, 2);
    reader.expect(':');
    const std::int64_t second = reader.digits(2, 2);
    const std::int64_t fraction = reader.take('.') ? reader.fraction() : 0;
    const auto zone = take_zone(reader);
    if (!reader.is_done() || !zone || hour > 23 || minute > 59 || second > 59 || year > 32767) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(is_before ? -year : year)),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day)));
    if (!date.ok()) {
        return std::nullopt;
    }
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    const std::int64_t seconds = days * seconds_in_day + hour * 3600 + minute * 60 + second - std::int64_t{*zone} * 60;
    // Rounded towards the epoch first: the very first moment has a whole second that is out of range.
    const bool is_early = seconds < 0 && fraction != 0;
    const auto ticks = scaled(seconds < 0 ? -seconds - (is_early ? 1 : 0) : seconds, ticks_in_second,
                              is_early ? ticks_in_second - fraction : fraction, seconds < 0);
    if (!ticks) {
        return std::nullopt;
    }
    return Timestamp(TimeSpan(*ticks));
}

std::string duration_text(TimeSpan span)
{
    const auto ticks = static_cast<std::uint64_t>(span.count());
    const std::uint64_t magnitude = span.count() < 0 ? 0 - ticks : ticks;
    return (span.count() < 0 ? "-" : "") + std::to_string(magnitude / ticks_in_second) +
           fraction_text(magnitude % ticks_in_second) + 's';
}

std::optional<TimeSpan> parse_duration(std::string_view text)
{
    struct Unit {
        std::string_view name;
        std::int64_t ticks;
    };
    constexpr std::array<Unit, 6> units = {{{"us", 10},
                                            {"ms", 10'000},
                                            {"s", ticks_in_second},
                                            {"min", 60 * ticks_in_second},
                                            {"h", 3600 * ticks_in_second},
                                            {"d", seconds_in_day * ticks_in_second}}};
    Reader reader(text);
    const bool is_negative = reader.take('-');
    const std::int64_t whole = reader.digits(1, 18);
    const std::int64_t fraction = reader.take('.') ? reader.fraction() : 0;
    for (const Unit& unit : units) {
        if (!reader.is_good() || reader.rest() != unit.name) {
            continue;
        }
        const std::int64_t rest = fraction * unit.ticks;  // below a day in ticks times as many
        const auto ticks = scaled(whole, unit.ticks, rest / ticks_in_second, is_negative);
        return ticks && rest % ticks_in_second == 0 ? std::optional(TimeSpan(*ticks)) : std::nullopt;
    }
    return std::nullopt;
}

std::string character_text(char16_t unit)
{
    if (unit >= 0xD800 && unit <= 0xDFFF) {
        constexpr std::string_view digits = "0123456789ABCDEF";
        std::string text = "U+";
        for (const unsigned shift : {12U, 8U, 4U, 0U}) {
            text += digits[static_cast<unsigned>(unit) >> shift & 15U];
        }
        return text;
    }
    if (unit < 0x80) {
        return {static_cast<char>(unit)};
    }
    if (unit < 0x800) {
        return {static_cast<char>(0xC0 | unit >> 6), static_cast<char>(0x80 | (unit & 0x3F))};
    }
    return {static_cast<char>(0xE0 | unit >> 12), static_cast<char>(0x80 | (unit >> 6 & 0x3F)),
            static_cast<char>(0x80 | (unit & 0x3F))};
}

std::optional<char16_t> parse_character(std::string_view text)
{
    if (text.size() == 6 && text.starts_with("U+")) {
        std::uint16_t unit = 0;
        const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), unit, 16);
        return error == std::errc() && end == text.data() + text.size() ? std::optional(static_cast<char16_t>(unit))
                                                                        : std::nullopt;
    }
    const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
    unsigned unit = 0;
    if (text.size() == 1) {
        unit = byte(0);
    } else if (text.size() == 2) {
        unit = (byte(0) & 0x1FU) << 6 | (byte(1) & 0x3FU);
    } else if (text.size() == 3) {
        unit = (byte(0) & 0x0FU) << 12 | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU);
    } else {
        return std::nullopt;
    }
    const auto character = static_cast<char16_t>(unit);
    return character_text(character) == text ? std::optional(character) : std::nullopt;  // one, and well-formed
}

boost::json::value float_json(float number)
{
    if (!std::isfinite(number)) {
        return floating_json(number);
    }
    std::array<char, 64> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
    double shortest = 0;
    std::from_chars(text.data(), end, shortest);
    return static_cast<float>(shortest) == number ? shortest : static_cast<double>(number);
}

boost::json::value double_json(double number)
{
    return floating_json(number);
}

std::optional<double> parse_double(std::string_view text)
{
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (text == "NaN") {
        return std::numeric_limits<double>::quiet_NaN();
    }
    if (text == "Infinity" || text == "-Infinity") {
        return text.front() == '-' ? -infinity : infinity;
    }
    return std::nullopt;
}

boost::json::value integer_json(std::int64_t number)
{
    if (number >= -largest_exact && number <= largest_exact) {
        return number;
    }
    return boost::json::value(std::to_string(number));
}

boost::json::value integer_json(std::uint64_t number)
{
    if (number <= static_cast<std::uint64_t>(largest_exact)) {
        return static_cast<std::int64_t>(number);
    }
    return boost::json::value(std::to_string(number));
}

std::optional<WholeNumber> integer_of(const boost::json::value& value)
{
    if (value.is_int64()) {
        const std::int64_t number = value.get_int64();
        const auto bits = static_cast<std::uint64_t>(number);
        return WholeNumber{number < 0, number < 0 ? 0 - bits : bits};
    }
    if (value.is_uint64()) {
        return WholeNumber{false, value.get_uint64()};
    }
    if (value.is_double()) {
        const double number = value.get_double();
        const bool is_whole = std::trunc(number) == number && std::abs(number) < 0x1p64;
        return is_whole ? std::optional(WholeNumber{number < 0, static_cast<std::uint64_t>(std::abs(number))})
                        : std::nullopt;
    }
    if (!value.is_string()) {
        return std::nullopt;
    }
    std::string_view digits = value.get_string();
    WholeNumber number;
    number.is_negative = digits.starts_with('-');
    digits.remove_prefix(number.is_negative ? 1 : 0);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number.magnitude);
    const bool is_read = error == std::errc() && end == digits.data() + digits.size();
    return is_read ? std::optional(number) : std::nullopt;
}

std::optional<Decimal> decimal_of(const boost::json::object& parts)
{
    const auto part = [&](std::string_view name) {
        const boost::json::value* const value = parts.if_contains(name);
        return value != nullptr ? integer_of(*value) : std::nullopt;
    };
    const auto low = part("low");
    const auto high = part("high");
    const auto scale = part("scale");
    const boost::json::value* const negative = parts.if_contains("negative");
    if (!low || !high || !scale || !low->fits<std::uint64_t>() || !high->fits<std::uint32_t>() || scale->is_negative ||
        scale->magnitude > Decimal::max_scale || negative == nullptr || !negative->is_bool()) {
        return std::nullopt;
    }
    return Decimal::from_parts(low->magnitude, static_cast<std::uint32_t>(high->magnitude),
                               static_cast<unsigned>(scale->magnitude), negative->get_bool());
}

std::optional<std::uint32_t> alternative_index(std::string_view key)
{
    std::uint32_t index = 0;
    const auto [end, error] = std::from_chars(key.data() + (key.empty() ? 0 : 1), key.data() + key.size(), index);
    const bool is_read = key.starts_with('#') && error == std::errc() && end == key.data() + key.size();
    return is_read ? std::optional(index) : std::nullopt;
}

std::string_view kind_text(const boost::json::value& value) noexcept
{
    switch (value.kind()) {
        case boost::json::kind::null:
            return "null";
        case boost::json::kind::bool_:
            return "a boolean";
        case boost::json::kind::string:
            return "a string";
        case boost::json::kind::array:
            return "an array";
        case boost::json::kind::object:
            return "an object";
        default:
            return "a number";
    }
}

}  // namespace remoting
