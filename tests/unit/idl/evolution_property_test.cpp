// SPDX-License-Identifier: BSL-1.0
#include "dynamic_codec.hpp"
#include "evolution.hpp"
#include "memory_reader.hpp"

#include <remoting/errors/exceptions.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

// Random IDL, a random edit of it, and what `compare` says of the edit, held against real bytes in both directions.

namespace remoting::idl {
namespace {

struct Member {
    std::string type;
    std::string name;
    bool is_reserved = false;
};

struct Declaration {
    std::string name;
    bool is_variant = false;
    std::vector<Member> members{};
    std::string argument{};  // of a generic one, in its uses
};

struct Enumeration {
    std::string name;
    std::string underlying;
    std::vector<std::pair<std::string, int>> values;
};

struct Schema {
    std::vector<Enumeration> enums;
    std::vector<Declaration> types;
    std::vector<Member> parameters;
    int names = 0;

    std::string new_name() { return 'n' + std::to_string(names++); }
    std::string text() const
    {
        std::string text = "namespace p;\ninterface Ref {}\n";
        for (const Enumeration& enumeration : enums) {
            text += "enum " + enumeration.name + " : " + enumeration.underlying + " {";
            for (const auto& [name, value] : enumeration.values) {
                text += name + " = " + std::to_string(value) + ", ";
            }
            text += "}\n";
        }
        std::string root = "struct Root {\n";
        for (const Declaration& type : types) {
            text +=
                (type.is_variant ? "variant " : "struct ") + type.name + (type.argument.empty() ? " {\n" : "<T> {\n");
            for (const Member& member : type.members) {
                text += (member.is_reserved ? "    reserved " : "    ") + member.type + ' ' + member.name + ";\n";
            }
            text += "}\n";
            const bool is_generic = !type.argument.empty();
            // What the verdict says of a generic struct, it says of any use; no field of it is of the second one's
            // type.
            const std::string use = type.name + (is_generic ? '<' + type.argument + '>' : "");
            const std::string other = type.name + (is_generic ? "<map<int8, set<bool>>>" : "");
            root += "    " + use + " root_" + type.name + ";\n    list<" + other + "> list_" + type.name + ";\n";
        }
        for (const Enumeration& enumeration : enums) {
            root += "    list<" + enumeration.name + "> list_" + enumeration.name + ";\n";
        }
        std::string list;
        for (const Member& parameter : parameters) {
            list += (list.empty() ? "" : ", ") + parameter.type + ' ' + parameter.name;
        }
        return text + root + "}\ninterface Service { void Call(" + list + "); }\n";
    }
};

template <class T>
T& any_of(std::vector<T>& elements, Random& random)
{
    return elements[random() % elements.size()];
}

// A type made of built-in ones, references, the enums, and the declarations before `limit`.
std::string random_type(const Schema& schema, std::size_t limit, Random& random, int depth = 0)
{
    static const std::vector<std::string> builtins = {"bool",   "int8",      "int16",    "int32",  "int64",  "uint8",
                                                      "uint16", "uint32",    "uint64",   "double", "string", "bytes",
                                                      "char",   "timestamp", "duration", "uuid",   "decimal"};
    static const std::vector<std::string> keys = {"int8", "uint16", "int64", "string", "uuid", "char"};
    const auto key = [&] { return keys[random() % keys.size()]; };
    const auto inner = [&] { return random_type(schema, limit, random, depth + 1); };
    switch (depth > 2 ? 0 : random() % 14) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
            return builtins[random() % builtins.size()];
        case 5: {
            const std::string type = inner();
            return type.ends_with('?') ? type : type + '?';
        }
        case 6:
            return "list<" + inner() + '>';
        case 7:
            return "array<" + inner() + ", " + std::to_string(1 + random() % 3) + '>';
        case 8:
            return "set<" + key() + '>';
        case 9:
            return "map<" + key() + ", " + inner() + '>';
        case 10:
            return random() % 2 == 0 ? "Ref" : "Ref?";
        case 11: {
            const bool is_generic = limit < schema.types.size() && !schema.types[limit].argument.empty();
            return is_generic ? "T" : "int32";
        }
        case 12:
            return schema.enums[random() % schema.enums.size()].name;
        default:
            return limit == 0 ? "int32" : schema.types[random() % std::min<std::size_t>(limit, 3)].name;
    }
}

Schema random_schema(Random& random)
{
    Schema schema;
    for (int index = 0; index < 2; ++index) {
        schema.enums.push_back({"E" + std::to_string(index), index == 0 ? "int32" : "uint8", {}});
        for (int value = 0; value < 3; ++value) {
            schema.enums.back().values.emplace_back(schema.new_name(), 2 * value + 1);
        }
    }
    for (std::size_t index = 0; index < 4; ++index) {
        schema.types.push_back({"T" + std::to_string(index), index == 2});
        schema.types.back().argument = index == 3 ? random_type(schema, index, random) : "";
        for (std::size_t count = 1 + random() % 4; count > 0; --count) {
            const Member member{random_type(schema, index, random), schema.new_name(), false};
            schema.types.back().members.push_back(member);
        }
    }
    for (std::size_t count = 1 + random() % 3; count > 0; --count) {
        schema.parameters.push_back({random_type(schema, schema.types.size(), random), schema.new_name(), false});
    }
    return schema;
}

void edit_enum(Schema& schema, Random& random)
{
    Enumeration& enumeration = any_of(schema.enums, random);
    auto& values = enumeration.values;
    switch (random() % 5) {
        case 0:
            values.emplace_back(schema.new_name(), 20);
            break;
        case 1:
            values.erase(values.begin() + static_cast<std::ptrdiff_t>(random() % values.size()));
            break;
        case 2:
            std::swap(values[0].second, values[1].second);
            break;
        case 3:
            enumeration.underlying = enumeration.underlying == "int64" ? "int8" : "int64";
            break;
        default:
            values[0].first = schema.new_name();
            break;
    }
}

// @param may_reserve which of the members may become reserved, from the end
void edit_members(std::vector<Member>& members, const Member& fresh, std::size_t may_reserve, Random& random)
{
    const auto at = members.begin() + static_cast<std::ptrdiff_t>(random() % members.size());
    switch (random() % 7) {
        case 0:
            members.push_back(fresh);
            break;
        case 1:
            members.insert(at, fresh);
            break;
        case 2:
            if (members.size() > 1) {
                members.erase(at);
            }
            break;
        case 3:
            at->is_reserved = static_cast<std::size_t>(members.end() - at) <= may_reserve;
            break;
        case 4:
            at->name = fresh.name;
            break;
        case 5:
            at->type = fresh.type;
            break;
        default:
            std::iter_swap(at, members.begin());
            break;
    }
}

Schema edited(Schema schema, Random& random)
{
    const std::size_t limit = random() % (schema.types.size() + 1);
    const Member fresh{random_type(schema, limit, random), schema.new_name(), false};
    if (random() % 4 == 0) {
        edit_enum(schema, random);
    } else if (limit == schema.types.size()) {
        edit_members(schema.parameters, fresh, 0, random);
    } else {
        std::vector<Member>& members = schema.types[limit].members;
        // A variant is its first alternative before anything is assigned.
        edit_members(members, fresh, members.size() - (schema.types[limit].is_variant ? 1 : 0), random);
    }
    return schema;
}

model::Type root_of(const Resolved& resolved)
{
    for (const auto& target : resolved.module().structs) {
        if (target->name.idl == "Root") {
            return {target.get(), {}};
        }
    }
    return {};
}

// What travels when Service.Call is called: its arguments by their places, as the fields of a struct.
model::Struct arguments_of(const Resolved& resolved)
{
    model::Struct arguments;
    for (const model::Parameter& parameter : resolved.module().interfaces.back()->methods.front().parameters) {
        model::Field field;
        field.name = parameter.name;
        field.type = parameter.type;
        arguments.fields.push_back(std::move(field));
    }
    return arguments;
}

// Of what is reserved arrives only that it was there, so that it cannot be passed on.
bool has_reserved_alternative(const Tree& tree)
{
    return (tree.kind == Tree::Kind::variant && tree.parts[0].kind == Tree::Kind::skipped) ||
           std::any_of(tree.parts.begin(), tree.parts.end(), has_reserved_alternative);
}

enum class Reading : std::uint8_t { agrees, differs };

// What a peer with type `there` makes of a value of type `here`, whether it can send that back, and, when it must,
// whether it comes back as it was.
Reading carry(const model::Type& here, const model::Type& there, Random& random, bool must_return)
{
    const auto encoded = [](const Tree& tree, const model::Type& type) {
        Buffer buffer;
        OutputArchive archive(buffer);
        write(archive, tree, type);
        return Bytes(buffer.bytes());
    };
    const auto decoded = [](const Bytes& bytes, const model::Type& type) {
        InputArchive archive(bytes);
        return read(archive, type);
    };
    try {
        const Bytes bytes = encoded(random_tree(here, random), here);
        const Tree meant = decoded(bytes, here);
        const Tree seen = decoded(bytes, there);
        if (!agree(meant, seen)) {
            return Reading::differs;
        }
        if (has_reserved_alternative(seen)) {
            return Reading::agrees;
        }
        const Tree returned = decoded(encoded(seen, there), here);
        return !must_return || agree(meant, returned) ? Reading::agrees : Reading::differs;
    } catch (const RemotingError&) {
        return Reading::differs;
    }
}

TEST(EvolutionVerdicts, AreWhatTheBytesSay)
{
    constexpr int edits = 3000;
    int breaking = 0;
    int harmless = 0;
    for (int seed = 0; seed < edits; ++seed) {
        Random random(static_cast<unsigned>(seed));
        const Schema before = random_schema(random);
        const Schema after = edited(before, random);
        const Resolved older(before.text());
        const Resolved newer(after.text());
        ASSERT_EQ(older.errors() + newer.errors(), "") << before.text() << after.text();
        Verdict worst = Verdict::safe;
        std::string said;
        for (const Change& change : compare(older.program, newer.program)) {
            worst = std::max(worst, change.verdict);
            said += change.where + ": " + change.what + '\n';
        }
        bool differs = false;
        const bool is_expected_to_differ = worst == Verdict::breaks_wire;
        const model::Struct older_arguments = arguments_of(older);
        const model::Struct newer_arguments = arguments_of(newer);
        const model::Type pairs[][2] = {{root_of(older), root_of(newer)},
                                        {{&older_arguments, {}}, {&newer_arguments, {}}}};
        for (int value = 0; value < (is_expected_to_differ ? 400 : 12) && !differs; ++value) {
            for (const auto& [left, right] : pairs) {
                differs = differs || carry(left, right, random, false) == Reading::differs ||
                          carry(right, left, random, false) == Reading::differs;
            }
        }
        ASSERT_EQ(differs, is_expected_to_differ) << "edit " << seed << '\n' << said << before.text() << after.text();
        ++(differs ? breaking : harmless);
    }
    EXPECT_GT(breaking, edits / 10);
    EXPECT_GT(harmless, edits / 10);
}

TEST(EvolutionVerdicts, LetWhatIsNotKnownSurviveARelay)
{
    const Resolved older("namespace p; enum E { A } variant V { int32 x; } struct Root { list<E> e; list<V> v; }");
    const Resolved newer(
        "namespace p; enum E { A, B } variant V { int32 x; string y; } struct Root { list<E> e; list<V> v; }");
    for (unsigned seed = 0; seed < 200; ++seed) {
        Random random(seed);
        EXPECT_EQ(carry(root_of(newer), root_of(older), random, true), Reading::agrees);
    }
}

}  // namespace
}  // namespace remoting::idl
