// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/remote_object.hpp>
#include <remoting/serialization/not_null.hpp>
#include <remoting/types/any.hpp>
#include <remoting/types/bytes.hpp>
#include <remoting/types/decimal.hpp>
#include <remoting/types/uuid.hpp>

#include <boost/core/nvp.hpp>
#include <boost/serialization/serialization.hpp>
#include <boost/serialization/wrapper.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

// How a C++ type travels. Standard types whose headers are heavy (optional, variant, map, chrono) are recognised by
// their shape, so that this header need not include them.

namespace boost::serialization {

class collection_size_type;
class item_version_type;

}  // namespace boost::serialization

namespace remoting {

class InputArchive;

template <class Archive>
void serialize(Archive& archive, Any& value, const unsigned /*version*/)
{
    archive& boost::serialization::make_nvp("type", value.type);
    archive& boost::serialization::make_nvp("content", value.content);
}

namespace detail {

enum class Kind : std::uint8_t {
    boolean,
    scalar,
    enumeration,
    ticks,  // of a clock or a duration
    text,
    text_view,
    bytes,
    uuid,
    decimal,
    optional,
    pointer,
    reference,
    array,
    tuple,
    variant,
    sequence,
    set,
    map,
    named_value,
    not_null,
    count,    // what Boost's container templates save as sizes and versions
    wrapper,  // Boost's: no value of its own
    object,
};

/// The last word of a decimal, as .NET has it.
inline constexpr std::uint32_t decimal_sign = 0x8000'0000U;
inline constexpr unsigned decimal_scale_shift = 16;

template <class T, template <class...> class Template>
inline constexpr bool is_a = false;
template <template <class...> class Template, class... Arguments>
inline constexpr bool is_a<Template<Arguments...>, Template> = true;

template <class T>
inline constexpr bool is_std_array = false;
template <class T, std::size_t size>
inline constexpr bool is_std_array<std::array<T, size>> = true;

template <class T>
inline constexpr bool is_text = false;
template <class Traits, class Allocator>
inline constexpr bool is_text<std::basic_string<char, Traits, Allocator>> = true;

template <class T>
concept Ticks = std::same_as<typename T::rep, std::int64_t> && T::period::num == 1 && T::period::den == 10'000'000 &&
                (
                    requires(const T& value) { value.count(); } ||
                    requires(const T& value) { value.time_since_epoch().count(); });

template <class T>
concept Optional = requires(T& value)
{
    typename T::value_type;
    value.has_value();
    value.emplace();
    value.reset();
    *value;
};

template <class T>
concept Variant = requires(T& value)
{
    value.index();
    value.valueless_by_exception();
};

/// A class of the compiler's, derived from std::variant.
template <class T>
concept GeneratedVariant = requires
{
    typename T::VariantType;
}
&&std::is_base_of_v<typename T::VariantType, T>;

template <class T>
concept Container = requires(T& value)
{
    typename T::value_type;
    value.begin();
    value.end();
    value.size();
    value.clear();
};

template <class T>
concept Associative = Container<T> && requires
{
    typename T::key_type;
};

template <class T>
concept Mapping = Associative<T> && requires
{
    typename T::mapped_type;
};

template <class T>
concept Sequence = Container<T> && requires(T& value, std::size_t size)
{
    value.resize(size);
};

/// A type that looks like a container and yet says itself how it is serialized.
template <class T>
concept HasSerialize = requires(InputArchive& archive, T& value)
{
    value.serialize(archive, 0U);
}
|| requires(InputArchive& archive, T& value)
{
    serialize(archive, value, 0U);
};

template <class T>
consteval Kind kind_of_class()
{
    namespace bs = boost::serialization;
    if constexpr (is_text<T>) {
        return Kind::text;
    } else if constexpr (std::is_same_v<T, std::string_view>) {
        return Kind::text_view;
    } else if constexpr (std::is_same_v<T, Bytes>) {
        return Kind::bytes;
    } else if constexpr (std::is_same_v<T, Uuid>) {
        return Kind::uuid;
    } else if constexpr (std::is_same_v<T, Decimal>) {
        return Kind::decimal;
    } else if constexpr (GeneratedVariant<T>) {
        return Kind::variant;
    } else if constexpr (is_a<std::remove_cv_t<T>, bs::nvp>) {
        return Kind::named_value;
    } else if constexpr (is_a<T, NotNull>) {
        return Kind::not_null;
    } else if constexpr (is_a<T, std::shared_ptr>) {
        return std::is_base_of_v<RemoteObject, typename T::element_type> ? Kind::reference : Kind::pointer;
    } else if constexpr (is_a<T, std::unique_ptr>) {
        return Kind::pointer;
    } else if constexpr (is_a<T, std::pair> || is_a<T, std::tuple>) {
        return Kind::tuple;
    } else if constexpr (is_std_array<T>) {
        return Kind::array;
    } else if constexpr (std::is_same_v<T, bs::collection_size_type> || std::is_same_v<T, bs::item_version_type>) {
        return Kind::count;
    } else if constexpr (bs::is_wrapper<T>::type::value) {
        return Kind::wrapper;
    } else if constexpr (HasSerialize<T>) {
        return Kind::object;
    } else if constexpr (Optional<T>) {
        return Kind::optional;
    } else if constexpr (Variant<T>) {
        return Kind::variant;
    } else if constexpr (Ticks<T>) {
        return Kind::ticks;
    } else if constexpr (Mapping<T>) {
        return Kind::map;
    } else if constexpr (Associative<T>) {
        return Kind::set;
    } else if constexpr (Sequence<T>) {
        return Kind::sequence;
    } else {
        return Kind::object;
    }
}

template <class T>
consteval Kind kind_of_type()
{
    static_assert(!std::is_pointer_v<T> && !std::is_member_pointer_v<T>,
                  "raw pointers cannot be sent; use std::unique_ptr, std::shared_ptr or std::optional");
    static_assert(!std::is_same_v<T, long double> && !std::is_same_v<T, wchar_t>,
                  "long double and wchar_t differ between platforms");
    if constexpr (std::is_same_v<T, bool>) {
        return Kind::boolean;
    } else if constexpr (std::is_enum_v<T>) {
        return Kind::enumeration;
    } else if constexpr (std::is_arithmetic_v<T>) {
        return Kind::scalar;
    } else if constexpr (std::is_array_v<T>) {
        return Kind::array;
    } else {
        return kind_of_class<T>();
    }
}

template <class T>
inline constexpr Kind kind_of = kind_of_type<std::remove_cv_t<T>>();

/// Whether a row of `T` in memory is what it is on the wire.
template <class T>
consteval bool is_plain()
{
    if constexpr (std::is_enum_v<T>) {
        return !std::is_same_v<std::underlying_type_t<T>, bool>;
    } else {
        return std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;
    }
}

/// Whether a pointer is null, or one of those that a container or an optional holds.
template <class T>
bool holds_null(const T& value)
{
    constexpr Kind kind = kind_of<T>;
    if constexpr (kind == Kind::pointer || kind == Kind::reference) {
        return value == nullptr;
    } else if constexpr (kind == Kind::optional) {
        return value.has_value() && holds_null(*value);
    } else {
        static_assert(kind == Kind::sequence || kind == Kind::map, "not_null() is for pointers and what holds them");
        for (const auto& element : value) {
            if constexpr (kind == Kind::map) {
                if (holds_null(element.second)) {
                    return true;
                }
            } else if (holds_null(element)) {
                return true;
            }
        }
        return false;
    }
}

}  // namespace detail
}  // namespace remoting
