// SPDX-License-Identifier: BSL-1.0
#include "attributes.hpp"

#include <algorithm>
#include <array>

namespace remoting::idl {

namespace {

template <class... P>
constexpr std::uint32_t at(P... places) noexcept
{
    return ((1U << static_cast<unsigned>(places)) | ...);
}

using enum Place;

constexpr std::array<KnownAttribute, 10> known_attributes = {{
    {"oneway", AttributeForm::bare, at(method), "methods"},
    {"idempotent", AttributeForm::bare, at(method, property), "methods and properties"},
    {"deadline", AttributeForm::duration, at(method, property, constructor, event),
     "methods, properties, events and constructors"},
    {"deprecated", AttributeForm::text,
     at(enumeration, enumerator, structure, field, constant, exception, interface, method, property, event, variant),
     "declarations, fields, enum values and methods"},
    {"secret", AttributeForm::bare, at(field, parameter), "fields and parameters"},
    {"observable", AttributeForm::bare, at(property), "properties"},
    {"mailslot", AttributeForm::bare, at(interface), "interfaces"},
    {"wire", AttributeForm::text, at(method), "methods"},
    {"dotnet", AttributeForm::text, at(enumeration, structure, exception, interface, method, property, field),
     "types, methods, properties and fields"},
    {"cpp", AttributeForm::pairs, at(native), "native types"},
}};

}  // namespace

const KnownAttribute* find_attribute(std::string_view name)
{
    const auto* const found = std::find_if(known_attributes.begin(), known_attributes.end(),
                                           [&](const KnownAttribute& attribute) { return attribute.name == name; });
    return found == known_attributes.end() ? nullptr : found;
}

bool check_attribute_name(const ast::Name& name, const SourceText& source, Diagnostics& diagnostics)
{
    if (find_attribute(name.text) != nullptr) {
        return true;
    }
    std::vector<std::string> names;
    for (const KnownAttribute& attribute : known_attributes) {
        names.emplace_back(attribute.name);
    }
    const std::string quoted = '\'' + name.text + '\'';
    if (const std::string hint = did_you_mean(name.text, names); !hint.empty()) {
        diagnostics.error(Rule::misspelt_attribute, source, name.span, "unknown attribute " + quoted + hint);
    } else {
        diagnostics.warning(Rule::unknown_attribute, source, name.span, "unknown attribute " + quoted + " is ignored");
    }
    return false;
}

}  // namespace remoting::idl
