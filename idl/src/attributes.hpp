// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "ast.hpp"
#include "diagnostics.hpp"

#include <cstdint>
#include <string_view>

namespace remoting::idl {

/// Where an attribute can stand.
enum class Place : std::uint8_t {
    enumeration,
    enumerator,
    structure,
    field,
    constant,
    exception,
    interface,
    method,
    property,
    event,
    constructor,
    parameter,
    variant,
    native,
};

/// What an attribute has in its brackets.
enum class AttributeForm : std::uint8_t { bare, text, duration, pairs };

struct KnownAttribute {
    std::string_view name;
    AttributeForm form;
    std::uint32_t places;          ///< a bit for each Place
    std::string_view places_text;  ///< "methods"

    bool can_stand_at(Place place) const noexcept { return (places >> static_cast<unsigned>(place) & 1U) != 0; }
};

/// Null when there is no such attribute.
const KnownAttribute* find_attribute(std::string_view name);

/// Whether there is an attribute `name`. Reports one that does not: an error if it looks like a known one, else a
/// warning.
bool check_attribute_name(const ast::Name& name, const SourceText& source, Diagnostics& diagnostics);

}  // namespace remoting::idl
