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

Tree random_struct(const model::Struct& target, Random& random, unsigned depth)
{
    Tree tree;
    if (target.is_variant) {
        tree.kind = Tree::Kind::variant;
        do {
            tree.index = static_cast<std::uint32_t>(random() % target.fields.size());
        } while (target.fields[tree.index].is_reserved);
        tree.parts.push_back(random_tree(target.fields[tree.index].type, random, depth + 1));
        return tree;
    }
    tree.kind = Tree::Kind::list;
    for (const model::Field& field : target.fields) {
        tree.parts.push_back(field.is_reserved ? Tree() : random_tree(field.type, random, depth + 1));
    }
    return tree;
}

// What a C++ value is before anything is assigned: for reserved fields.
Tree empty_tree(const model::Type& type)
{
    if (const auto* const* target = std::get_if<const model::Struct*>(&type.kind)) {
        Tree tree;
        tree.kind = (*target)->is_variant ? Tree::Kind::variant : Tree::Kind::list;
        const std::size_t count = (*target)->is_variant ? 1 : (*target)->fields.size();
        for (std::size_t index = 0; index < count; ++index) {
            tree.parts.push_back(empty_tree((*target)->fields[index].type));
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

void write_struct(OutputArchive& archive, const Tree& tree, const model::Struct& target)
{
    if (tree.kind == Tree::Kind::unknown) {
        archive << tree.index << Bytes(tree.text);
        return;
    }
    if (target.is_variant) {
        archive << tree.index;
        const std::size_t start = archive.begin_struct();
        if (!target.fields[tree.index].is_reserved) {
            write(archive, tree.parts[0], target.fields[tree.index].type);
        }
        archive.end_struct(start);
        return;
    }
    const std::size_t start = archive.begin_struct();
    for (std::size_t index = 0; index < target.fields.size(); ++index) {
        const model::Type& type = target.fields[index].type;
        const Tree& part = tree.parts[index];
        write(archive, part.kind == Tree::Kind::skipped ? empty_tree(type) : part, type);
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

Tree read_variant(InputArchive& archive, const model::Struct& target)
{
    Tree tree;
    tree.index = archive.read<std::uint32_t>();
    const std::byte* const outer = archive.begin_struct();
    if (tree.index >= target.fields.size()) {
        tree.kind = Tree::Kind::unknown;
        tree.text.resize(archive.remaining());
        archive.load_binary(tree.text.data(), tree.text.size());
    } else {
        tree.kind = Tree::Kind::variant;
        const model::Field& field = target.fields[tree.index];
        tree.parts.push_back(field.is_reserved ? Tree() : read(archive, field.type));
    }
    archive.end_struct(outer);
    return tree;
}

Tree read_struct(InputArchive& archive, const model::Struct& target)
{
    Tree tree;
    tree.kind = Tree::Kind::list;
    const std::byte* const outer = archive.begin_struct();
    for (const model::Field& field : target.fields) {
        Tree part;
        if (archive.remaining() != 0) {
            part = read(archive, field.type);
        }
        tree.parts.push_back(field.is_reserved ? Tree() : std::move(part));
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

Tree read_container(InputArchive& archive, const model::Type& type)
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
        tree.parts.push_back(read(archive, type.arguments[0]));
        const bool is_keyed = type.is<model::Set>() || type.is<model::Map>();
        if (is_keyed && !keys.insert(text_of(tree.parts.back())).second) {
            fail("a key is there twice");
        }
        if (type.is<model::Map>()) {
            tree.parts.push_back(read(archive, type.arguments[1]));
        }
    }
    return tree;
}

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
    if (const auto* const* target = std::get_if<const model::Struct*>(&type.kind)) {
        return random_struct(**target, random, depth);
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
    if (const auto* builtin = std::get_if<Builtin>(&type.kind)) {
        write_builtin(archive, tree, *builtin);
    } else if (const auto* const* enumeration = std::get_if<const model::Enum*>(&type.kind)) {
        write_builtin(archive, tree, (*enumeration)->underlying);
    } else if (const auto* const* target = std::get_if<const model::Struct*>(&type.kind)) {
        write_struct(archive, tree, **target);
    } else if (type.is<model::Optional>()) {
        archive << (tree.kind != Tree::Kind::absent);
        if (tree.kind != Tree::Kind::absent) {
            write(archive, tree, type.arguments[0]);
        }
    } else {
        const std::size_t step = type.is<model::Map>() ? 2 : 1;
        if (!type.is<model::Array>()) {
            archive << static_cast<std::uint32_t>(tree.parts.size() / step);
        }
        for (std::size_t index = 0; index < tree.parts.size(); ++index) {
            write(archive, tree.parts[index], type.arguments[index % step]);
        }
    }
}

Tree read(InputArchive& archive, const model::Type& type)
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
        return (*target)->is_variant ? read_variant(archive, **target) : read_struct(archive, **target);
    }
    if (type.is<model::Optional>()) {
        Tree absent;
        absent.kind = Tree::Kind::absent;
        return archive.read<bool>() ? read(archive, type.arguments[0]) : absent;
    }
    return read_container(archive, type);
}

bool agree(const Tree& left, const Tree& right)
{
    if (left.kind == Tree::Kind::skipped || right.kind == Tree::Kind::skipped) {
        return true;
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
