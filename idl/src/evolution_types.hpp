// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "model.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace remoting::idl {

/// How two types look to each other's peers.
enum class Likeness : std::uint8_t {
    same,
    same_values,  ///< another type in C++, whose values are the same on the wire
    different,
};
Likeness compare_types(const model::Type& older, const model::Type& newer);

struct SpelledType {
    const model::Type& type;
    const std::vector<std::string>& parameters;  ///< of the generic struct in which it stands
};
struct TypeTexts {
    std::string older;
    std::string newer;
};
/// Both in quotes, and never alike: "'T' (type parameter number 1)".
TypeTexts type_texts(const SpelledType& older, const SpelledType& newer);

}  // namespace remoting::idl
