// SPDX-License-Identifier: BSL-1.0
#pragma once

// Lets the value types that remoting-idl generates be saved and loaded by Boost's own archives: include this, the
// archive's header and the generated `x.remoting.serialization.hpp`, and link boost_serialization. For files and
// the like, from sources you trust: Boost's archives are not made for bytes that somebody else sends.

#include <remoting/serialization/type_kind.hpp>
#include <remoting/types/bytes.hpp>
#include <remoting/types/timestamp.hpp>
#include <remoting/types/unknown_alternative.hpp>

#include <boost/serialization/array.hpp>
#include <boost/serialization/binary_object.hpp>
#include <boost/serialization/map.hpp>
#include <boost/serialization/nvp.hpp>
#include <boost/serialization/optional.hpp>
#include <boost/serialization/set.hpp>
#include <boost/serialization/shared_ptr.hpp>
#include <boost/serialization/split_free.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/unique_ptr.hpp>
#include <boost/serialization/utility.hpp>
#include <boost/serialization/variant.hpp>
#include <boost/serialization/vector.hpp>
#include <boost/version.hpp>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace boost::serialization {

template <class Archive>
void serialize(Archive& archive, remoting::Bytes& value, const unsigned /*version*/)
{
    std::uint64_t size = value.size();
    archive& make_nvp("size", size);
    if constexpr (Archive::is_loading::value) {
        value.resize(static_cast<std::size_t>(size));
    }
    if (size != 0) {
        auto content = make_binary_object(value.data(), value.size());
        archive& make_nvp("content", content);
    }
}

template <class Archive>
void serialize(Archive& archive, remoting::UnknownAlternative& value, const unsigned /*version*/)
{
    archive& make_nvp("index", value.index);
    archive& make_nvp("content", value.content);
}

template <class Archive>
void serialize(Archive&, remoting::ReservedAlternative&, const unsigned /*version*/)
{
}

template <class Archive>
void serialize(Archive& archive, remoting::TimeSpan& value, const unsigned /*version*/)
{
    std::int64_t ticks = value.count();
    archive& make_nvp("ticks", ticks);
    if constexpr (Archive::is_loading::value) {
        value = remoting::TimeSpan(ticks);
    }
}

// Both as text, which people can read in a file; a text that is none makes loading throw std::invalid_argument.
template <class Archive>
void serialize(Archive& archive, remoting::Uuid& value, const unsigned /*version*/)
{
    std::string text = value.to_string();
    archive& make_nvp("text", text);
    if constexpr (Archive::is_loading::value) {
        value = remoting::Uuid::parse(text);
    }
}

template <class Archive>
void serialize(Archive& archive, remoting::Decimal& value, const unsigned /*version*/)
{
    std::string text = value.to_string();
    archive& make_nvp("text", text);
    if constexpr (Archive::is_loading::value) {
        value = remoting::Decimal::parse(text);
    }
}

// Text archives cannot write a char16_t to a stream of char.
template <>
struct implementation_level_impl<const char16_t> {
    using tag = mpl::integral_c_tag;
    using type = mpl::int_<object_serializable>;
    static constexpr int value = object_serializable;
};
template <>
struct implementation_level_impl<char16_t> : implementation_level_impl<const char16_t> {
};
template <>
struct tracking_level<char16_t> {
    using tag = mpl::integral_c_tag;
    using type = mpl::int_<track_never>;
    static constexpr int value = track_never;
};

template <class Archive>
void serialize(Archive& archive, char16_t& value, const unsigned /*version*/)
{
    auto number = static_cast<std::uint16_t>(value);
    archive& make_nvp("code", number);
    value = static_cast<char16_t>(number);
}

template <class Archive>
void serialize(Archive& archive, remoting::Timestamp& value, const unsigned /*version*/)
{
    std::int64_t ticks = value.time_since_epoch().count();
    archive& make_nvp("ticks", ticks);
    if constexpr (Archive::is_loading::value) {
        value = remoting::Timestamp(remoting::Timestamp::duration(ticks));
    }
}

// Boost has these from 1.84 on.
#if BOOST_VERSION < 108400

template <class Archive, class T>
void serialize(Archive& archive, std::optional<T>& value, const unsigned /*version*/)
{
    bool present = value.has_value();
    archive& make_nvp("present", present);
    if constexpr (Archive::is_loading::value) {
        value.reset();
        if (present) {
            value.emplace();
        }
    }
    if (present) {
        archive& make_nvp("value", *value);
    }
}

template <class Archive, class... Types>
void serialize(Archive& archive, std::variant<Types...>& value, const unsigned /*version*/)
{
    auto index = static_cast<std::uint32_t>(value.index());
    archive& make_nvp("index", index);
    if (index >= sizeof...(Types)) {
        throw std::out_of_range("a std::variant has no alternative " + std::to_string(index));
    }
    if constexpr (Archive::is_loading::value) {
        [&]<std::size_t... indices>(std::index_sequence<indices...>)
        {
            static_cast<void>(((index == indices && (value.template emplace<indices>(), true)) || ...));
        }
        (std::index_sequence_for<Types...>{});
    }
    std::visit(
        [&archive](auto& alternative) {
            if constexpr (!std::is_empty_v<std::remove_reference_t<decltype(alternative)>>) {
                archive& make_nvp("value", alternative);
            }
        },
        value);
}

#endif

}  // namespace boost::serialization
