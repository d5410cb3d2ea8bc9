// SPDX-License-Identifier: BSL-1.0
#pragma once

// Values into an Any and out of it.

#include <remoting/errors/exceptions.hpp>
#include <remoting/serialization/archive.hpp>
#include <remoting/types/any.hpp>
#include <remoting/types/decimal.hpp>
#include <remoting/types/timestamp.hpp>
#include <remoting/types/type_name.hpp>
#include <remoting/types/uuid.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

namespace remoting {

namespace detail {

template <class T>
struct BuiltinName {
    static constexpr std::string_view value = {};
};
// clang-format off
template <> struct BuiltinName<bool> { static constexpr std::string_view value = "bool"; };
template <> struct BuiltinName<std::int8_t> { static constexpr std::string_view value = "int8"; };
template <> struct BuiltinName<std::int16_t> { static constexpr std::string_view value = "int16"; };
template <> struct BuiltinName<std::int32_t> { static constexpr std::string_view value = "int32"; };
template <> struct BuiltinName<std::int64_t> { static constexpr std::string_view value = "int64"; };
template <> struct BuiltinName<std::uint8_t> { static constexpr std::string_view value = "uint8"; };
template <> struct BuiltinName<std::uint16_t> { static constexpr std::string_view value = "uint16"; };
template <> struct BuiltinName<std::uint32_t> { static constexpr std::string_view value = "uint32"; };
template <> struct BuiltinName<std::uint64_t> { static constexpr std::string_view value = "uint64"; };
template <> struct BuiltinName<float> { static constexpr std::string_view value = "float"; };
template <> struct BuiltinName<double> { static constexpr std::string_view value = "double"; };
template <> struct BuiltinName<char16_t> { static constexpr std::string_view value = "char"; };
template <> struct BuiltinName<std::string> { static constexpr std::string_view value = "string"; };
template <> struct BuiltinName<Bytes> { static constexpr std::string_view value = "bytes"; };
template <> struct BuiltinName<Timestamp> { static constexpr std::string_view value = "timestamp"; };
template <> struct BuiltinName<TimeSpan> { static constexpr std::string_view value = "duration"; };
template <> struct BuiltinName<Uuid> { static constexpr std::string_view value = "uuid"; };
template <> struct BuiltinName<Decimal> { static constexpr std::string_view value = "decimal"; };
template <> struct BuiltinName<Any> { static constexpr std::string_view value = "any"; };
// clang-format on

template <class T>
struct TypeNameText {
    static std::string get()
    {
        if constexpr (BuiltinName<T>::value.empty()) {
            return std::string(TypeName<T>::value);
        } else {
            return std::string(BuiltinName<T>::value);
        }
    }
};
template <class T>
struct TypeNameText<std::optional<T>> {
    static std::string get() { return TypeNameText<T>::get() + '?'; }
};
template <class T>
struct TypeNameText<std::vector<T>> {
    static std::string get() { return "list<" + TypeNameText<T>::get() + '>'; }
};
template <class T>
struct TypeNameText<std::set<T>> {
    static std::string get() { return "set<" + TypeNameText<T>::get() + '>'; }
};
template <class K, class V>
struct TypeNameText<std::map<K, V>> {
    static std::string get() { return "map<" + TypeNameText<K>::get() + ", " + TypeNameText<V>::get() + '>'; }
};
template <class T, std::size_t size>
struct TypeNameText<std::array<T, size>> {
    static std::string get() { return "array<" + TypeNameText<T>::get() + ", " + std::to_string(size) + '>'; }
};
template <template <class...> class Generic, class... Arguments>
requires(sizeof...(Arguments) != 0 &&
         requires { TypeName<Generic<Arguments...>>::value; }) struct TypeNameText<Generic<Arguments...>> {
    static std::string get()
    {
        std::string text;
        ((text += (text.empty() ? "" : ", ") + TypeNameText<Arguments>::get()), ...);
        return std::string(TypeName<Generic<Arguments...>>::value) + '<' + text + '>';
    }
};

}  // namespace detail

/// "list<bank.Money>". For every type that a generated struct can hold, but references and native types.
template <class T>
std::string type_name()
{
    return detail::TypeNameText<T>::get();
}

/// Whether `any` holds a T.
template <class T>
bool holds(const Any& any)
{
    return any.type == type_name<T>();
}

/// @throws RemotingError as OutputArchive does
template <class T>
Any make_any(const T& value)
{
    Buffer buffer;
    OutputArchive archive(buffer);
    archive << value;
    return {type_name<T>(), Bytes(buffer.bytes())};
}

/// @throws RemotingError interface_mismatch if it holds something else, and as InputArchive does
template <class T>
T any_cast(const Any& any)
{
    if (!holds<T>(any)) {
        throw RemotingError(ErrorCode::interface_mismatch, Executed::no,
                            any.has_value() ? "the any holds a " + any.type + ", not a " + type_name<T>()
                                            : "the any holds nothing, not a " + type_name<T>());
    }
    InputArchive archive(any.content);
    T value{};
    archive >> value;
    return value;
}

}  // namespace remoting
