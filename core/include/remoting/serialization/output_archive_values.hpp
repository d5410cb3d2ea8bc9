// SPDX-License-Identifier: BSL-1.0
#pragma once

// The part of OutputArchive that saves anything but numbers. Included by output_archive.hpp.

#include <remoting/serialization/output_archive.hpp>

namespace remoting {

template <class T>
void OutputArchive::save_compound(const T& value)
{
    constexpr detail::Kind kind = detail::kind_of<T>;
    if constexpr (kind == detail::Kind::text || kind == detail::Kind::text_view) {
        if (!is_utf8(value)) [[unlikely]] {
            fail_text();
        }
        put_block(value.data(), value.size());
    } else if constexpr (kind == detail::Kind::bytes) {
        put_block(value.data(), value.size());
    } else if constexpr (kind == detail::Kind::object) {
        save_object(value);
    } else if constexpr (kind == detail::Kind::uuid) {
        save_binary(value.bytes.data(), value.bytes.size());
    } else if constexpr (kind == detail::Kind::decimal) {
        put(value.low());
        put(value.high());
        put((value.is_negative() ? detail::decimal_sign : 0U) | value.scale() << detail::decimal_scale_shift);
    } else if constexpr (kind == detail::Kind::wrapper) {
        boost::serialization::serialize_adl(*this, const_cast<T&>(value), 0U);
    } else if constexpr (kind == detail::Kind::sequence || kind == detail::Kind::set || kind == detail::Kind::map) {
        save_elements(value);
    } else if constexpr (kind == detail::Kind::array) {
        save_array(value);
    } else if constexpr (kind == detail::Kind::tuple) {
        std::apply([this](const auto&... elements) { (this->save(elements), ...); }, value);
    } else if constexpr (kind == detail::Kind::variant) {
        save_variant(value, std::make_index_sequence<detail::Alternatives<T>::size>{});
    } else if constexpr (kind == detail::Kind::count) {
        put(static_cast<std::uint32_t>(static_cast<std::size_t>(value)));
    } else if constexpr (kind == detail::Kind::ticks) {
        if constexpr (requires { value.count(); }) {
            put(value.count());
        } else {
            put(value.time_since_epoch().count());
        }
    } else {
        save_indirect(value);
    }
}

template <class T>
void OutputArchive::save_object(const T& value)
{
    const std::size_t start = begin_struct();
    constexpr unsigned version = static_cast<unsigned>(boost::serialization::version<T>::value);
    if constexpr (version > 0) {
        put(static_cast<std::uint32_t>(version));
    }
    boost::serialization::serialize_adl(*this, const_cast<T&>(value), version);
    end_struct(start);
}

template <class T>
void OutputArchive::save_elements(const T& value)
{
    using Element = typename T::value_type;
    static_assert(detail::least_size<Element>() > 0, "elements that take no bytes cannot be counted safely");
    if constexpr (detail::is_plain<Element>() && requires { value.data(); }) {
        const std::size_t size = value.size() * sizeof(Element);
        std::byte* const position = buffer_.append(sizeof(std::uint32_t) + size);
        const auto count = static_cast<std::uint32_t>(value.size());
        std::memcpy(position, &count, sizeof count);
        if (size != 0) {
            std::memcpy(position + sizeof count, value.data(), size);
        }
    } else {
        put(static_cast<std::uint32_t>(value.size()));
        for (const auto& element : value) {
            save(static_cast<const Element&>(element));
        }
    }
}

template <class T>
void OutputArchive::save_array(const T& value)
{
    using Element = std::remove_cvref_t<decltype(value[0])>;
    if constexpr (sizeof(T) == 0) {
        return;
    } else if constexpr (detail::is_plain<Element>()) {
        if (std::size(value) != 0) {
            std::memcpy(buffer_.append(std::size(value) * sizeof(Element)), std::data(value),
                        std::size(value) * sizeof(Element));
        }
    } else {
        for (const auto& element : value) {
            save(element);
        }
    }
}

template <class T, std::size_t... indices>
void OutputArchive::save_variant(const T& value, std::index_sequence<indices...>)
{
    if (value.valueless_by_exception()) [[unlikely]] {
        fail_valueless();
    }
    static_cast<void>(((value.index() == indices && (save_alternative<indices>(value), true)) || ...));
}

template <std::size_t index, class T>
void OutputArchive::save_alternative(const T& value)
{
    using Alternatives = detail::Alternatives<T>;
    const auto& alternative = *get_if<index>(&value);
    if constexpr (index == Alternatives::unknown) {
        put(alternative.index);
        put_block(alternative.content.data(), alternative.content.size());
    } else {
        put(Alternatives::wire_index(index));
        const std::size_t start = begin_struct();
        if constexpr (!std::is_empty_v<std::remove_cvref_t<decltype(alternative)>>) {
            save(alternative);
        }
        end_struct(start);
    }
}

template <class T>
void OutputArchive::save_indirect(const T& value)
{
    constexpr detail::Kind kind = detail::kind_of<T>;
    if constexpr (kind == detail::Kind::optional) {
        put(static_cast<std::uint8_t>(value.has_value() ? 1 : 0));
        if (value.has_value()) {
            save(static_cast<const typename T::value_type&>(*value));
        }
    } else if constexpr (kind == detail::Kind::pointer) {
        put(static_cast<std::uint8_t>(value != nullptr ? 1 : 0));
        if (value != nullptr) {
            const auto& target = *value;
            using Target = std::remove_cvref_t<decltype(target)>;
            if constexpr (std::is_polymorphic_v<Target>) {
                if (typeid(target) != typeid(Target)) [[unlikely]] {
                    fail_sliced(typeid(target), typeid(Target));
                }
            }
            save(target);
        }
    } else if constexpr (kind == detail::Kind::reference) {
        using Target = std::remove_cv_t<typename T::element_type>;
        if (marshaller_ == nullptr) [[unlikely]] {
            fail_reference();
        }
        marshaller_->save(*this, std::const_pointer_cast<Target>(value), InterfaceTraits<Target>::descriptor());
    } else {
        static_assert(kind == detail::Kind::not_null);
        if (detail::holds_null(value.value)) [[unlikely]] {
            fail_null(value.name);
        }
        save(value.value);
    }
}

}  // namespace remoting
