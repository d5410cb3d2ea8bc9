// SPDX-License-Identifier: BSL-1.0
#include "print_json.hpp"

#include <boost/json/serialize.hpp>

#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace remoting {

namespace {

namespace json = boost::json;

constexpr std::size_t line_width = 100;

std::string print(const json::value& value, std::size_t level);

std::string print_number(double number)
{
    std::array<char, 64> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
    return {text.data(), end};
}

std::string print_parts(std::pair<char, char> brackets, const std::vector<std::string>& parts, std::size_t level)
{
    std::size_t width = 2 * level;
    for (const std::string& part : parts) {
        width += part.size() + 2;
    }
    const bool fits = width <= line_width;
    const std::string indentation = fits ? "" : '\n' + std::string(2 * level + 2, ' ');
    std::string text(1, brackets.first);
    for (const std::string& part : parts) {
        text += (&part == &parts.front() ? "" : (fits ? ", " : ",")) + indentation + part;
    }
    return text + (fits ? "" : '\n' + std::string(2 * level, ' ')) + brackets.second;
}

std::string print(const json::value& value, std::size_t level)
{
    std::vector<std::string> parts;
    if (const json::array* const array = value.if_array()) {
        for (const json::value& element : *array) {
            parts.push_back(print(element, level + 1));
        }
        return print_parts({'[', ']'}, parts, level);
    }
    if (const json::object* const object = value.if_object()) {
        for (const auto& member : *object) {
            parts.push_back(json::serialize(json::string_view(member.key())) + ": " + print(member.value(), level + 1));
        }
        return print_parts({'{', '}'}, parts, level);
    }
    return value.is_double() ? print_number(value.get_double()) : json::serialize(value);
}

}  // namespace

std::string print_json(const json::value& value)
{
    return print(value, 0);
}

}  // namespace remoting
