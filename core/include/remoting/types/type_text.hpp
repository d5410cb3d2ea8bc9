// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace remoting {

enum class TypeKind : std::uint8_t {
    boolean,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
    float32,
    float64,
    string,
    bytes,
    timestamp,
    character,
    duration,
    uuid,
    decimal,
    any,
    list,
    set,
    array,
    map,
    stream,
    declared,  ///< has a TypeDescriptor, or is a parameter of a generic struct
};

/// A type as IDL writes it, "map<string, list<bank.Entry?>>", taken apart. Its names are parts of the text.
struct TypeText {
    static constexpr unsigned max_depth = 64;
    static constexpr std::uint32_t max_length = 65536;

    TypeKind kind = TypeKind::declared;
    bool is_optional = false;
    std::uint32_t length = 0;         ///< of an array, from 1 to max_length
    std::string_view name;            ///< of a declared type, "bank.Entry"
    std::vector<TypeText> arguments;  ///< as many as the kind has

    /// `text` may be hostile. @throws RemotingError invalid_argument
    static TypeText parse(std::string_view text);
};

}  // namespace remoting
