// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/descriptors.hpp>
#include <remoting/types/any.hpp>
#include <remoting/types/bytes.hpp>
#include <remoting/types/decimal.hpp>
#include <remoting/types/timestamp.hpp>
#include <remoting/types/uuid.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// How generated operator<< and what() show values. For people and logs; nothing reads it back.

namespace remoting {

/// Numbers in their shortest exact form, int8 and uint8 as numbers too; true, false; anything else by its operator<<.
template <class T>
void print(std::ostream& stream, const T& value);
/// In quotes; control characters, quotes and backslashes escaped.
inline void print(std::ostream& stream, std::string_view value);
inline void print(std::ostream& stream, const std::string& value)
{
    print(stream, std::string_view(value));
}
/// Hexadecimal digits, of 32 bytes at most.
inline void print(std::ostream& stream, const Bytes& value);
/// ISO 8601 in UTC: 2024-02-29T12:00:00.0000001Z
inline void print(std::ostream& stream, Timestamp value);
/// As .NET prints a TimeSpan: -1.02:03:04.0000005
inline void print(std::ostream& stream, TimeSpan value);
inline void print(std::ostream& stream, const Uuid& value)
{
    stream << value.to_string();
}
inline void print(std::ostream& stream, const Decimal& value)
{
    stream << value.to_string();
}
/// The type and how many bytes the value takes.
inline void print(std::ostream& stream, const Any& value)
{
    stream << "any{" << value.type << ", " << value.content.size() << " bytes}";
}
/// In single quotes, as UTF-8; half a surrogate pair, a control character and a quote as \\u and four digits.
inline void print(std::ostream& stream, char16_t value);
/// The value or null.
template <class T>
void print(std::ostream& stream, const std::optional<T>& value);
/// [a, b]
template <class T>
void print(std::ostream& stream, const std::vector<T>& value);
template <class T>
void print(std::ostream& stream, const std::set<T>& value);
template <class T, std::size_t size>
void print(std::ostream& stream, const std::array<T, size>& value);
/// {a: 1, b: 2}
template <class K, class V>
void print(std::ostream& stream, const std::map<K, V>& value);
/// A reference to an object by its interface, `<bank.Account>`, or null.
template <class T>
void print(std::ostream& stream, const std::shared_ptr<T>& value);

/// What print() or operator<< writes, as a string.
template <class T>
std::string printed(const T& value)
{
    std::ostringstream stream;
    print(stream, value);
    return std::move(stream).str();
}

namespace detail {

inline void print_padded(std::ostream& stream, std::uint64_t number, std::size_t width)
{
    const std::string text = std::to_string(number);
    stream << std::string(width - std::min(width, text.size()), '0') << text;
}

template <class T>
void print_elements(std::ostream& stream, const T& value)
{
    const char* separator = "";
    stream << '[';
    for (const typename T::value_type& element : value) {
        stream << separator;
        print(stream, element);
        separator = ", ";
    }
    stream << ']';
}

}  // namespace detail

template <class T>
void print(std::ostream& stream, const T& value)
{
    if constexpr (std::is_same_v<T, bool>) {
        stream << (value ? "true" : "false");
    } else if constexpr (std::is_arithmetic_v<T>) {
        std::array<char, 64> buffer;
        const std::to_chars_result result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
        stream << std::string_view(buffer.data(), static_cast<std::size_t>(result.ptr - buffer.data()));
    } else if constexpr (requires { stream << value; }) {
        stream << value;
    } else {
        stream << "<...>";  // a native type that cannot be printed
    }
}

inline void print(std::ostream& stream, std::string_view value)
{
    constexpr std::string_view digits = "0123456789abcdef";
    stream << '"';
    for (const char character : value) {
        const auto byte = static_cast<unsigned char>(character);
        if (character == '"' || character == '\\') {
            stream << '\\' << character;
        } else if (character == '\n') {
            stream << "\\n";
        } else if (byte < 0x20 || byte == 0x7F) {
            stream << "\\x" << digits[byte >> 4U] << digits[byte & 0xFU];
        } else {
            stream << character;
        }
    }
    stream << '"';
}

inline void print(std::ostream& stream, const Bytes& value)
{
    constexpr std::string_view digits = "0123456789abcdef";
    constexpr std::size_t max_shown = 32;
    std::size_t shown = 0;
    for (const std::byte byte : value) {
        if (shown++ == max_shown) {
            stream << "...";
            break;
        }
        const auto number = std::to_integer<unsigned>(byte);
        stream << digits[number >> 4U] << digits[number & 0xFU];
    }
}

inline void print(std::ostream& stream, Timestamp value)
{
    constexpr std::int64_t ticks_per_day = 864'000'000'000;
    const std::int64_t count = value.time_since_epoch().count();
    const bool before_midnight = count % ticks_per_day < 0;
    const std::chrono::days day(count / ticks_per_day - (before_midnight ? 1 : 0));
    const std::chrono::year_month_day date{std::chrono::sys_days(day)};
    const auto ticks = static_cast<std::uint64_t>(count % ticks_per_day + (before_midnight ? ticks_per_day : 0));
    constexpr std::uint64_t ticks_per_second = 10'000'000;
    const std::uint64_t second = ticks / ticks_per_second;
    const auto padded = [&](std::uint64_t number, std::size_t width) { detail::print_padded(stream, number, width); };
    const int year = static_cast<int>(date.year());
    stream << (year < 0 ? "-" : "");
    padded(static_cast<std::uint64_t>(year < 0 ? -year : year), 4);
    stream << '-';
    padded(static_cast<unsigned>(date.month()), 2);
    stream << '-';
    padded(static_cast<unsigned>(date.day()), 2);
    stream << 'T';
    padded(second / 3600, 2);
    stream << ':';
    padded(second / 60 % 60, 2);
    stream << ':';
    padded(second % 60, 2);
    if (ticks % ticks_per_second != 0) {
        stream << '.';
        padded(ticks % ticks_per_second, 7);
    }
    stream << 'Z';
}

inline void print(std::ostream& stream, TimeSpan value)
{
    constexpr std::uint64_t ticks_per_second = 10'000'000;
    constexpr std::uint64_t seconds_per_day = 86'400;
    const bool negative = value.count() < 0;
    const auto count = static_cast<std::uint64_t>(value.count());
    const std::uint64_t ticks = negative ? 0 - count : count;
    const std::uint64_t seconds = ticks / ticks_per_second;
    stream << (negative ? "-" : "");
    if (seconds >= seconds_per_day) {
        stream << seconds / seconds_per_day << '.';
    }
    detail::print_padded(stream, seconds / 3600 % 24, 2);
    stream << ':';
    detail::print_padded(stream, seconds / 60 % 60, 2);
    stream << ':';
    detail::print_padded(stream, seconds % 60, 2);
    if (ticks % ticks_per_second != 0) {
        stream << '.';
        detail::print_padded(stream, ticks % ticks_per_second, 7);
    }
}

inline void print(std::ostream& stream, char16_t value)
{
    const auto code = static_cast<unsigned>(value);
    const auto byte = [](unsigned bits) { return static_cast<char>(static_cast<unsigned char>(bits)); };
    const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
    stream << '\'';
    if (code < 0x20 || code == '\'' || code == 0x7F || is_surrogate) {
        constexpr std::string_view digits = "0123456789abcdef";
        stream << "\\u" << digits[code >> 12U] << digits[code >> 8U & 0xFU] << digits[code >> 4U & 0xFU]
               << digits[code & 0xFU];
    } else if (code < 0x80) {
        stream << byte(code);
    } else if (code < 0x800) {
        stream << byte(0xC0U | code >> 6U) << byte(0x80U | (code & 0x3FU));
    } else {
        stream << byte(0xE0U | code >> 12U) << byte(0x80U | (code >> 6U & 0x3FU)) << byte(0x80U | (code & 0x3FU));
    }
    stream << '\'';
}

template <class T>
void print(std::ostream& stream, const std::optional<T>& value)
{
    if (value) {
        print(stream, *value);
    } else {
        stream << "null";
    }
}

template <class T>
void print(std::ostream& stream, const std::shared_ptr<T>& value)
{
    if (value == nullptr) {
        stream << "null";
    } else {
        stream << '<' << InterfaceTraits<T>::descriptor().name << '>';
    }
}

template <class T>
void print(std::ostream& stream, const std::vector<T>& value)
{
    detail::print_elements(stream, value);
}

template <class T>
void print(std::ostream& stream, const std::set<T>& value)
{
    detail::print_elements(stream, value);
}

template <class T, std::size_t size>
void print(std::ostream& stream, const std::array<T, size>& value)
{
    detail::print_elements(stream, value);
}

template <class K, class V>
void print(std::ostream& stream, const std::map<K, V>& value)
{
    const char* separator = "";
    stream << '{';
    for (const auto& [key, element] : value) {
        stream << separator;
        print(stream, key);
        stream << ": ";
        print(stream, element);
        separator = ", ";
    }
    stream << '}';
}

}  // namespace remoting
