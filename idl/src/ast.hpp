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

struct Type {
    Path name;
    std::vector<Type> arguments;
    bool nullable = false;
    Span span;
};

struct Value {
    enum class Kind : std::uint8_t { integer, floating, string, path };

    Kind kind = Kind::integer;
    Span span;
    bool negative = false;
    std::uint64_t magnitude = 0;  ///< of an integer, without its sign
    std::string text;             ///< of a floating: as written; of a string: unescaped
    Path path;                    ///< true and false are paths too
};

using Doc = std::vector<std::string>;

struct Field {
    Type type;
    Name name;
    std::optional<Value> value;
    Doc doc;
};

struct Enumerator {
    Name name;
    std::optional<Value> value;
    Doc doc;
};

struct Enum {
    Name name;
    std::optional<Type> underlying;
    std::vector<Enumerator> enumerators;
    bool is_broken = false;  ///< values are missing because of a syntax error
    Doc doc;
};

struct Struct {
    Name name;
    std::vector<Field> fields;
    Doc doc;
};

struct Constant {
    Type type;
    Name name;
    std::optional<Value> value;
    Doc doc;
};

struct Exception {
    Name name;
    std::optional<Path> base;
    std::vector<Field> fields;
    Doc doc;
};

enum class Direction : std::uint8_t { in, out, in_out };

struct Parameter {
    Direction direction = Direction::in;
    Span direction_span;
    Type type;
    Name name;
};

struct Method {
    enum class Kind : std::uint8_t { method, constructor, property };

    Kind kind = Kind::method;
    std::optional<Span> one_way;  ///< where the attribute stands
    std::optional<Type> result;   ///< of a property: its type; none for void and constructors
    Name name;
    std::vector<Parameter> parameters;
    std::vector<Path> throws;
    bool has_setter = false;
    Doc doc;
};

struct Interface {
    Name name;
    std::vector<Path> bases;
    std::vector<Method> methods;
    Doc doc;
};

/// Something declared that cannot be used: it was reported already, its uses are not.
struct Unusable {
    Name name;
};

using Declaration = std::variant<Enum, Struct, Constant, Exception, Interface, Unusable>;

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
