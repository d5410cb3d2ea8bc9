// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/types/unknown_alternative.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string_view>
#include <type_traits>
#include <variant>

// How generated std::hash specializations hash values. Equal values have equal hashes, in one run of a program.

namespace remoting {

inline void mix_hash(std::size_t& seed, std::size_t hash) noexcept
{
    seed ^= hash + 0x9E37'79B9U + (seed << 6U) + (seed >> 2U);
}

/// Of values and of containers of values, known by their shapes, so that this header needs none of theirs. What has no
/// std::hash, a native type perhaps, counts as always the same.
template <class T>
std::size_t hash_of(const T& value)
{
    std::size_t seed = 0;
    if constexpr (std::is_same_v<T, Bytes>) {
        return std::hash<std::string_view>()(value.as_string_view());
    } else if constexpr (std::is_same_v<T, UnknownAlternative>) {
        mix_hash(seed, value.index);
        mix_hash(seed, hash_of(value.content));
    } else if constexpr (requires { std::hash<T>()(value); }) {
        return std::hash<T>()(value);
    } else if constexpr (requires { value.time_since_epoch(); }) {
        return hash_of(value.time_since_epoch());
    } else if constexpr (requires { T::period::den; }) {
        return std::hash<typename T::rep>()(value.count());
    } else if constexpr (requires { value.has_value(); }) {
        return value.has_value() ? hash_of(*value) + 1 : 0;
    } else if constexpr (requires { value.valueless_by_exception(); }) {
        mix_hash(seed, value.index());
        std::visit([&](const auto& alternative) { mix_hash(seed, hash_of(alternative)); }, value);
    } else if constexpr (requires { typename T::mapped_type; }) {
        for (const auto& [key, mapped] : value) {
            mix_hash(seed, hash_of(key));
            mix_hash(seed, hash_of(mapped));
        }
    } else if constexpr (requires { value.begin(), value.end(); }) {
        for (const typename T::value_type& element : value) {
            mix_hash(seed, hash_of(element));
        }
    }
    return seed;
}

template <class... T>
std::size_t hash_all(const T&... values)
{
    std::size_t seed = 0;
    // No fold expression, which compilers nest: a struct may have more fields than they allow.
    for (const std::size_t hash : {sizeof...(T), hash_of(values)...}) {
        mix_hash(seed, hash);
    }
    return seed;
}

}  // namespace remoting
