// SPDX-License-Identifier: BSL-1.0
#include "evolution_parts.hpp"
#include "evolution_types.hpp"

#include <algorithm>
#include <functional>
#include <map>

namespace remoting::idl {

namespace {

constexpr const char* places =
    "; fields are known by their places: a new one goes to the end, one that goes becomes "
    "'reserved'";

// One version of what has fields. What an exception has in common with a struct.
struct Version {
    const std::vector<model::Field>& fields;
    const std::vector<std::string>& parameters;
    std::function<bool(const model::Field&)> is_refused_when_left_out;
    std::map<std::string, std::size_t> places{};

    Version(const std::vector<model::Field>& all, const std::vector<std::string>& names,
            std::function<bool(const model::Field&)> is_refused)
        : fields(all),
          parameters(names),
          is_refused_when_left_out(std::move(is_refused))
    {
        for (std::size_t index = 0; index < fields.size(); ++index) {
            if (!fields[index].is_reserved) {
                places.emplace(fields[index].name, index);
            }
        }
    }
};

class FieldComparison final {
public:
    FieldComparison(Comparison& comparison, std::string where, const Version& older, const Version& newer,
                    bool is_variant)
        : comparison_(comparison),
          where_(std::move(where)),
          older_(older),
          newer_(newer),
          is_variant_(is_variant)
    {
    }

    void run()
    {
        const std::size_t common = std::min(older_.fields.size(), newer_.fields.size());
        for (std::size_t index = 0; index < newer_.fields.size(); ++index) {
            const model::Field& field = newer_.fields[index];
            const auto place = field.is_reserved ? older_.places.end() : older_.places.find(field.name);
            if (place != older_.places.end() && place->second != index) {
                add(Verdict::breaks_wire, field,
                    "it was number " + std::to_string(place->second + 1) + " and is number " +
                        std::to_string(index + 1) + places);
            } else if (index < common) {
                compare_at(older_.fields[index], field);
            } else {
                compare_new(field);
            }
        }
        for (std::size_t index = common; index < older_.fields.size(); ++index) {
            const model::Field& field = older_.fields[index];
            if (field.is_reserved || !newer_.places.contains(field.name)) {
                compare_gone(field);
            }
        }
    }

private:
    void add(Verdict verdict, const model::Field& field, std::string what)
    {
        comparison_.add(verdict, where_ + '.' + field.name, std::move(what));
    }

    void compare_at(const model::Field& older, const model::Field& newer);
    void compare_reserved(const model::Field& older, const model::Field& newer);
    void compare_new(const model::Field& field);
    void compare_gone(const model::Field& field);

    Comparison& comparison_;
    const std::string where_;
    const Version& older_;
    const Version& newer_;
    const bool is_variant_;
};

void FieldComparison::compare_at(const model::Field& older, const model::Field& newer)
{
    const Likeness likeness = compare_types(older.type, newer.type);
    const auto texts = [&] { return type_texts({older.type, older_.parameters}, {newer.type, newer_.parameters}); };
    if (likeness == Likeness::different) {
        const auto [left, right] = texts();
        const std::string names = older.name == newer.name ? "" : " " + quoted(older.name);
        add(Verdict::breaks_wire, newer, "here was" + names + " of type " + left + ", and is " + right + places);
    } else if (!older.is_reserved && newer_.places.contains(older.name) && older.name != newer.name) {
        add(Verdict::breaks_wire, newer, "it takes the place of " + quoted(older.name) + places);
    } else if (older.is_reserved != newer.is_reserved) {
        compare_reserved(older, newer);
    } else if (likeness == Likeness::same_values) {
        const auto [left, right] = texts();
        add(Verdict::breaks_source, newer,
            "the type was " + left + " and is " + right + "; values on the wire stay the same");
    } else if (older.name != newer.name && !newer.is_reserved) {
        add(Verdict::breaks_source, newer,
            "it was called " + quoted(older.name) + "; peers do not see names of fields");
    }
}

void FieldComparison::compare_reserved(const model::Field& older, const model::Field& newer)
{
    // In a reserved place travels what is there when nothing is assigned.
    const bool is_refused = !is_variant_ && (newer.is_reserved ? older_.is_refused_when_left_out(older)
                                                               : newer_.is_refused_when_left_out(newer));
    if (newer.is_reserved) {
        add(is_refused ? Verdict::breaks_wire : Verdict::breaks_source, older,
            is_refused ? "the field is gone, and a null reference takes its place, which older peers refuse"
                       : "the field is gone; its place on the wire is kept");
    } else {
        add(is_refused ? Verdict::breaks_wire : Verdict::safe, newer,
            is_refused
                ? "it takes a reserved place, where older peers send a null reference, which it must not be"
                : "it takes a reserved place of the same kind; what the oldest peers sent there is taken for it");
    }
}

void FieldComparison::compare_new(const model::Field& field)
{
    if (is_variant_) {
        add(Verdict::safe, field, "the alternative is new; older peers pass it on as one they do not know");
    } else if (!field.is_reserved && newer_.is_refused_when_left_out(field)) {
        add(Verdict::breaks_wire, field,
            field.type.is<const model::Interface*>()
                ? "it is a reference that must not be null, which older peers leave out; write it with '?'"
                : "older peers leave it out, and what it then holds has a null reference where none may be");
    } else {
        add(Verdict::safe, field, "the field is new; older peers leave it out, and it keeps its default");
    }
}

void FieldComparison::compare_gone(const model::Field& field)
{
    if (field.is_reserved) {
        add(Verdict::safe, field, "the reserved place is gone; nothing keeps it from being used again");
    } else if (is_variant_) {
        add(Verdict::breaks_source, field,
            "the alternative is gone; it arrives as one that is not known; make it 'reserved', so that its number is "
            "not used again");
    } else if (older_.is_refused_when_left_out(field)) {
        add(Verdict::breaks_wire, field,
            "the field is gone; older peers find it left out, and it holds a null reference where none may be");
    } else {
        add(Verdict::breaks_source, field,
            "the field is gone; older peers find it left out and keep its default; make it 'reserved', so that its "
            "place is not used again");
    }
}

}  // namespace

void compare_fields(Comparison& comparison, const model::Struct& older, const model::Struct& newer)
{
    const auto version = [](LeftOut& left_out, const model::Struct& target) {
        return Version(target.fields, target.parameters,
                       [&](const model::Field& field) { return left_out.is_refused(target, field); });
    };
    const Version left = version(comparison.older, older);
    const Version right = version(comparison.newer, newer);
    FieldComparison(comparison, newer.name.qualified(), left, right, newer.is_variant).run();
}

void compare_fields(Comparison& comparison, const model::Exception& older, const model::Exception& newer)
{
    const std::vector<std::string> no_parameters;
    const auto version = [&](LeftOut& left_out, const model::Exception& target) {
        return Version(target.fields, no_parameters,
                       [&](const model::Field& field) { return left_out.is_refused(field.type, field.value); });
    };
    const Version left = version(comparison.older, older);
    const Version right = version(comparison.newer, newer);
    FieldComparison(comparison, newer.name.qualified(), left, right, false).run();
}

}  // namespace remoting::idl
