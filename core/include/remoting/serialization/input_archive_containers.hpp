// SPDX-License-Identifier: BSL-1.0
#pragma once

// The part of InputArchive that loads containers. Included by input_archive.hpp.

#include <remoting/serialization/input_archive.hpp>

namespace remoting {

namespace detail {

template <class T>
concept Deque = requires(T& value)
{
    value.emplace_front();
    value[0];
};

/// Bytes that a container allocates as soon as it exists: a deque has a first block and a map of blocks.
template <class T>
inline constexpr std::size_t container_overhead = Deque<T> ? 1024 : 0;

/// Bytes that a container allocates for each element besides the element, at most: links, hash, bucket, padding.
template <class T>
consteval std::size_t node_overhead()
{
    if constexpr (Associative<T>) {
        return 5 * sizeof(void*);
    } else if constexpr (Deque<T>) {
        return 1;
    } else if constexpr (requires(T & value) { value.data(); } || std::is_same_v<typename T::value_type, bool>) {
        return 0;
    } else {
        return 3 * sizeof(void*);
    }
}

}  // namespace detail

template <class T>
void InputArchive::load_sequence(T& value)
{
    using Element = typename T::value_type;
    constexpr std::size_t least_size = detail::least_size<Element>();
    static_assert(least_size > 0, "elements that take no bytes cannot be counted safely");
    const std::size_t count = get_count(least_size);
    charge(detail::container_overhead<T> + count * (sizeof(Element) + detail::node_overhead<T>()));
    value.clear();
    if constexpr (detail::is_plain<Element>() && requires { value.data(); }) {
        const std::byte* const elements = take(count * sizeof(Element));
        if constexpr (sizeof(Element) == 1 && requires(const Element* first) { value.assign(first, first); }) {
            // Bytes may be looked at as any type of one byte; assign() writes them once, resize() would twice.
            const auto* const first = reinterpret_cast<const Element*>(elements);
            value.assign(first, first + count);
        } else {
            value.resize(count);
            if (count != 0) {
                std::memcpy(value.data(), elements, count * sizeof(Element));
            }
        }
    } else {
        value.resize(count);
        for (auto&& element : value) {
            if constexpr (std::is_same_v<Element, bool>) {
                element = get_flag();
            } else {
                load(element);
            }
        }
    }
}

template <class T>
void InputArchive::load_set(T& value)
{
    using Element = typename T::value_type;
    constexpr bool is_multi = std::is_same_v<decltype(value.insert(std::declval<Element>())), typename T::iterator>;
    const std::size_t count = get_count(detail::least_size<Element>());
    charge(count * (sizeof(Element) + detail::node_overhead<T>()));
    value.clear();
    if constexpr (requires { value.reserve(count); }) {
        value.reserve(count);
    }
    for (std::size_t i = 0; i < count; ++i) {
        Element element{};
        load(element);
        value.insert(value.end(), std::move(element));
        if (!is_multi && value.size() != i + 1) [[unlikely]] {
            fail("a set holds an element twice");
        }
    }
}

template <class T>
void InputArchive::load_map(T& value)
{
    using Key = typename T::key_type;
    using Mapped = typename T::mapped_type;
    constexpr std::size_t least_size = detail::least_size<Key>() + detail::least_size<Mapped>();
    static_assert(least_size > 0, "elements that take no bytes cannot be counted safely");
    const std::size_t count = get_count(least_size);
    charge(count * (sizeof(typename T::value_type) + detail::node_overhead<T>()));
    value.clear();
    if constexpr (requires { value.reserve(count); }) {
        value.reserve(count);
    }
    for (std::size_t i = 0; i < count; ++i) {
        Key key{};
        load(key);
        if constexpr (requires { value.try_emplace(value.end(), std::move(key)); }) {
            const auto position = value.try_emplace(value.end(), std::move(key));
            if (value.size() != i + 1) [[unlikely]] {
                fail("a map holds a key twice");
            }
            load(position->second);
        } else {
            load(value.emplace(std::move(key), Mapped{})->second);
        }
    }
}

}  // namespace remoting
