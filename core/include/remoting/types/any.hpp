// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/types/bytes.hpp>

#include <cstddef>
#include <functional>
#include <string>

namespace remoting {

/// The IDL's `any`: a value of a type that the two ends agree on at run time. It is passed on unopened by whoever does
/// not know the type. <remoting/serialization/any.hpp> puts values in and takes them out.
struct Any {
    std::string type;  ///< as written in IDL, "list<bank.Money>"; "" when there is no value
    Bytes content;     ///< the encoded value

    bool has_value() const noexcept { return !type.empty(); }

    friend bool operator==(const Any&, const Any&) = default;
};

}  // namespace remoting

template <>
struct std::hash<remoting::Any> {
    std::size_t operator()(const remoting::Any& value) const noexcept
    {
        return std::hash<std::string>()(value.type) * 31 +
               std::hash<std::string_view>()(value.content.as_string_view());
    }
};
