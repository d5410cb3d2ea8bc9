// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "json_texts.hpp"
#include "type_graph.hpp"

#include <remoting/types/uuid.hpp>

#include <boost/json/value.hpp>

#include <cstdint>
#include <random>
#include <string>

namespace remoting::test {

/// JSON of random values of any type that holds no references.
class RandomJson final {
public:
    explicit RandomJson(std::uint64_t seed) : random_(seed) {}

    boost::json::value of(const Type& declared, const TypeScope* scope = nullptr, unsigned depth = 0)
    {
        const bool is_parameter = declared.kind == TypeKind::declared && declared.declared == nullptr;
        if (declared.is_optional && (depth > 6 || below(2) == 0)) {
            return nullptr;
        }
        if (is_parameter) {
            const TypeScope* inner = scope;
            const Type& argument = argument_of(declared, inner);
            return of(argument, inner, depth);
        }
        switch (declared.kind) {
            case TypeKind::boolean:
                return below(2) == 0;
            case TypeKind::int8:
                return integer<std::int8_t>();
            case TypeKind::int16:
                return integer<std::int16_t>();
            case TypeKind::int32:
                return integer<std::int32_t>();
            case TypeKind::int64:
                return integer<std::int64_t>();
            case TypeKind::uint8:
                return integer<std::uint8_t>();
            case TypeKind::uint16:
                return integer<std::uint16_t>();
            case TypeKind::uint32:
                return integer<std::uint32_t>();
            case TypeKind::uint64:
                return integer<std::uint64_t>();
            case TypeKind::float32:
                return below(10) == 0 ? boost::json::value("-Infinity") : float_json(real<float, std::uint32_t>());
            case TypeKind::float64:
                return below(10) == 0 ? boost::json::value("Infinity") : double_json(real<double, std::uint64_t>());
            case TypeKind::string:
                return boost::json::value(text());
            case TypeKind::bytes: {
                const std::string bytes = text();
                return boost::json::value(base64(std::as_bytes(std::span(bytes))));
            }
            case TypeKind::character:
                return boost::json::value(character_text(static_cast<char16_t>(random_())));
            case TypeKind::timestamp:
                return boost::json::value(timestamp_text(Timestamp(TimeSpan(number<std::int64_t>()))));
            case TypeKind::duration:
                return boost::json::value(duration_text(TimeSpan(number<std::int64_t>())));
            case TypeKind::uuid: {
                Uuid uuid;
                for (auto& byte : uuid.bytes) {
                    byte = static_cast<std::uint8_t>(random_());
                }
                return boost::json::value(uuid.to_string());
            }
            case TypeKind::decimal:
                return boost::json::value(Decimal::from_parts(random_(), static_cast<std::uint32_t>(random_()),
                                                              static_cast<unsigned>(below(29)), below(2) == 0)
                                              .to_string());
            case TypeKind::any:
                return any();
            case TypeKind::declared:
                return of_declared(declared, scope, depth);
            default:
                return of_container(declared, scope, depth);
        }
    }

private:
    std::uint64_t below(std::uint64_t end) { return random_() % end; }
    template <class T>
    T number()
    {
        const std::uint64_t bits = below(3) == 0 ? below(4) : random_();
        return static_cast<T>(bits);
    }
    template <class T>
    boost::json::value integer()
    {
        if constexpr (std::is_signed_v<T>) {
            return integer_json(std::int64_t{number<T>()});
        } else {
            return integer_json(std::uint64_t{number<T>()});
        }
    }
    template <class T, class Bits>
    T real()
    {
        const T value = std::bit_cast<T>(static_cast<Bits>(random_()));
        return value == value ? value : T(0.5);  // one NaN is written like another
    }
    std::string text()
    {
        static constexpr const char* parts[] = {"a", "é", "€", "😀", "\"", "\n", "0", "true"};
        std::string text;
        for (std::uint64_t left = below(5); left > 0; --left) {
            text += parts[below(std::size(parts))];
        }
        return text;
    }
    boost::json::value any()
    {
        switch (below(4)) {
            case 0:
                return boost::json::object();
            case 1:
                return boost::json::object{{"type", "int32"}, {"value", integer<std::int32_t>()}};
            case 2:
                return boost::json::object{{"type", "unknown.Type"}, {"base64", "AAEC"}};
            default:
                return boost::json::object{{"type", "list<string>"}, {"value", boost::json::array{text(), text()}}};
        }
    }
    boost::json::value of_declared(const Type& type, const TypeScope* scope, unsigned depth)
    {
        const Declared& target = *type.declared;
        const TypeScope inner{type, scope};
        if (target.form == TypeForm::enumeration) {
            const auto known = std::next(target.names.begin(), static_cast<std::ptrdiff_t>(below(target.names.size())));
            const auto number = static_cast<std::int64_t>(below(128));
            return below(3) == 0 && !target.names.contains(number) ? boost::json::value(number)
                                                                   : boost::json::value(known->second);
        }
        boost::json::object members;
        if (target.form == TypeForm::variant) {
            std::size_t index = 0;
            do {
                index = below(target.fields.size());
            } while (target.fields[index].is_reserved);
            if (below(10) == 0) {
                members["#200"] = "AAEC";
            } else {
                members[target.fields[index].name] = of(target.fields[index].type, &inner, depth + 1);
            }
            return members;
        }
        for (const Field& field : target.fields) {
            if (!field.is_reserved && below(5) != 0) {  // else its default
                members[field.name] = of(field.type, &inner, depth + 1);
            }
        }
        return members;
    }
    boost::json::value of_container(const Type& type, const TypeScope* scope, unsigned depth)
    {
        const std::uint64_t count = type.kind == TypeKind::array ? type.length : (depth > 6 ? 0 : below(4));
        boost::json::array elements;
        for (std::uint64_t index = 0; index < count; ++index) {
            boost::json::value element = of(type.arguments[0], scope, depth + 1);
            const bool is_keyed = type.kind == TypeKind::set || type.kind == TypeKind::map;
            bool is_there = false;
            for (const boost::json::value& other : elements) {
                is_there = is_there || element == (type.kind == TypeKind::map ? other.at(0) : other);
            }
            if (is_keyed && is_there) {
                continue;
            }
            if (type.kind == TypeKind::map) {
                elements.push_back(
                    boost::json::array{std::move(element), of(type.arguments[1], scope, depth + 1)});
            } else {
                elements.push_back(std::move(element));
            }
        }
        return elements;
    }

    std::mt19937_64 random_;
};

}  // namespace remoting::test
