// SPDX-License-Identifier: BSL-1.0
#include "evolution_parts.hpp"
#include "evolution_types.hpp"

#include <algorithm>
#include <map>

namespace remoting::idl {

namespace {

using model::Direction;
using Methods = std::vector<const model::Method*>;

// A value of a call, at its place among those that go the same way.
struct Place {
    std::string name;
    const model::Type* type;
    const std::optional<model::Value>* value;
};
using Places = std::vector<Place>;

const std::optional<model::Value> no_value;
const std::vector<std::string> no_parameters;

Places arguments_of(const model::Method& method)
{
    Places places;
    for (const model::Parameter& parameter : method.parameters) {
        if (parameter.direction != Direction::out) {
            places.push_back({parameter.name, &parameter.type, &parameter.value});
        }
    }
    return places;
}

Places results_of(const model::Method& method)
{
    Places places;
    if (method.result) {
        places.push_back({"result", &*method.result, &no_value});
    }
    for (const model::Parameter& parameter : method.parameters) {
        if (parameter.direction != Direction::in) {
            places.push_back({parameter.name, &parameter.type, &no_value});
        }
    }
    return places;
}

std::size_t place_of(const std::string& name, const Places& places)
{
    const auto has_name = [&](const Place& place) { return place.name == name; };
    return static_cast<std::size_t>(std::find_if(places.begin(), places.end(), has_name) - places.begin());
}

class CallComparison final {
public:
    CallComparison(Comparison& comparison, std::string where) : comparison_(comparison), where_(std::move(where)) {}

    void run(const model::Method& older, const model::Method& newer);
    void compare_defaults(const model::Method& older, const model::Method& newer);

private:
    void add(Verdict verdict, std::string what) { comparison_.add(verdict, where_, std::move(what)); }
    void compare_places(const Places& older, const Places& newer, bool are_results);
    void compare_at(const Place& older, const Place& newer, bool are_results);
    void compare_throws(const model::Method& older, const model::Method& newer);

    Comparison& comparison_;
    const std::string where_;
};

void CallComparison::compare_at(const Place& older, const Place& newer, bool are_results)
{
    const std::string what = (are_results ? "result " : "argument ") + quoted(newer.name) + ' ';
    const Likeness likeness = compare_types(*older.type, *newer.type);
    if (likeness != Likeness::same) {
        const auto [before, after] = type_texts({*older.type, no_parameters}, {*newer.type, no_parameters});
        add(likeness == Likeness::different ? Verdict::breaks_wire : Verdict::breaks_source,
            what + "was " + before + " and is " + after);
    } else if (older.name != newer.name) {
        add(are_results ? Verdict::breaks_source : Verdict::safe,
            what + "was called " + quoted(older.name) +
                (are_results ? "; so is the member of what 'async_' calls give"
                             : "; neither peers nor C++ callers see that"));
    }
}

void CallComparison::compare_places(const Places& older, const Places& newer, bool are_results)
{
    const std::string what = are_results ? "result " : "argument ";
    const std::string by_place = "; peers know them by their places";
    const std::size_t common = std::min(older.size(), newer.size());
    for (std::size_t index = 0; index < newer.size(); ++index) {
        const Place& place = newer[index];
        const std::size_t was = place_of(place.name, older);
        if (was != index && was < older.size()) {
            add(Verdict::breaks_wire, what + quoted(place.name) + " was number " + std::to_string(was + 1) +
                                          " and is number " + std::to_string(index + 1) + by_place);
        } else if (index >= common) {
            const bool is_refused = comparison_.newer.is_refused(*place.type, *place.value);
            add(is_refused ? Verdict::breaks_wire : Verdict::breaks_source,
                what + quoted(place.name) + " is new; older peers leave it out, and it " +
                    (is_refused ? "holds a reference that must not be null" : "has its default"));
        } else if (was != index && place_of(older[index].name, newer) < newer.size()) {
            add(Verdict::breaks_wire,
                what + quoted(place.name) + " takes the place of " + quoted(older[index].name) + by_place);
        } else {
            compare_at(older[index], place, are_results);
        }
    }
    for (std::size_t index = common; index < older.size(); ++index) {
        const Place& place = older[index];
        if (place_of(place.name, newer) == newer.size()) {
            const bool is_refused = comparison_.older.is_refused(*place.type, *place.value);
            add(is_refused ? Verdict::breaks_wire : Verdict::breaks_source,
                what + quoted(place.name) + " is gone; older peers " + (is_refused ? "must have it" : "do without"));
        }
    }
}

void CallComparison::compare_defaults(const model::Method& older, const model::Method& newer)
{
    for (const model::Parameter& parameter : older.parameters) {
        const auto same = std::find_if(newer.parameters.begin(), newer.parameters.end(),
                                       [&](const model::Parameter& other) { return other.name == parameter.name; });
        if (parameter.value && same != newer.parameters.end() && !same->value) {
            add(Verdict::breaks_source, "argument " + quoted(parameter.name) +
                                            " has no default any more; callers that "
                                            "leave it out must give it");
        }
    }
}

// The first that a peer of the one version throws and the other does not know, neither itself nor by a base.
const model::Exception* unknown_of(const model::Method& throwing, const model::Method& catching)
{
    const auto is_known = [&](const model::Exception* thrown) {
        return std::any_of(catching.throws.begin(), catching.throws.end(), [&](const model::Exception* known) {
            for (const model::Exception* base = thrown; base != nullptr; base = base->base) {
                if (base->name.qualified() == known->name.qualified()) {
                    return true;
                }
            }
            return false;
        });
    };
    const auto found = std::find_if_not(throwing.throws.begin(), throwing.throws.end(), is_known);
    return found == throwing.throws.end() ? nullptr : *found;
}

void CallComparison::compare_throws(const model::Method& older, const model::Method& newer)
{
    if (const model::Exception* exception = unknown_of(newer, older)) {
        add(Verdict::breaks_wire, "it throws " + quoted(exception->name.qualified()) +
                                      " now; older callers know no base of it and get a RemoteException");
    }
    if (const model::Exception* exception = unknown_of(older, newer)) {
        add(Verdict::breaks_wire,
            "it does not throw " + quoted(exception->name.qualified()) +
                " any more; older servers still do, and newer callers know no base of it and get a RemoteException");
    }
}

void CallComparison::run(const model::Method& older, const model::Method& newer)
{
    if (older.one_way != newer.one_way) {
        add(Verdict::breaks_wire, newer.one_way ? "it is one-way now; older callers wait for an answer"
                                                : "it is not one-way any more; older callers read no answer");
    }
    compare_places(arguments_of(older), arguments_of(newer), false);
    compare_places(results_of(older), results_of(newer), true);
    compare_throws(older, newer);
}

class InterfaceComparison final {
public:
    InterfaceComparison(Comparison& comparison, const model::Interface& older, const model::Interface& newer)
        : comparison_(comparison),
          older_(older),
          newer_(newer),
          where_(newer.name.qualified())
    {
    }

    void run();

private:
    void add(Verdict verdict, std::string where, std::string what)
    {
        comparison_.add(verdict, std::move(where), std::move(what));
    }
    void compare_bases();
    void compare_methods(const Methods& older, const Methods& newer, bool are_events);
    void compare(const model::Method& older, const model::Method& newer);
    void compare_names(const std::string& where, const model::Method& older, const model::Method& newer);

    Comparison& comparison_;
    const model::Interface& older_;
    const model::Interface& newer_;
    const std::string where_;
};

// Overloads are told apart by their names on the wire.
std::string label(const model::Method& method, const model::Interface& interface)
{
    const auto same_name = [&](const model::Method& other) { return other.name == method.name; };
    const bool is_unique = std::count_if(interface.methods.begin(), interface.methods.end(), same_name) < 2;
    return interface.name.qualified() + '.' + (is_unique ? method.name : method.wire_name);
}

// The wire name of the method that a version calls so, unless there are several.
const model::Method* find_method(const std::string& name, const model::Interface& interface)
{
    const model::Method* found = nullptr;
    for (const model::Method* method : interface.all_methods()) {
        if (method->name == name) {
            if (found != nullptr) {
                return nullptr;
            }
            found = method;
        }
    }
    return found;
}

void InterfaceComparison::compare_names(const std::string& where, const model::Method& older,
                                        const model::Method& newer)
{
    const model::Method* still = find_method(older.name, newer_);
    const model::Method* already = find_method(newer.name, older_);
    if (still != nullptr || already != nullptr) {
        add(Verdict::breaks_wire, where,
            "on the wire it is called " + quoted(newer.wire_name) + ", as was " + quoted(older.name) +
                "; older callers of that get this one");
    } else {
        add(Verdict::breaks_source, where,
            "it was called " + quoted(older.name) + "; on the wire it still is " + quoted(newer.wire_name));
    }
}

void InterfaceComparison::compare(const model::Method& older, const model::Method& newer)
{
    const std::string where = label(newer, newer_);
    CallComparison calls(comparison_, where);
    calls.run(older, newer);
    calls.compare_defaults(older, newer);
    if (older.name != newer.name) {
        compare_names(where, older, newer);
    }
    const bool was_own = older.owner == &older_;
    const bool is_own = newer.owner == &newer_;
    if (was_own != is_own) {
        add(Verdict::safe, where,
            is_own ? "it was inherited from " + quoted(older.owner->name.qualified())
                   : "it is inherited from " + quoted(newer.owner->name.qualified()) + " now");
    }
}

void InterfaceComparison::compare_methods(const Methods& older, const Methods& newer, bool are_events)
{
    const auto by_wire_name = [](const Methods& methods) {
        std::map<std::string, const model::Method*> names;
        for (const model::Method* method : methods) {
            names.emplace(method->wire_name, method);
        }
        return names;
    };
    const std::string what = are_events ? "the event" : "the method";
    auto left = by_wire_name(older);
    for (const model::Method* method : newer) {
        const auto found = left.find(method->wire_name);
        const bool is_own = method->owner == &newer_;
        if (found != left.end()) {
            // What is inherited in both is compared where it is declared.
            if (is_own || found->second->owner == &older_) {
                compare(*found->second, *method);
            }
            left.erase(found);
        } else if (is_own) {
            add(are_events ? Verdict::safe : Verdict::breaks_source, label(*method, newer_),
                what + " is new; " + (are_events ? "" : "servants must implement it, and ") +
                    "older servers do not have it");
        }
    }
    for (const auto& [name, method] : left) {
        if (method->owner == &older_) {
            add(Verdict::breaks_wire, label(*method, older_), what + " is gone; older callers get method_not_found");
        }
    }
}

void InterfaceComparison::compare_bases()
{
    const auto has_base = [](const model::Interface& interface, const std::string& name) {
        return std::any_of(interface.all_bases.begin(), interface.all_bases.end(),
                           [&](const model::Interface* base) { return base->name.qualified() == name; });
    };
    for (const model::Interface* base : older_.all_bases) {
        if (!has_base(newer_, base->name.qualified())) {
            add(Verdict::breaks_wire, where_,
                "it does not derive from " + quoted(base->name.qualified()) + " any more; older peers use it as one");
        }
    }
    const Methods known = older_.all_methods();
    const auto is_known = [&](const model::Method& method) {
        return std::any_of(known.begin(), known.end(),
                           [&](const model::Method* other) { return other->wire_name == method.wire_name; });
    };
    for (const model::Interface* base : newer_.all_bases) {
        if (!has_base(older_, base->name.qualified())) {
            const bool has_all = std::all_of(base->methods.begin(), base->methods.end(), is_known);
            add(has_all ? Verdict::safe : Verdict::breaks_source, where_,
                "it derives from " + quoted(base->name.qualified()) + " now" +
                    (has_all ? "" : "; servants must implement that"));
        }
    }
}

void InterfaceComparison::run()
{
    compare_bases();
    CallComparison(comparison_, where_ + ".constructor").run(older_.constructor, newer_.constructor);
    compare_methods(older_.all_methods(), newer_.all_methods(), false);
    compare_methods(older_.all_events(), newer_.all_events(), true);
}

}  // namespace

void compare_interfaces(Comparison& comparison, const model::Interface& older, const model::Interface& newer)
{
    InterfaceComparison(comparison, older, newer).run();
}

}  // namespace remoting::idl
