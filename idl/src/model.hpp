// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "source_text.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// What emitters see: every name looked up, every value checked, every C++ name chosen. Nothing changes once the
// resolver is done.

namespace remoting::idl::model {

struct Enum;
struct Struct;
struct Exception;
struct Interface;
struct Native;
struct Module;

enum class Builtin : std::uint8_t {
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
};

inline constexpr std::size_t builtin_count = static_cast<std::size_t>(Builtin::any) + 1;

struct Optional {};
struct List {};
struct Map {};
struct Set {};
struct Array {
    std::uint32_t length = 0;
};
/// Of the generic struct in whose field it stands.
struct TypeParameter {
    std::size_t index = 0;
};
/// Values that follow one another, flow-controlled; an in parameter or a result.
struct Stream {};
/// Stands for a type that could not be resolved; never seen by emitters.
struct Unresolved {};

struct Type {
    std::variant<Unresolved, Builtin, const Enum*, const Struct*, const Interface*, const Native*, Optional, List, Set,
                 Array, Map, Stream, TypeParameter>
        kind;
    /// Of Optional, List, Set, Array, Stream one; of Map key and value; of a generic struct as many as it has
    /// parameters.
    std::vector<Type> arguments;

    template <class T>
    bool is() const noexcept
    {
        return std::holds_alternative<T>(kind);
    }
    bool is(Builtin builtin) const noexcept { return is<Builtin>() && std::get<Builtin>(kind) == builtin; }
};

using Doc = std::vector<std::string>;

/// What a declaration is called.
struct Name {
    std::string idl;
    std::string cpp;
    const Module* module = nullptr;
    Span span;

    std::string qualified() const;  ///< "bank.Money"
};

/// What attributes say of anything they may stand before.
struct Attributes {
    std::optional<std::string> deprecated;  ///< what to use instead, or ""
    std::optional<std::string> dotnet;      ///< the .NET name
    bool secret = false;                    ///< not to be printed
    bool observable = false;                ///< of a property: its changes are announced
    bool mailslot = false;                  ///< of an interface: one-way methods only
};

struct Integer {
    bool negative = false;
    std::uint64_t magnitude = 0;
};

struct Enumerator {
    std::string name;
    std::string cpp_name;
    Integer value;
    Doc doc;
    Attributes attributes;
};

struct Enum {
    Name name;
    Builtin underlying = Builtin::int32;
    std::vector<Enumerator> enumerators;
    Doc doc;
    Attributes attributes;
};

struct EnumValue {
    const Enum* type = nullptr;
    std::size_t index = 0;
};

struct Character {
    char16_t unit = 0;
};
/// Of a duration, or of a timestamp since 1970; 100 ns each.
struct Ticks {
    std::int64_t count = 0;
    bool is_point = false;
};
struct Uuid {
    std::array<std::uint8_t, 16> bytes{};
};
/// (high * 2^64 + low) / 10^scale
struct Decimal {
    std::uint64_t low = 0;
    std::uint32_t high = 0;
    std::uint32_t scale = 0;
    bool negative = false;
};
/// Of an optional value.
struct Null {};
/// Of a field in a struct's value: it keeps the default it has.
struct Unset {};
struct Value;
/// Of a list, set or array its elements; of a map keys and values in turn; of a struct one for each field.
struct Elements {
    std::vector<Value> values;
};
/// Of a variant.
struct Alternative {
    std::size_t index = 0;
    std::vector<Value> value;  ///< one
};

/// double serves float constants too, rounded already; std::string those of bytes.
struct Value : std::variant<bool, Integer, double, std::string, EnumValue, Character, Ticks, Uuid, Decimal, Null, Unset,
                            Elements, Alternative> {
    using variant::variant;
};

struct Field {
    std::string name;
    std::string cpp_name;
    Type type;
    std::optional<Value> value;
    bool is_reserved = false;  ///< keeps its place on the wire, and is nowhere else
    Doc doc;
    Attributes attributes;
};

/// A struct; or a variant, whose fields are its alternatives.
struct Struct {
    bool is_variant = false;
    Name name;
    std::vector<std::string> parameters;  ///< of a generic struct, in IDL spelling
    std::vector<std::string> cpp_parameters;
    std::vector<Field> fields;
    Doc doc;
    Attributes attributes;
};

struct Constant {
    Name name;
    Type type;
    std::optional<Value> value;
    Doc doc;
    Attributes attributes;
};

/// A C++ type of the user's, which says by `serialize` how it travels.
struct Native {
    Name name;
    std::string cpp_type;
    std::string header;  ///< with its quotes or angle brackets
    Doc doc;
    Attributes attributes;
};

struct Exception {
    Name name;
    const Exception* base = nullptr;
    std::vector<Field> fields;
    Doc doc;
    Attributes attributes;

    bool derives_from(const Exception& other) const noexcept;
    std::vector<const Field*> all_fields() const;  ///< inherited ones first, without those that are reserved
};

enum class Direction : std::uint8_t { in, out, in_out, result };

struct Parameter {
    std::string name;
    std::string cpp_name;  ///< "" for the result
    Type type;
    Direction direction = Direction::in;
    Attributes attributes;
    std::optional<Value> value;  ///< what an `in` parameter is when the caller says nothing
};

struct Method {
    std::string name;
    std::string cpp_name;
    std::vector<Parameter> parameters;
    std::optional<Type> result;
    std::vector<const Exception*> throws;
    bool one_way = false;
    bool idempotent = false;                            ///< may be executed again
    std::optional<std::chrono::milliseconds> deadline;  ///< positive, 32 bits
    /// What the method is called on the wire, in descriptors and in generated functions; no other of the interface is.
    std::string wire_name;
    Attributes attributes;
    Doc doc;
    const Interface* owner = nullptr;  ///< the interface that declares it
    Span span;
    std::string announces;  ///< of an observable property's setter: the event it raises
    std::string reads;      ///< of an observable property's event: the C++ name of the getter
};

struct Property {
    std::string name;
    Type type;
    bool has_setter = false;
    Attributes attributes;
    Doc doc;
};

struct Interface {
    Name name;
    std::vector<const Interface*> bases;
    /// Direct and indirect bases, each once, in declaration order with the deepest first.
    std::vector<const Interface*> all_bases;
    /// Own ones; a property is its accessors here.
    std::vector<Method> methods;
    std::vector<Property> properties;
    std::vector<std::unique_ptr<Constant>> constants;
    /// Own ones, those of observable properties too; those who subscribe are called as the method says.
    std::vector<Method> events;
    /// What the IDL declares, or one without parameters.
    Method constructor;
    Doc doc;
    Attributes attributes;

    std::vector<const Method*> all_methods() const;  ///< inherited ones first, each once
    std::vector<const Method*> all_events() const;   ///< likewise
};

struct Import {
    std::string path;  ///< as written
    const Module* module = nullptr;
};

/// One file. Declarations stand in the order of the file, structs behind those they hold by value.
struct Module {
    std::string file_name;                ///< "bank.idl", without folders
    std::vector<std::string> name_space;  ///< in IDL spelling
    std::vector<std::string> cpp_name_space;
    std::vector<Import> imports;
    std::vector<std::unique_ptr<Enum>> enums;
    std::vector<std::unique_ptr<Constant>> constants;
    std::vector<std::unique_ptr<Struct>> structs;  ///< and variants
    std::vector<std::unique_ptr<Native>> natives;
    std::vector<std::unique_ptr<Exception>> exceptions;
    std::vector<std::unique_ptr<Interface>> interfaces;
};

/// All files of one run, imported ones before those that import them.
struct Program {
    std::vector<std::unique_ptr<Module>> modules;
};

/// Whether a value holds references none of which may be null: Account, list<Account>, map<string, list<Account>>.
bool has_required_references(const Type& type) noexcept;
/// Whether a value may hold references at all, in structs too.
bool may_hold_references(const Type& type);
/// Whether who raises the event waits for its subscribers: it has a result or an inout parameter.
bool asks(const Method& event) noexcept;

/// A type of a field of a generic struct, in a use of it with these arguments.
Type substituted(const Type& type, const std::vector<Type>& arguments);

/// "list<bank.Money?>"
std::string to_string(const Type& type);
/// "list<Page<T>>", in a generic struct with these parameters.
std::string to_string(const Type& type, const std::vector<std::string>& parameters);
std::string_view to_string(Builtin builtin) noexcept;

}  // namespace remoting::idl::model
