// SPDX-License-Identifier: BSL-1.0
#include "evolution.hpp"

#include <algorithm>
#include <map>

namespace remoting::idl {

namespace {

using model::Direction;

struct Place {
    std::string name;
    const model::Type* type;
};

std::string quoted(const std::string& text)
{
    return '\'' + text + '\'';
}

class Comparison final {
public:
    std::vector<Change> run(const model::Program& older, const model::Program& newer)
    {
        pair_up(
            older, newer, [](const model::Module& module) -> const auto& { return module.enums; },
            [&](const model::Enum& left, const model::Enum& right) { compare(left, right); }, "the enum");
        pair_up(
            older, newer, [](const model::Module& module) -> const auto& { return module.constants; },
            [&](const model::Constant& left, const model::Constant& right) { compare(left, right); }, "the constant");
        pair_up(
            older, newer, [](const model::Module& module) -> const auto& { return module.natives; },
            [](const model::Native&, const model::Native&) {}, "the native type");
        pair_up(
            older, newer, [](const model::Module& module) -> const auto& { return module.structs; },
            [&](const model::Struct& left, const model::Struct& right) { compare(left, right); }, "the type");
        pair_up(
            older, newer, [](const model::Module& module) -> const auto& { return module.exceptions; },
            [&](const model::Exception& left, const model::Exception& right) { compare(left, right); },
            "the exception");
        pair_up(
            older, newer, [](const model::Module& module) -> const auto& { return module.interfaces; },
            [&](const model::Interface& left, const model::Interface& right) { compare(left, right); },
            "the interface");
        return std::move(changes_);
    }

private:
    void add(Verdict verdict, std::string where, std::string what)
    {
        changes_.push_back({verdict, std::move(where), std::move(what)});
    }

    template <class Get, class F>
    void pair_up(const model::Program& older, const model::Program& newer, Get get, F compare_both,
                 const std::string& what);
    void compare(const model::Enum& older, const model::Enum& newer);
    void compare(const model::Constant& older, const model::Constant& newer);
    void compare(const model::Struct& older, const model::Struct& newer);
    void compare(const model::Exception& older, const model::Exception& newer);
    void compare(const model::Interface& older, const model::Interface& newer);
    void compare_fields(const std::string& where, const std::vector<model::Field>& older,
                        const std::vector<model::Field>& newer, bool is_variant);
    void compare_field(const std::string& where, const model::Field& older, const model::Field& newer);
    void compare_methods(const std::string& where, const std::vector<model::Method>& older,
                         const std::vector<model::Method>& newer, const std::string& what);
    void compare(const std::string& where, const model::Method& older, const model::Method& newer);
    void compare_places(const std::string& where, const std::vector<Place>& older, const std::vector<Place>& newer,
                        const std::string& what);

    std::vector<Change> changes_;
};

template <class Get, class F>
void Comparison::pair_up(const model::Program& older, const model::Program& newer, Get get, F compare_both,
                         const std::string& what)
{
    using Target = std::remove_cvref_t<decltype(*get(*older.modules.back()).front())>;
    std::map<std::string, const Target*> left;
    for (const auto& module : older.modules) {
        for (const auto& target : get(*module)) {
            left.emplace(target->name.qualified(), target.get());
        }
    }
    for (const auto& module : newer.modules) {
        for (const auto& target : get(*module)) {
            const auto found = left.find(target->name.qualified());
            if (found == left.end()) {
                add(Verdict::safe, target->name.qualified(), what + " is new");
                continue;
            }
            compare_both(*found->second, *target);
            left.erase(found);
        }
    }
    // An interface and an exception are known to peers by their names, the others by what they are.
    const bool is_on_wire = std::is_same_v<Target, model::Interface> || std::is_same_v<Target, model::Exception>;
    for (const auto& [name, target] : left) {
        add(is_on_wire ? Verdict::breaks_wire : Verdict::breaks_source, name,
            what + " is gone" + (is_on_wire ? "; older peers still ask for it by its name" : ""));
    }
}

void Comparison::compare(const model::Enum& older, const model::Enum& newer)
{
    const std::string where = newer.name.qualified();
    if (older.underlying != newer.underlying) {
        add(Verdict::breaks_wire, where,
            "its values were " + quoted(std::string(to_string(older.underlying))) + " and are " +
                quoted(std::string(to_string(newer.underlying))) + "; they take other bytes");
    }
    const auto same = [](const model::Integer& left, const model::Integer& right) {
        return left.negative == right.negative && left.magnitude == right.magnitude;
    };
    for (const model::Enumerator& enumerator : older.enumerators) {
        const auto by_name = std::find_if(newer.enumerators.begin(), newer.enumerators.end(),
                                          [&](const auto& other) { return other.name == enumerator.name; });
        if (by_name != newer.enumerators.end()) {
            if (!same(by_name->value, enumerator.value)) {
                add(Verdict::breaks_wire, where + '.' + enumerator.name,
                    "it has another number; older peers mean the old one");
            }
            continue;
        }
        add(Verdict::breaks_source, where + '.' + enumerator.name,
            "the value is gone; peers that still send it are understood by its number");
    }
    for (const model::Enumerator& enumerator : newer.enumerators) {
        const bool is_new = std::none_of(older.enumerators.begin(), older.enumerators.end(),
                                         [&](const auto& other) { return other.name == enumerator.name; });
        if (is_new) {
            add(Verdict::safe, where + '.' + enumerator.name,
                "the value is new; older peers keep its number without a name");
        }
    }
}

void Comparison::compare(const model::Constant& older, const model::Constant& newer)
{
    if (compare_types(older.type, newer.type) != Likeness::same) {
        add(Verdict::breaks_source, newer.name.qualified(),
            "the type was " + quoted(to_string(older.type)) + " and is " + quoted(to_string(newer.type)));
    }
}

void Comparison::compare(const model::Struct& older, const model::Struct& newer)
{
    const std::string where = newer.name.qualified();
    if (older.is_variant != newer.is_variant) {
        add(Verdict::breaks_wire, where, "a struct and a variant have nothing in common on the wire");
        return;
    }
    if (older.parameters.size() != newer.parameters.size()) {
        add(Verdict::breaks_source, where, "it has another number of type parameters");
    }
    compare_fields(where, older.fields, newer.fields, newer.is_variant);
}

void Comparison::compare(const model::Exception& older, const model::Exception& newer)
{
    const std::string where = newer.name.qualified();
    const std::string left = older.base == nullptr ? "" : older.base->name.qualified();
    const std::string right = newer.base == nullptr ? "" : newer.base->name.qualified();
    if (left != right) {
        add(Verdict::breaks_wire, where, "its base is another one; exceptions travel with the chain of their bases");
    }
    compare_fields(where, older.fields, newer.fields, false);
}

void Comparison::compare_field(const std::string& where, const model::Field& older, const model::Field& newer)
{
    const Likeness likeness = compare_types(older.type, newer.type);
    const std::string place = where + '.' + newer.name;
    if (likeness == Likeness::different) {
        const std::string names = older.name == newer.name ? "" : " " + quoted(older.name);
        add(Verdict::breaks_wire, place,
            "here was" + names + " of type " + quoted(to_string(older.type)) + ", and is " +
                quoted(to_string(newer.type)) +
                "; fields are known by their places: a new one goes to the end, one that goes becomes 'reserved'");
        return;
    }
    if (!older.is_reserved && newer.is_reserved) {
        add(Verdict::breaks_source, where + '.' + older.name, "the field is gone; its place on the wire is kept");
        return;
    }
    if (older.is_reserved && !newer.is_reserved) {
        add(Verdict::safe, place,
            "it takes a reserved place of the same kind; what the oldest peers sent there is taken for it");
        return;
    }
    if (likeness == Likeness::same_values) {
        add(Verdict::breaks_source, place,
            "the type was " + quoted(to_string(older.type)) + " and is " + quoted(to_string(newer.type)) +
                "; values on the wire stay the same");
    } else if (older.name != newer.name && !newer.is_reserved) {
        add(Verdict::breaks_source, place,
            "it was called " + quoted(older.name) + "; peers do not see names of fields");
    }
}

void Comparison::compare_fields(const std::string& where, const std::vector<model::Field>& older,
                                const std::vector<model::Field>& newer, bool is_variant)
{
    const std::size_t common = std::min(older.size(), newer.size());
    for (std::size_t index = 0; index < common; ++index) {
        compare_field(where, older[index], newer[index]);
    }
    for (std::size_t index = common; index < older.size(); ++index) {
        add(Verdict::breaks_source, where + '.' + older[index].name,
            is_variant ? "the alternative is gone; it arrives as one that is not known; make it 'reserved', so that "
                         "its number is not used again"
                       : "the field is gone; older peers find it left out and keep its default; make it 'reserved', so "
                         "that its place is not used again");
    }
    for (std::size_t index = common; index < newer.size(); ++index) {
        if (!is_variant && must_be_there(newer[index].type)) {
            add(Verdict::breaks_wire, where + '.' + newer[index].name,
                "it is a reference that must not be null, which older peers leave out; write it with '?'");
        } else {
            add(Verdict::safe, where + '.' + newer[index].name,
                is_variant ? "the alternative is new; older peers pass it on as one they do not know"
                           : "the field is new; older peers leave it out, and it keeps its default");
        }
    }
}

std::vector<Place> arguments_of(const model::Method& method)
{
    std::vector<Place> places;
    for (const model::Parameter& parameter : method.parameters) {
        if (parameter.direction != Direction::out) {
            places.push_back({parameter.name, &parameter.type});
        }
    }
    return places;
}

std::vector<Place> results_of(const model::Method& method)
{
    std::vector<Place> places;
    if (method.result) {
        places.push_back({"result", &*method.result});
    }
    for (const model::Parameter& parameter : method.parameters) {
        if (parameter.direction != Direction::in) {
            places.push_back({parameter.name, &parameter.type});
        }
    }
    return places;
}

void Comparison::compare_places(const std::string& where, const std::vector<Place>& older,
                                const std::vector<Place>& newer, const std::string& what)
{
    const std::size_t common = std::min(older.size(), newer.size());
    for (std::size_t index = 0; index < common; ++index) {
        const Likeness likeness = compare_types(*older[index].type, *newer[index].type);
        const std::string types =
            "was " + quoted(to_string(*older[index].type)) + " and is " + quoted(to_string(*newer[index].type));
        if (likeness == Likeness::different) {
            add(Verdict::breaks_wire, where, what + ' ' + quoted(newer[index].name) + ' ' + types);
        } else if (likeness == Likeness::same_values) {
            add(Verdict::breaks_source, where, what + ' ' + quoted(newer[index].name) + ' ' + types);
        }
    }
    for (std::size_t index = common; index < older.size(); ++index) {
        add(must_be_there(*older[index].type) ? Verdict::breaks_wire : Verdict::breaks_source, where,
            what + ' ' + quoted(older[index].name) + " is gone; older peers " +
                (must_be_there(*older[index].type) ? "must have it" : "do without"));
    }
    for (std::size_t index = common; index < newer.size(); ++index) {
        add(must_be_there(*newer[index].type) ? Verdict::breaks_wire : Verdict::breaks_source, where,
            what + ' ' + quoted(newer[index].name) + " is new" +
                (must_be_there(*newer[index].type) ? "; older peers leave it out, and it must not be null"
                                                   : "; older peers leave it out, and it has its default"));
    }
}

void Comparison::compare(const std::string& where, const model::Method& older, const model::Method& newer)
{
    if (older.one_way != newer.one_way) {
        add(Verdict::breaks_wire, where,
            newer.one_way ? "it is one-way now; older callers wait for an answer"
                          : "it is not one-way any more; older callers read no answer");
    }
    compare_places(where, arguments_of(older), arguments_of(newer), "argument");
    compare_places(where, results_of(older), results_of(newer), "result");
    if (older.name != newer.name) {
        add(Verdict::breaks_source, where, "it was called " + quoted(older.name));
    }
    for (const model::Exception* exception : newer.throws) {
        const auto is_known = [&](const model::Exception* other) {
            for (const model::Exception* base = exception; base != nullptr; base = base->base) {
                if (base->name.qualified() == other->name.qualified()) {
                    return true;
                }
            }
            return false;
        };
        if (std::none_of(older.throws.begin(), older.throws.end(), is_known)) {
            add(Verdict::breaks_wire, where,
                "it throws " + quoted(exception->name.qualified()) +
                    " now; older callers know no base of it and get a RemoteException");
        }
    }
}

void Comparison::compare_methods(const std::string& where, const std::vector<model::Method>& older,
                                 const std::vector<model::Method>& newer, const std::string& what)
{
    std::map<std::string, const model::Method*> left;
    for (const model::Method& method : older) {
        left.emplace(method.wire_name, &method);
    }
    for (const model::Method& method : newer) {
        const auto found = left.find(method.wire_name);
        if (found == left.end()) {
            add(Verdict::breaks_source, where + '.' + method.wire_name,
                what + " is new; servants must implement it, and older servers do not have it");
            continue;
        }
        compare(where + '.' + method.wire_name, *found->second, method);
        left.erase(found);
    }
    for (const auto& [name, method] : left) {
        add(Verdict::breaks_wire, where + '.' + name, what + " is gone; older callers get method_not_found");
    }
}

void Comparison::compare(const model::Interface& older, const model::Interface& newer)
{
    const std::string where = newer.name.qualified();
    const auto has_base = [](const model::Interface& interface, const std::string& name) {
        return std::any_of(interface.all_bases.begin(), interface.all_bases.end(),
                           [&](const model::Interface* base) { return base->name.qualified() == name; });
    };
    for (const model::Interface* base : older.all_bases) {
        if (!has_base(newer, base->name.qualified())) {
            add(Verdict::breaks_wire, where,
                "it does not derive from " + quoted(base->name.qualified()) + " any more; older peers use it as one");
        }
    }
    for (const model::Interface* base : newer.all_bases) {
        if (!has_base(older, base->name.qualified())) {
            add(Verdict::breaks_source, where,
                "it derives from " + quoted(base->name.qualified()) + " now; servants must implement that");
        }
    }
    compare(where + ".constructor", older.constructor, newer.constructor);
    compare_methods(where, older.methods, newer.methods, "the method");
    compare_methods(where, older.events, newer.events, "the event");
}

}  // namespace

std::string_view to_string(Verdict verdict) noexcept
{
    static constexpr std::string_view names[] = {"safe", "breaks source", "breaks wire"};
    return names[static_cast<std::size_t>(verdict)];
}

std::vector<Change> compare(const model::Program& older, const model::Program& newer)
{
    return Comparison().run(older, newer);
}

}  // namespace remoting::idl
