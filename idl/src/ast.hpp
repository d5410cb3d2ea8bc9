// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "source_text.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// What the parser makes of one file: names as written, nothing looked up.

namespace remoting::idl::ast {

struct Name {
    std::string text;
    Span span;
};

/// A name with dots, "bank.Money".
struct Path {
    std::vector<Name> parts;
    Span span;

    std::string text() const;
};

/// A constant expression, or a list or a set of named values.
struct Value {
    enum class Kind : std::uint8_t {
        integer,
        floating,
        string,
        character,
        duration,
        path,
        list,
        braces,
        unary,
        binary
    };

    Kind kind = Kind::integer;
    Span span;
    bool negative = false;
    std::uint64_t magnitude = 0;  ///< of an integer, a character or, in ticks of 100 ns, a duration; without its sign
    std::string text;       ///< of a floating, or an integer of more than 64 bits: as written; of a string: unescaped
    Path path;              ///< true, false and null are paths too
    char operation = '\0';  ///< of a unary `-` or `~`; of a binary one, where `<` and `>` stand for shifts
    /// Of a list its elements; of braces keys and values in turn; of an operation what it is applied to.
    std::vector<Value> operands;
};

struct Type {
    Path name;
    std::vector<Type> arguments;
    std::optional<Value> length;  ///< what stands last in `array<T, N>`
    bool nullable = false;
    Span span;
};

using Doc = std::vector<std::string>;

/// `[name]`, `[name(value)]` or `[name(key = value, ...)]`.
struct Attribute {
    struct Argument {
        std::optional<Name> key;
        Value value;
    };

    Name name;
    std::vector<Argument> arguments;
    bool has_brackets = false;
    Span span;
};

/// Those that exist; others were reported and left out.
using Attributes = std::vector<Attribute>;

struct Field {
    Type type;
    Name name;
    std::optional<Value> value;
    bool is_reserved = false;
    Doc doc;
    Attributes attributes;
};

struct Enumerator {
    Name name;
    std::optional<Value> value;
    Doc doc;
    Attributes attributes;
};

struct Enum {
    Name name;
    std::optional<Type> underlying;
    std::vector<Enumerator> enumerators;
    bool is_broken = false;  ///< values are missing because of a syntax error
    Doc doc;
    Attributes attributes;
};

/// A struct, or a variant with its alternatives for fields.
struct Struct {
    bool is_variant = false;
    Name name;
    std::vector<Name> parameters;  ///< of a generic struct
    std::vector<Field> fields;
    Doc doc;
    Attributes attributes;
};

struct Constant {
    Type type;
    Name name;
    std::optional<Value> value;
    Doc doc;
    Attributes attributes;
};

/// A C++ type of the user's.
struct Native {
    Name name;
    Doc doc;
    Attributes attributes;
};

struct Exception {
    Name name;
    std::optional<Path> base;
    std::vector<Field> fields;
    Doc doc;
    Attributes attributes;
};

enum class Direction : std::uint8_t { in, out, in_out };

struct Parameter {
    Attributes attributes;
    Direction direction = Direction::in;
    Span direction_span;
    Type type;
    Name name;
    std::optional<Value> value;
};

struct Method {
    enum class Kind : std::uint8_t { method, constructor, property, event };

    Kind kind = Kind::method;
    std::optional<Type> result;  ///< of a property: its type; none for void and constructors
    Name name;
    std::vector<Parameter> parameters;
    std::vector<Path> throws;
    bool has_setter = false;
    Doc doc;
    Attributes attributes;
};

struct Interface {
    Name name;
    std::vector<Path> bases;
    std::vector<Method> methods;
    std::vector<Constant> constants;
    Doc doc;
    Attributes attributes;
};

using Declaration = std::variant<Enum, Struct, Constant, Exception, Interface, Native>;

struct Import {
    std::string path;
    Span span;
};

struct File {
    std::unique_ptr<SourceText> source;
    std::optional<Path> name_space;
    std::vector<Import> imports;
    std::vector<Declaration> declarations;
    /// A declaration was lost to a syntax error: names nobody knows may be fine.
    bool lost_declarations = false;
};

}  // namespace remoting::idl::ast
