// SPDX-License-Identifier: BSL-1.0
#include "dynamic_codec.hpp"

#include <remoting/errors/exceptions.hpp>

#include <algorithm>
#include <set>

namespace remoting::idl {

namespace {

using model::Builtin;

[[noreturn]] void fail(const char* what)
{
    throw RemotingError(ErrorCode::invalid_payload, Executed::no, what);
}

Tree number(std::string digits)
{
    Tree tree;
    tree.kind = Tree::Kind::number;
    tree.number = std::move(digits);
    return tree;
}

Tree bytes_tree(const void* data, std::size_t size)
{
    Tree tree;
    tree.kind = Tree::Kind::list;
    for (std::size_t index = 0; index < size; ++index) {
        tree.parts.push_back(number(std::to_string(static_cast<const unsigned char*>(data)[index])));
    }
    return tree;
}

std::string raw_bytes(const Tree& tree)
{
    std::string text;
    for (const Tree& part : tree.parts) {
        text += static_cast<char>(static_cast<unsigned char>(std::stoi(part.number)));
    }
    return text;
}

// Calls `function` with a value of the C++ type of a number.
template <class F>
bool with_number(Builtin builtin, F function)
{
    switch (builtin) {
        case Builtin::boolean:
            return function(bool()), true;
        case Builtin::int8:
            return function(std::int8_t()), true;
        case Builtin::int16:
            return function(std::int16_t()), true;
        case Builtin::int32:
            return function(std::int32_t()), true;
        case Builtin::int64:
        case Builtin::timestamp:
        case Builtin::duration:
            return function(std::int64_t()), true;
        case Builtin::uint8:
            return function(std::uint8_t()), true;
        case Builtin::uint16:
        case Builtin::character:
            return function(std::uint16_t()), true;
        case Builtin::uint32:
            return function(std::uint32_t()), true;
        case Builtin::uint64:
            return function(std::uint64_t()), true;
        case Builtin::float32:
            return function(float()), true;
        case Builtin::float64:
            return function(double()), true;
        default:
            return false;
    }
}

template <class T>
T parsed(const std::string& digits)
{
    if constexpr (std::is_floating_point_v<T>) {
        return static_cast<T>(std::stod(digits));
    } else if constexpr (std::is_signed_v<T>) {
        return static_cast<T>(std::stoll(digits));
    } else {
        return static_cast<T>(std::stoull(digits));
    }
}

Tree random_builtin(Builtin builtin, Random& random)
{
    Tree tree;
    const bool is_number = with_number(builtin, [&]<class T>(T) {
        if constexpr (std::is_same_v<T, bool>) {
            tree = number(std::to_string(random() % 2));
        } else if constexpr (std::is_floating_point_v<T>) {
            tree = number(std::to_string(static_cast<double>(random() % 1000) + 0.5));
        } else {
            tree = number(std::to_string(static_cast<T>(random() % 3 == 0 ? random() % 4 : ~std::uint64_t{random()})));
        }
    });
    if (is_number) {
        return tree;
    }
    tree.kind = Tree::Kind::text;
    if (builtin == Builtin::string) {
        tree.text = std::string(random() % 5, static_cast<char>('a' + random() % 26));
        return tree;
    }
    std::string bytes(builtin == Builtin::uuid || builtin == Builtin::decimal ? 16 : random() % 5, '\0');
    std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random()); });
    if (builtin == Builtin::decimal) {
        bytes.replace(12, 4, std::string("\0\0\5\0", 4));
    }
    return bytes_tree(bytes.data(), bytes.size());
}

std::size_t counted(const model::Type& type, Random& random, unsigned depth)
{
    const auto* array = std::get_if<model::Array>(&type.kind);
    return array != nullptr ? array->length : (depth > 4 ? 0 : random() % 4);
}

model::Type field_type(const model::Type& owner, std::size_t index)
{
    const model::Struct& target = *std::get<const model::Struct*>(owner.kind);
    return model::substituted(target.fields[index].type, owner.arguments);
}

Tree random_struct(const model::Type& type, Random& random, unsigned depth)
{
    const model::Struct& target = *std::get<const model::Struct*>(type.kind);
    Tree tree;
    tree.target = &target;
    if (target.is_variant) {
        tree.kind = Tree::Kind::variant;
        do {
            tree.index = static_cast<std::uint32_t>(random() % target.fields.size());
        } while (target.fields[tree.index].is_reserved);
        tree.parts.push_back(random_tree(field_type(type, tree.index), random, depth + 1));
        return tree;
    }
    tree.kind = Tree::Kind::list;
    for (std::size_t index = 0; index < target.fields.size(); ++index) {
        tree.parts.push_back(
            target.fields[index].is_reserved ? Tree() : random_tree(field_type(type, index), random, depth + 1));
    }
    return tree;
}

bool is_reference(const model::Type& type)
{
    return type.is<const model::Interface*>() ||
           (type.is<model::Optional>() && type.arguments[0].is<const model::Interface*>());
}

// What a C++ value is before anything is assigned: for reserved fields.
Tree empty_tree(const model::Type& type)
{
    if (const auto* const* target = std::get_if<const model::Struct*>(&type.kind)) {
        Tree tree;
        tree.kind = (*target)->is_variant ? Tree::Kind::variant : Tree::Kind::list;
        const std::size_t count = (*target)->is_variant ? 1 : (*target)->fields.size();
        for (std::size_t index = 0; index < count; ++index) {
            tree.parts.push_back(empty_tree(field_type(type, index)));
        }
        return tree;
    }
    Tree tree;
    if (const auto* array = std::get_if<model::Array>(&type.kind)) {
        tree.kind = Tree::Kind::list;
        tree.parts.resize(array->length, empty_tree(type.arguments[0]));
    } else if (type.is(Builtin::string)) {
        tree.kind = Tree::Kind::text;
    } else if (type.is(Builtin::uuid) || type.is(Builtin::decimal)) {
        return bytes_tree(std::string(16, '\0').data(), 16);
    } else if (is_reference(type)) {
        return number("0");
    } else if (type.is<model::Optional>()) {
        tree.kind = Tree::Kind::absent;
    } else if (type.is(Builtin::bytes) || !(type.is<Builtin>() || type.is<const model::Enum*>())) {
        tree.kind = Tree::Kind::list;
    } else {
        return number("0");
    }
    return tree;
}

void write_builtin(OutputArchive& archive, const Tree& tree, Builtin builtin)
{
    if (with_number(builtin, [&]<class T>(T) { archive << parsed<T>(tree.number); })) {
        return;
    }
    if (builtin == Builtin::string) {
        archive << tree.text;
        return;
    }
    const std::string bytes = raw_bytes(tree);
    if (builtin == Builtin::bytes) {
        archive << Bytes(bytes);
    } else {
        archive.save_binary(bytes.data(), bytes.size());
    }
}

void write_value(OutputArchive& archive, const Tree& tree, const model::Type& type, bool is_reserved);
Tree read_value(InputArchive& archive, const model::Type& type, bool is_reserved);

constexpr std::uint64_t reference_mark = 0x5EF0'0000'0000'0000;  // no number can be taken for a reference

// A null reference is refused at both ends where there is no '?', but not where nobody looks at it.
void write_reference(OutputArchive& archive, const Tree& tree, bool may_be_null)
{
    if (!may_be_null && tree.number == "0") {
        fail("a reference must not be null");
    }
    archive << (reference_mark | parsed<std::uint64_t>(tree.number));
}

Tree read_reference(InputArchive& archive, bool may_be_null)
{
    const auto value = archive.read<std::uint64_t>();
    if ((value & reference_mark) != reference_mark) {
        fail("this is no reference");
    }
    Tree tree = number(std::to_string(value & ~reference_mark));
    if (!may_be_null && tree.number == "0") {
        fail("a reference must be given");
    }
    return tree;
}

void write_struct(OutputArchive& archive, const Tree& tree, const model::Type& type)
{
    const model::Struct& target = *std::get<const model::Struct*>(type.kind);
    if (tree.kind == Tree::Kind::unknown) {
        archive << tree.index << Bytes(tree.text);
        return;
    }
    if (target.is_variant) {
        archive << tree.index;
        const std::size_t start = archive.begin_struct();
        if (!target.fields[tree.index].is_reserved) {
            write(archive, tree.parts[0], field_type(type, tree.index));
        }
        archive.end_struct(start);
        return;
    }
    const std::size_t start = archive.begin_struct();
    for (std::size_t index = 0; index < target.fields.size(); ++index) {
        const model::Type held = field_type(type, index);
        const Tree& part = tree.parts[index];
        write_value(archive, part.kind == Tree::Kind::skipped ? empty_tree(held) : part, held,
                    target.fields[index].is_reserved);
    }
    archive.end_struct(start);
}

Tree read_builtin(InputArchive& archive, Builtin builtin)
{
    Tree tree;
    const bool is_number = with_number(builtin, [&]<class T>(T) { tree = number(std::to_string(archive.read<T>())); });
    if (is_number) {
        return tree;
    }
    if (builtin == Builtin::string) {
        tree.kind = Tree::Kind::text;
        tree.text = archive.read<std::string>();
        return tree;
    }
    if (builtin == Builtin::uuid) {
        const auto uuid = archive.read<Uuid>();
        return bytes_tree(uuid.bytes.data(), uuid.bytes.size());
    }
    if (builtin == Builtin::decimal) {
        const auto decimal = archive.read<Decimal>();
        Buffer buffer;
        OutputArchive again(buffer);
        again << decimal;
        return bytes_tree(buffer.data(), buffer.size());
    }
    const auto bytes = archive.read<Bytes>();
    return bytes_tree(bytes.data(), bytes.size());
}

Tree read_variant(InputArchive& archive, const model::Type& type)
{
    const model::Struct& target = *std::get<const model::Struct*>(type.kind);
    Tree tree;
    tree.target = &target;
    tree.index = archive.read<std::uint32_t>();
    const std::byte* const outer = archive.begin_struct();
    if (tree.index >= target.fields.size()) {
        tree.kind = Tree::Kind::unknown;
        tree.text.resize(archive.remaining());
        archive.load_binary(tree.text.data(), tree.text.size());
    } else {
        tree.kind = Tree::Kind::variant;
        const bool is_reserved = target.fields[tree.index].is_reserved;
        tree.parts.push_back(is_reserved ? Tree() : read(archive, field_type(type, tree.index)));
    }
    archive.end_struct(outer);
    return tree;
}

Tree read_struct(InputArchive& archive, const model::Type& type)
{
    const model::Struct& target = *std::get<const model::Struct*>(type.kind);
    Tree tree;
    tree.target = &target;
    tree.kind = Tree::Kind::list;
    const std::byte* const outer = archive.begin_struct();
    for (std::size_t index = 0; index < target.fields.size(); ++index) {
        const bool is_reserved = target.fields[index].is_reserved;
        Tree part;
        if (archive.remaining() != 0) {
            part = read_value(archive, field_type(type, index), is_reserved);
        }
        tree.parts.push_back(is_reserved ? Tree() : std::move(part));
    }
    archive.end_struct(outer);
    return tree;
}

std::string text_of(const Tree& tree)
{
    std::string text = tree.number + '/' + tree.text;
    for (const Tree& part : tree.parts) {
        text += '(' + text_of(part) + ')';
    }
    return text;
}

Tree read_container(InputArchive& archive, const model::Type& type, bool is_reserved)
{
    Tree tree;
    tree.kind = Tree::Kind::list;
    const auto* array = std::get_if<model::Array>(&type.kind);
    const std::size_t count = array != nullptr ? array->length : archive.read<std::uint32_t>();
    if (count > archive.remaining()) {
        fail("a count is larger than the payload");
    }
    std::set<std::string> keys;
    for (std::size_t index = 0; index < count; ++index) {
        tree.parts.push_back(read_value(archive, type.arguments[0], is_reserved));
        const bool is_keyed = type.is<model::Set>() || type.is<model::Map>();
        if (is_keyed && !keys.insert(text_of(tree.parts.back())).second) {
            fail("a key is there twice");
        }
        if (type.is<model::Map>()) {
            tree.parts.push_back(read_value(archive, type.arguments[1], is_reserved));
        }
    }
    return tree;
}

}  // namespace

Tree random_tree(const model::Type& type, Random& random, unsigned depth)
{
    if (const auto* builtin = std::get_if<Builtin>(&type.kind)) {
        return random_builtin(*builtin, random);
    }
    if (const auto* const* target = std::get_if<const model::Enum*>(&type.kind)) {
        const model::Integer& value = (*target)->enumerators[random() % (*target)->enumerators.size()].value;
        Tree tree = number((value.negative ? "-" : "") + std::to_string(value.magnitude));
        tree.type = *target;
        return tree;
    }
    if (type.is<const model::Struct*>()) {
        return random_struct(type, random, depth);
    }
    if (is_reference(type)) {
        return number(std::to_string(type.is<model::Optional>() ? random() % 3 : 1 + random() % 2));
    }
    Tree tree;
    if (type.is<model::Optional>()) {
        tree.kind = Tree::Kind::absent;
        return depth > 4 || random() % 2 == 0 ? tree : random_tree(type.arguments[0], random, depth + 1);
    }
    tree.kind = Tree::Kind::list;
    std::set<std::string> keys;
    for (std::size_t left = counted(type, random, depth); left > 0; --left) {
        Tree element = random_tree(type.arguments[0], random, depth + 1);
        const bool is_keyed = type.is<model::Set>() || type.is<model::Map>();
        if (is_keyed && !keys.insert(text_of(element)).second) {
            continue;
        }
        tree.parts.push_back(std::move(element));
        if (type.is<model::Map>()) {
            tree.parts.push_back(random_tree(type.arguments[1], random, depth + 1));
        }
    }
    return tree;
}

void write(OutputArchive& archive, const Tree& tree, const model::Type& type)
{
    write_value(archive, tree, type, false);
}

Tree read(InputArchive& archive, const model::Type& type)
{
    return read_value(archive, type, false);
}

namespace {

void write_value(OutputArchive& archive, const Tree& tree, const model::Type& type, bool is_reserved)
{
    if (const auto* builtin = std::get_if<Builtin>(&type.kind)) {
        write_builtin(archive, tree, *builtin);
    } else if (const auto* const* enumeration = std::get_if<const model::Enum*>(&type.kind)) {
        write_builtin(archive, tree, (*enumeration)->underlying);
    } else if (type.is<const model::Struct*>()) {
        write_struct(archive, tree, type);
    } else if (is_reference(type)) {
        write_reference(archive, tree, is_reserved || type.is<model::Optional>());
    } else if (type.is<model::Optional>()) {
        archive << (tree.kind != Tree::Kind::absent);
        if (tree.kind != Tree::Kind::absent) {
            write_value(archive, tree, type.arguments[0], is_reserved);
        }
    } else {
        const std::size_t step = type.is<model::Map>() ? 2 : 1;
        if (!type.is<model::Array>()) {
            archive << static_cast<std::uint32_t>(tree.parts.size() / step);
        }
        for (std::size_t index = 0; index < tree.parts.size(); ++index) {
            write_value(archive, tree.parts[index], type.arguments[index % step], is_reserved);
        }
    }
}

Tree read_value(InputArchive& archive, const model::Type& type, bool is_reserved)
{
    if (const auto* builtin = std::get_if<Builtin>(&type.kind)) {
        return read_builtin(archive, *builtin);
    }
    if (const auto* const* enumeration = std::get_if<const model::Enum*>(&type.kind)) {
        Tree tree = read_builtin(archive, (*enumeration)->underlying);
        tree.type = *enumeration;
        return tree;
    }
    if (const auto* const* target = std::get_if<const model::Struct*>(&type.kind)) {
        return (*target)->is_variant ? read_variant(archive, type) : read_struct(archive, type);
    }
    if (is_reference(type)) {
        return read_reference(archive, is_reserved || type.is<model::Optional>());
    }
    if (type.is<model::Optional>()) {
        Tree absent;
        absent.kind = Tree::Kind::absent;
        return archive.read<bool>() ? read_value(archive, type.arguments[0], is_reserved) : absent;
    }
    return read_container(archive, type, is_reserved);
}

}  // namespace

}  // namespace remoting::idl
