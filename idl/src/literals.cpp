// SPDX-License-Identifier: BSL-1.0
#include "literals.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

namespace remoting::idl {

namespace {

struct Escape {
    std::string text;
    std::size_t size;  // of what stands in the source, with the backslash
};

std::string utf8(std::uint32_t code_point)
{
    const auto byte = [](std::uint32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
    const auto tail = [&](unsigned shift) { return byte(0x80U | ((code_point >> shift) & 0x3FU)); };
    if (code_point < 0x80) {
        return {byte(code_point)};
    }
    if (code_point < 0x800) {
        return {byte(0xC0U | (code_point >> 6U)), tail(0)};
    }
    if (code_point < 0x10000) {
        return {byte(0xE0U | (code_point >> 12U)), tail(6), tail(0)};
    }
    return {byte(0xF0U | (code_point >> 18U)), tail(12), tail(6), tail(0)};
}

// `\uXXXX` or `\u{X...}`. Half of a surrogate pair can be a char of its own, but no part of a string.
std::optional<Escape> unicode_escape(std::string_view rest, bool takes_surrogates)
{
    const bool braced = rest.substr(2).starts_with('{');
    const std::size_t begin = braced ? 3 : 2;
    const std::size_t end = braced ? rest.find('}') : begin + 4;
    if (end == std::string_view::npos || end > rest.size() || end == begin || end - begin > 6) {
        return std::nullopt;
    }
    std::uint32_t code_point = 0;
    const auto [stop, error] = std::from_chars(rest.data() + begin, rest.data() + end, code_point, 16);
    const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    if (error != std::errc() || stop != rest.data() + end || code_point > 0x10FFFF ||
        (is_surrogate && !takes_surrogates)) {
        return std::nullopt;
    }
    return Escape{utf8(code_point), end + (braced ? 1 : 0)};
}

// `rest` begins with a backslash.
std::optional<Escape> escape_at(std::string_view rest, bool takes_surrogates)
{
    static constexpr std::pair<char, char> simple[] = {{'n', '\n'}, {'r', '\r'},  {'t', '\t'}, {'0', '\0'},
                                                       {'"', '"'},  {'\'', '\''}, {'\\', '\\'}};
    if (rest.size() < 2) {
        return std::nullopt;
    }
    if (rest[1] == 'u') {
        return unicode_escape(rest, takes_surrogates);
    }
    for (const auto& [name, character] : simple) {
        if (rest[1] == name) {
            return Escape{std::string(1, character), 2};
        }
    }
    return std::nullopt;
}

}  // namespace

std::uint64_t integer_value(const Token& token, const SourceText& source, Diagnostics& diagnostics)
{
    std::string_view digits = token.text;
    const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
    if (hexadecimal) {
        digits.remove_prefix(2);
    }
    std::uint64_t value = 0;
    const auto [stop, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, hexadecimal ? 16 : 10);
    if (error == std::errc::result_out_of_range) {
        diagnostics.error(Rule::value_range, source, token.span, "this number does not fit into 64 bits");
        return 0;
    }
    if (error != std::errc() || stop != digits.data() + digits.size()) {
        diagnostics.error(Rule::invalid_number, source, token.span, "this is not a number");
        return 0;
    }
    if (!hexadecimal && digits.size() > 1 && digits.front() == '0') {
        diagnostics.error(Rule::invalid_number, source, token.span,
                          "a number does not begin with 0; octal numbers do not exist here");
        return 0;
    }
    return value;
}

bool is_long_integer(const Token& token)
{
    std::uint64_t value = 0;
    const char* end = token.text.data() + token.text.size();
    const auto [stop, error] = std::from_chars(token.text.data(), end, value);
    return stop == end && error == std::errc::result_out_of_range && token.text.front() != '0';
}

std::optional<std::uint64_t> duration_value(const Token& token, const SourceText& source, Diagnostics& diagnostics)
{
    static constexpr std::pair<std::string_view, std::uint64_t> units[] = {
        {"us", 10},           {"ms", 10'000},        {"s", 10'000'000},
        {"min", 600'000'000}, {"h", 36'000'000'000}, {"d", 864'000'000'000}};
    const std::size_t digits = std::min(token.text.find_first_not_of("0123456789"), token.text.size());
    const std::string_view suffix = token.text.substr(digits);
    const auto* const unit =
        std::find_if(std::begin(units), std::end(units), [&](const auto& known) { return known.first == suffix; });
    if (unit == std::end(units)) {
        return std::nullopt;
    }
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    std::uint64_t count = 0;
    const auto [stop, error] = std::from_chars(token.text.data(), token.text.data() + digits, count);
    if (error != std::errc() || count > most / unit->second) {
        diagnostics.error(Rule::value_range, source, token.span, "this is longer than 29,000 years");
        return 0;
    }
    return count * unit->second;
}

char16_t character_value(const Token& token, const SourceText& source, Diagnostics& diagnostics)
{
    const std::size_t errors = diagnostics.error_count();
    const std::string text = string_value(token, source, diagnostics);
    if (diagnostics.error_count() != errors) {
        return 0;
    }
    const auto byte = [&](std::size_t index) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(text[index]));
    };
    const auto tail = [&](std::size_t index) { return byte(index) & 0x3FU; };
    switch (text.size()) {
        case 1:
            return static_cast<char16_t>(byte(0));
        case 2:
            return static_cast<char16_t>((byte(0) & 0x1FU) << 6U | tail(1));
        case 3:
            return static_cast<char16_t>((byte(0) & 0x0FU) << 12U | tail(1) << 6U | tail(2));
        case 4:
            diagnostics.error(Rule::value_range, source, token.span,
                              "this takes two chars: a 'char' has 16 bits, as in .NET");
            break;
        default:
            break;
    }
    return 0;
}

std::string floating_text(const Token& token, const SourceText& source, Diagnostics& diagnostics)
{
    double value = 0;
    const char* end = token.text.data() + token.text.size();
    const auto [stop, error] = std::from_chars(token.text.data(), end, value);
    if (stop != end || error == std::errc::invalid_argument) {
        diagnostics.error(Rule::invalid_number, source, token.span, "this is not a number");
        return "0";
    }
    return std::string(token.text);
}

std::string string_value(const Token& token, const SourceText& source, Diagnostics& diagnostics)
{
    std::string value;
    if (token.is_broken) {
        return value;  // reported; its end is a guess
    }
    std::string_view rest = token.text.substr(1);
    if (rest.ends_with(token.text.front())) {
        rest.remove_suffix(1);
    }
    while (!rest.empty()) {
        if (rest.front() != '\\') {
            value += rest.front();
            rest.remove_prefix(1);
            continue;
        }
        const auto at = token.span.begin + static_cast<std::uint32_t>(rest.data() - token.text.data());
        const std::optional<Escape> escape = escape_at(rest, token.kind == TokenKind::character);
        if (!escape) {
            diagnostics.error(Rule::invalid_escape, source, {at, at + 2},
                              R"(unknown escape; there are \n \r \t \0 \" \' \\ \uXXXX and \u{X...})");
        } else {
            value += escape->text;
        }
        rest.remove_prefix(std::min(rest.size(), escape ? escape->size : 2));
    }
    return value;
}

}  // namespace remoting::idl
