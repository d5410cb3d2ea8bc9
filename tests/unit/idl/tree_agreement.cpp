// SPDX-License-Identifier: BSL-1.0
#include "dynamic_codec.hpp"

#include <algorithm>

namespace remoting::idl {

namespace {

bool agree_as_enums(const Tree& left, const Tree& right)
{
    if (left.type == nullptr || right.type == nullptr) {
        return true;
    }
    const auto digits = [](const model::Integer& value) {
        return (value.negative ? "-" : "") + std::to_string(value.magnitude);
    };
    for (const model::Enumerator& enumerator : left.type->enumerators) {
        const auto same = std::find_if(right.type->enumerators.begin(), right.type->enumerators.end(),
                                       [&](const auto& other) { return other.name == enumerator.name; });
        if (digits(enumerator.value) == left.number && same != right.type->enumerators.end() &&
            digits(same->value) != right.number) {
            return false;
        }
    }
    return true;
}

// What both know by one name must be the same, wherever it stands.
bool agree_by_names(const Tree& left, const Tree& right)
{
    if (left.target == nullptr || right.target == nullptr) {
        return true;
    }
    const std::vector<model::Field>& fields = right.target->fields;
    for (std::size_t index = 0; index < left.target->fields.size(); ++index) {
        const model::Field& field = left.target->fields[index];
        const auto same = std::find_if(fields.begin(), fields.end(), [&](const model::Field& other) {
            return other.name == field.name && !other.is_reserved;
        });
        const auto place = static_cast<std::size_t>(same - fields.begin());
        if (field.is_reserved || same == fields.end() || place == index) {
            continue;
        }
        if (left.target->is_variant
                ? left.index == index
                : right.parts[place].kind == Tree::Kind::skipped || !agree(left.parts[index], right.parts[place])) {
            return false;
        }
    }
    return true;
}

}  // namespace

bool agree(const Tree& left, const Tree& right)
{
    if (left.kind == Tree::Kind::skipped || right.kind == Tree::Kind::skipped) {
        return true;
    }
    if (!agree_by_names(left, right) || !agree_by_names(right, left)) {
        return false;
    }
    const bool is_unknown = left.kind == Tree::Kind::unknown || right.kind == Tree::Kind::unknown;
    if (is_unknown) {
        return left.index == right.index;
    }
    if (left.kind != right.kind || left.number != right.number || left.text != right.text ||
        left.index != right.index || !agree_as_enums(left, right) || !agree_as_enums(right, left)) {
        return false;
    }
    return std::equal(left.parts.begin(),
                      left.parts.begin() + static_cast<std::ptrdiff_t>(std::min(left.parts.size(), right.parts.size())),
                      right.parts.begin(), agree);
}

}  // namespace remoting::idl
