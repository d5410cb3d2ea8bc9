// SPDX-License-Identifier: BSL-1.0
#include <remoting/types/type_text.hpp>

#include <remoting/errors/exceptions.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

namespace remoting {

namespace {

struct Word {
    std::string_view name;
    TypeKind kind;
    std::size_t arguments = 0;
};

constexpr auto words = std::to_array<Word>({
    {"bool", TypeKind::boolean},       {"int8", TypeKind::int8},         {"int16", TypeKind::int16},
    {"int32", TypeKind::int32},        {"int64", TypeKind::int64},       {"uint8", TypeKind::uint8},
    {"uint16", TypeKind::uint16},      {"uint32", TypeKind::uint32},     {"uint64", TypeKind::uint64},
    {"float", TypeKind::float32},      {"double", TypeKind::float64},    {"string", TypeKind::string},
    {"bytes", TypeKind::bytes},        {"timestamp", TypeKind::timestamp}, {"char", TypeKind::character},
    {"duration", TypeKind::duration},  {"uuid", TypeKind::uuid},         {"decimal", TypeKind::decimal},
    {"any", TypeKind::any},            {"list", TypeKind::list, 1},      {"set", TypeKind::set, 1},
    {"array", TypeKind::array, 1},     {"map", TypeKind::map, 2},        {"stream", TypeKind::stream, 1},
});

class TypeParser final {
public:
    explicit TypeParser(std::string_view text) : text_(text) {}

    TypeText parse()
    {
        TypeText type = parse_type(0);
        if (position_ != text_.size()) {
            fail();
        }
        return type;
    }

private:
    TypeText parse_type(unsigned depth)
    {
        if (depth == TypeText::max_depth) {
            fail();
        }
        const std::string_view name = take_name();
        const auto* const word = std::ranges::find(words, name, &Word::name);
        TypeText type;
        type.kind = word == words.end() ? TypeKind::declared : word->kind;
        type.name = word == words.end() ? name : std::string_view();
        if (take('<')) {
            do {
                take_blanks();
                if (type.kind == TypeKind::array && type.arguments.size() == 1) {
                    type.length = take_length();
                    break;
                }
                type.arguments.push_back(parse_type(depth + 1));
            } while (take(','));
            if (!take('>')) {
                fail();
            }
        }
        const bool is_complete = word == words.end() || type.arguments.size() == word->arguments;
        if (!is_complete || (type.kind == TypeKind::array && type.length == 0)) {
            fail();
        }
        type.is_optional = take('?');
        return type;
    }

    std::string_view take_name()
    {
        const auto is_part = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
        };
        const std::size_t begin = position_;
        while (position_ < text_.size() && is_part(text_[position_])) {
            ++position_;
        }
        if (position_ == begin) {
            fail();
        }
        return text_.substr(begin, position_ - begin);
    }

    std::uint32_t take_length()
    {
        std::uint32_t length = 0;
        const char* const begin = text_.data() + position_;
        const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), length);
        if (error != std::errc() || length > TypeText::max_length) {
            fail();
        }
        position_ += static_cast<std::size_t>(end - begin);
        return length;
    }

    bool take(char c)
    {
        if (position_ == text_.size() || text_[position_] != c) {
            return false;
        }
        ++position_;
        return true;
    }
    void take_blanks()
    {
        while (take(' ')) {
        }
    }
    [[noreturn]] void fail() const
    {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                            "'" + std::string(text_.substr(0, 200)) + "' is no type");
    }

    std::string_view text_;
    std::size_t position_ = 0;
};

}  // namespace

TypeText TypeText::parse(std::string_view text)
{
    return TypeParser(text).parse();
}

}  // namespace remoting
