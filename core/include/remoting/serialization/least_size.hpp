// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/serialization/type_kind.hpp>
#include <remoting/types/unknown_alternative.hpp>

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

namespace remoting::detail {

/// The alternatives of a std::variant on the wire: all but UnknownAlternative, in order.
template <class T>
struct Alternatives;
template <template <class...> class Template, class... Types>
struct Alternatives<Template<Types...>> {
    static constexpr std::size_t size = sizeof...(Types);
    template <std::size_t index>
    using Type = std::tuple_element_t<index, std::tuple<Types...>>;

    static constexpr std::size_t unknown = [] {
        std::size_t index = 0;
        static_cast<void>(((std::is_same_v<Types, UnknownAlternative> || (++index, false)) || ...));
        return index;
    }();
    static constexpr std::uint32_t wire_index(std::size_t index) noexcept
    {
        return static_cast<std::uint32_t>(index > unknown ? index - 1 : index);
    }
};

/// Of a generated variant, those of the std::variant it derives from.
template <class T>
requires GeneratedVariant<T>
struct Alternatives<T> : Alternatives<typename T::VariantType> {
};

/// The fewest bytes a value of `T` takes on the wire.
template <class T>
consteval std::size_t least_size()
{
    constexpr Kind kind = kind_of<T>;
    if constexpr (kind == Kind::boolean || kind == Kind::scalar || kind == Kind::enumeration) {
        return sizeof(T);
    } else if constexpr (kind == Kind::ticks || kind == Kind::variant) {
        return 8;
    } else if constexpr (kind == Kind::uuid || kind == Kind::decimal) {
        return 16;
    } else if constexpr (kind == Kind::optional || kind == Kind::pointer || kind == Kind::reference) {
        return 1;
    } else if constexpr (kind == Kind::array && std::is_array_v<T>) {
        return std::extent_v<T> * least_size<std::remove_extent_t<T>>();
    } else if constexpr (kind == Kind::array) {
        return std::tuple_size_v<T> * least_size<typename T::value_type>();
    } else if constexpr (kind == Kind::tuple) {
        return []<class... Elements>(std::type_identity<std::tuple<Elements...>>) {
            return (std::size_t{0} + ... + least_size<std::remove_cv_t<Elements>>());
        }(std::type_identity<decltype(std::tuple_cat(std::declval<T>()))>{});
    } else {
        return 4;
    }
}

}  // namespace remoting::detail
