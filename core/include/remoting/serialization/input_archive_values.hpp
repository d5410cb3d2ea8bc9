// SPDX-License-Identifier: BSL-1.0
#pragma once

// The part of InputArchive that loads anything but numbers and containers. Included by input_archive.hpp.

#include <remoting/serialization/input_archive.hpp>

namespace remoting {

namespace detail {

inline constexpr std::size_t control_block_size = 4 * sizeof(void*);
/// A string keeps as many characters in itself.
inline constexpr std::size_t small_string_size = 15;

}  // namespace detail

template <class T>
void InputArchive::load_compound(T& value)
{
    constexpr detail::Kind kind = detail::kind_of<T>;
    static_assert(kind != detail::Kind::text_view, "a view cannot be loaded; use std::string");
    if constexpr (kind == detail::Kind::text) {
        load_text(value);
    } else if constexpr (kind == detail::Kind::object) {
        load_object(value);
    } else if constexpr (kind == detail::Kind::sequence) {
        load_sequence(value);
    } else if constexpr (kind == detail::Kind::bytes) {
        load_bytes(value);
    } else if constexpr (kind == detail::Kind::uuid) {
        std::memcpy(value.bytes.data(), take(value.bytes.size()), value.bytes.size());
    } else if constexpr (kind == detail::Kind::decimal) {
        load_decimal(value);
    } else if constexpr (kind == detail::Kind::optional) {
        if (get_flag()) {
            value.emplace();
            load(*value);
        } else {
            value.reset();
        }
    } else if constexpr (kind == detail::Kind::map) {
        load_map(value);
    } else if constexpr (kind == detail::Kind::set) {
        load_set(value);
    } else if constexpr (kind == detail::Kind::array) {
        load_array(value);
    } else if constexpr (kind == detail::Kind::tuple) {
        std::apply([this](auto&... elements) { (this->load(elements), ...); }, value);
    } else if constexpr (kind == detail::Kind::ticks) {
        if constexpr (requires { value.time_since_epoch(); }) {
            value = T(typename T::duration(get<std::int64_t>()));
        } else {
            value = T(get<std::int64_t>());
        }
    } else if constexpr (kind == detail::Kind::variant) {
        load_variant(value, std::make_index_sequence<detail::Alternatives<T>::size>{});
    } else if constexpr (kind == detail::Kind::count) {
        // Whoever asks for a count allocates as many elements; the least they can take is a byte each.
        const std::size_t count = get<std::uint32_t>();
        if (std::is_same_v<T, boost::serialization::collection_size_type> && count > remaining()) [[unlikely]] {
            fail("a count is larger than the payload");
        }
        charge(count);
        value = T(static_cast<std::uint32_t>(count));
    } else if constexpr (kind == detail::Kind::reference) {
        load_reference(value);
    } else if constexpr (kind == detail::Kind::pointer) {
        load_pointer(value);
    } else {
        load_field(value);
    }
}

template <class T>
void InputArchive::load_object(T& value)
{
    const std::byte* const outer_end = begin_struct();
    unsigned version = 0;
    if constexpr (boost::serialization::version<T>::value > 0) {
        load_field(version);
    }
    boost::serialization::serialize_adl(*this, value, version);
    end_struct(outer_end);
}

template <class T>
void InputArchive::load_text(T& value)
{
    const std::size_t size = get_count(1);
    const char* const text = reinterpret_cast<const char*>(take(size));
    if (!is_utf8({text, size})) [[unlikely]] {
        fail("a string is not UTF-8");
    }
    if (size > detail::small_string_size) {
        charge(size + detail::small_string_size + 1);
    }
    value.assign(text, size);
}

template <class T>
void InputArchive::load_bytes(T& value)
{
    const std::size_t size = get_count(1);
    charge(size);
    value.assign({take(size), size});
}

template <class T>
void InputArchive::load_decimal(T& value)
{
    const auto low = get<std::uint64_t>();
    const auto high = get<std::uint32_t>();
    const auto flags = get<std::uint32_t>();
    const std::uint32_t scale = (flags & ~detail::decimal_sign) >> detail::decimal_scale_shift;
    if (scale > T::max_scale || (flags & ((1U << detail::decimal_scale_shift) - 1)) != 0) [[unlikely]] {
        fail("this is no decimal");
    }
    value = T::from_parts(low, high, scale, (flags & detail::decimal_sign) != 0);
}

template <class T>
void InputArchive::load_array(T& value)
{
    using Element = std::remove_cvref_t<decltype(value[0])>;
    if constexpr (detail::is_plain<Element>()) {
        const std::size_t size = std::size(value) * sizeof(Element);
        if (size != 0) {
            std::memcpy(std::data(value), take(size), size);
        }
    } else {
        for (auto& element : value) {
            load(element);
        }
    }
}

template <class T, std::size_t... indices>
void InputArchive::load_variant(T& value, std::index_sequence<indices...>)
{
    using Alternatives = detail::Alternatives<T>;
    const auto wire_index = get<std::uint32_t>();
    const std::byte* const outer_end = begin_struct();  // a variant may hold itself, as a struct may
    const bool known = ((indices != Alternatives::unknown && Alternatives::wire_index(indices) == wire_index &&
                         (load_alternative<indices>(value), true)) ||
                        ...);
    if (!known) {
        if constexpr (Alternatives::unknown < Alternatives::size) {
            charge(remaining());
            auto& unknown = value.template emplace<Alternatives::unknown>();
            unknown.index = wire_index;
            unknown.content.assign({position_, remaining()});
        } else {
            fail("a variant holds an unknown alternative");
        }
    }
    end_struct(outer_end);
}

template <std::size_t index, class T>
void InputArchive::load_alternative(T& value)
{
    if constexpr (index != detail::Alternatives<T>::unknown) {
        auto& alternative = value.template emplace<index>();
        if constexpr (!std::is_empty_v<std::remove_reference_t<decltype(alternative)>>) {
            load_field(alternative);
        }
    }
}

template <class T>
void InputArchive::load_pointer(T& value)
{
    using Target = std::remove_cv_t<typename T::element_type>;
    if (!get_flag()) {
        value.reset();
        return;
    }
    charge(sizeof(Target) + detail::control_block_size);
    if constexpr (detail::is_a<T, std::shared_ptr>) {
        auto target = std::make_shared<Target>();
        load(*target);
        value = std::move(target);
    } else {
        auto target = std::make_unique<Target>();
        load(*target);
        value = std::move(target);
    }
}

template <class T>
void InputArchive::load_reference(T& value)
{
    using Target = std::remove_cv_t<typename T::element_type>;
    if (marshaller_ == nullptr) [[unlikely]] {
        fail_reference();
    }
    const InterfaceDescriptor& interface = InterfaceTraits<Target>::descriptor();
    const std::shared_ptr<RemoteObject> object = marshaller_->load(*this, interface);
    auto target = std::dynamic_pointer_cast<Target>(object);
    if (object != nullptr && target == nullptr) [[unlikely]] {
        fail_mismatch(interface);
    }
    value = std::move(target);
}

}  // namespace remoting
