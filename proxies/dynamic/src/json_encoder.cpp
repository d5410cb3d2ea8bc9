// SPDX-License-Identifier: BSL-1.0
#include "json_encoder.hpp"

#include "json_texts.hpp"
#include "map_keys.hpp"

#include <remoting/dynamic/json_error.hpp>
#include <remoting/errors/exceptions.hpp>

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace remoting {

namespace {

namespace json = boost::json;

/// Values in values of the type any.
constexpr unsigned max_anys = 16;
constexpr std::size_t max_any_size = std::size_t{64} * 1024 * 1024;

}  // namespace

void JsonEncoder::encode(const Type& type, const json::value& value, std::string path)
{
    path_ = std::move(path);
    try {
        write(type, value, nullptr);
    } catch (const RemotingError& error) {
        fail(error.cause());
    }
}

void JsonEncoder::encode_default(const Field& field, std::string path, const TypeScope* scope)
{
    path_ = std::move(path);
    try {
        write_default(field, scope);
    } catch (const RemotingError& error) {
        fail(error.cause());
    }
}

void JsonEncoder::write(const Type& type, const json::value& value, const TypeScope* scope)
{
    if (type.kind == TypeKind::declared && type.declared != nullptr && type.declared->form == TypeForm::interface) {
        write_reference(*type.declared, type.is_optional, value);
        return;
    }
    if (type.is_optional) {
        archive_ << !value.is_null();
        if (value.is_null()) {
            return;
        }
    }
    write_value(type, value, scope);
}

void JsonEncoder::write_value(const Type& type, const json::value& value, const TypeScope* scope)
{
    switch (type.kind) {
        case TypeKind::boolean:
            if (!value.is_bool()) {
                fail_expected("a boolean", value);
            }
            archive_ << value.get_bool();
            return;
        case TypeKind::string:
            write_string(value);
            return;
        case TypeKind::bytes: {
            const auto bytes = from_base64(text_of(value, "a string"));
            if (!bytes) {
                fail("expected bytes in base64");
            }
            archive_ << Bytes(*bytes);
            return;
        }
        case TypeKind::character: {
            const auto unit = value.is_string() ? parse_character(value.get_string()) : std::nullopt;
            if (value.is_string() && !unit) {
                fail("expected one character of 16 bits");
            }
            value.is_string() ? static_cast<void>(archive_ << *unit) : write_integer<std::uint16_t>(value, "char");
            return;
        }
        case TypeKind::timestamp:
        case TypeKind::duration:
            write_time(value, type.kind == TypeKind::timestamp);
            return;
        case TypeKind::uuid: {
            Uuid uuid;
            if (!Uuid::try_parse(text_of(value, "a string"), uuid)) {
                fail("expected a uuid, as 01234567-89ab-cdef-0123-456789abcdef");
            }
            archive_ << uuid;
            return;
        }
        case TypeKind::decimal:
            write_decimal(value);
            return;
        case TypeKind::any:
            write_any(value);
            return;
        case TypeKind::list:
        case TypeKind::set:
        case TypeKind::array:
            write_elements(type, value, scope);
            return;
        case TypeKind::map:
            write_map(type, value, scope);
            return;
        case TypeKind::stream:
            fail("streams are not for dynamic calls");
        case TypeKind::declared:
            write_declared(type, value, scope);
            return;
        default:
            write_number(type.kind, value);
    }
}

void JsonEncoder::write_declared(const Type& type, const json::value& value, const TypeScope* scope)
{
    if (type.declared == nullptr) {
        write(scope->type.arguments[type.parameter], value, scope->outer);
        return;
    }
    switch (type.declared->form) {
        case TypeForm::structure:
            write_struct(type, value, scope);
            return;
        case TypeForm::variant:
            write_variant(type, value, scope);
            return;
        case TypeForm::enumeration:
            write_enum(*type.declared, value);
            return;
        default:
            fail("values of the native type " + std::string(type.declared->name) + " are known to C++ only");
    }
}

void JsonEncoder::write_struct(const Type& type, const json::value& value, const TypeScope* scope)
{
    const Declared& target = *type.declared;
    if (!value.is_object()) {
        fail_expected("an object", value);
    }
    const json::object& members = value.get_object();
    std::size_t known = 0;
    const TypeScope inner{type, scope};
    const std::size_t start = archive_.begin_struct();
    for (const Field& field : target.fields) {
        const json::value* const member = field.is_reserved ? nullptr : members.if_contains(field.name);
        known += member != nullptr ? 1 : 0;
        within('.' + std::string(field.name),
               [&] { member != nullptr ? write(field.type, *member, &inner) : write_default(field, &inner); });
    }
    archive_.end_struct(start);
    if (known == members.size()) {
        return;
    }
    for (const auto& member : members) {
        const auto is_it = [&](const Field& field) { return !field.is_reserved && field.name == member.key(); };
        if (std::none_of(target.fields.begin(), target.fields.end(), is_it)) {
            within('.' + std::string(member.key()), [&] { fail(std::string(target.name) + " has no such member"); });
        }
    }
}

void JsonEncoder::write_variant(const Type& type, const json::value& value, const TypeScope* scope)
{
    const Declared& target = *type.declared;
    if (!value.is_object() || value.get_object().size() != 1) {
        fail("expected an object with one member, an alternative of " + std::string(target.name) + ", found " +
             std::string(value.is_object() ? "another number of them" : kind_text(value)));
    }
    const auto& member = *value.get_object().begin();
    const TypeScope inner{type, scope};
    within('.' + std::string(member.key()), [&] {
        for (std::size_t index = 0; index < target.fields.size(); ++index) {
            const Field& field = target.fields[index];
            if (field.name == member.key() && !field.is_reserved) {
                archive_ << static_cast<std::uint32_t>(index);
                const std::size_t start = archive_.begin_struct();
                write(field.type, member.value(), &inner);
                archive_.end_struct(start);
                return;
            }
        }
        const auto index = alternative_index(member.key());
        if (!index) {
            fail(std::string(target.name) + " has no such alternative");
        }
        const auto content = from_base64(text_of(member.value(), "a string"));
        if (!content) {
            fail("expected bytes in base64");
        }
        archive_ << *index << Bytes(*content);
    });
}

void JsonEncoder::write_enum(const Declared& type, const json::value& value)
{
    if (!value.is_string()) {
        write_number(type.underlying, value);
        return;
    }
    const json::string& name = value.get_string();
    const auto found = type.numbers.find(std::string_view(name));
    if (found != type.numbers.end()) {
        const json::value number = type.underlying == TypeKind::uint64
                                       ? json::value(static_cast<std::uint64_t>(found->second))
                                       : json::value(found->second);
        write_number(type.underlying, number);
        return;
    }
    const bool is_number = !name.empty() && (name[0] == '-' || (name[0] >= '0' && name[0] <= '9'));
    if (!is_number) {
        fail(std::string(type.name) + " has no value '" + std::string(name.subview(0, 100)) + "'");
    }
    write_number(type.underlying, value);
}

void JsonEncoder::write_reference(const Declared& type, bool is_optional, const json::value& value)
{
    if (value.is_null()) {
        if (!is_optional) {
            fail("a reference to a " + std::string(type.name) + " must not be null");
        }
        archive_ << std::uint8_t{0};
        return;
    }
    const json::string& url = text_of(value, "the URL of an object, a string");
    if (names_ == nullptr || archive_.marshaller() == nullptr || type.interface == nullptr) {
        fail("references cannot be stored here");
    }
    archive_.marshaller()->save(archive_, names_->find(*type.interface, url), *type.interface);
}

void JsonEncoder::write_elements(const Type& type, const json::value& value, const TypeScope* scope)
{
    if (!value.is_array()) {
        fail_expected("an array", value);
    }
    const json::array& elements = value.get_array();
    if (type.kind == TypeKind::array && elements.size() != type.length) {
        fail("expected " + std::to_string(type.length) + " elements, found " + std::to_string(elements.size()));
    }
    if (type.kind != TypeKind::array) {
        archive_ << static_cast<std::uint32_t>(elements.size());
    }
    const Type& key = key_type(type, scope);
    MapKeys keys(key);
    for (std::size_t index = 0; index < elements.size(); ++index) {
        within('[' + std::to_string(index) + ']', [&] {
            if (type.kind == TypeKind::set) {
                add_key(keys, key, elements[index], index);
            } else {
                write(type.arguments[0], elements[index], scope);
            }
        });
    }
    for (const auto& [order, element] : keys.sorted()) {
        write_raw(element.bytes);
    }
}

const Type& JsonEncoder::key_type(const Type& container, const TypeScope* scope) const
{
    const bool is_keyed = container.kind == TypeKind::set || container.kind == TypeKind::map;
    const Type& key = is_keyed ? argument_of(container.arguments[0], scope) : container.arguments[0];
    if (is_keyed && !is_key(key)) {
        fail("a set or map of what cannot be a key");
    }
    return key;
}

void JsonEncoder::add_key(MapKeys& keys, const Type& type, const json::value& key, std::size_t index)
{
    Buffer buffer;
    OutputArchive archive(buffer);
    JsonEncoder(graph_, archive, nullptr).encode(type, key, path_);
    if (!keys.add(buffer.bytes(), index)) {
        fail("it is there already");
    }
}

void JsonEncoder::write_map(const Type& type, const json::value& value, const TypeScope* scope)
{
    std::vector<std::pair<json::value, const json::value*>> entries;
    const Type& key_of_type = key_type(type, scope);
    if (value.is_object()) {
        for (const auto& member : value.get_object()) {
            entries.emplace_back(key_json(key_of_type, member.key()), &member.value());
        }
    } else if (value.is_array()) {
        for (const json::value& pair : value.get_array()) {
            if (!pair.is_array() || pair.get_array().size() != 2) {
                fail("expected pairs, arrays of a key and a value");
            }
            entries.emplace_back(pair.get_array()[0], &pair.get_array()[1]);
        }
    } else {
        fail_expected("an object", value);
    }
    archive_ << static_cast<std::uint32_t>(entries.size());
    MapKeys keys(key_of_type);
    for (std::size_t index = 0; index < entries.size(); ++index) {
        within('[' + json::serialize(entries[index].first) + ']',
               [&] { add_key(keys, key_of_type, entries[index].first, index); });
    }
    for (const auto& [order, key] : keys.sorted()) {
        const auto& entry = entries[key.index];
        write_raw(key.bytes);
        within('[' + json::serialize(entry.first) + ']', [&] { write(type.arguments[1], *entry.second, scope); });
    }
}

void JsonEncoder::write_any(const json::value& value)
{
    if (value.is_null() || (value.is_object() && value.get_object().empty())) {
        archive_ << Any();
        return;
    }
    const json::object* const members = value.if_object();
    const json::value* const type = members != nullptr ? members->if_contains("type") : nullptr;
    const json::value* const content = members != nullptr ? members->if_contains("value") : nullptr;
    const json::value* const raw = members != nullptr ? members->if_contains("base64") : nullptr;
    if (type == nullptr || !type->is_string() || members->size() != 2 || (content == nullptr) == (raw == nullptr)) {
        fail("expected an object with 'type' and 'value', or 'type' and 'base64'");
    }
    Any any;
    any.type = std::string(type->get_string());
    if (raw != nullptr) {
        const auto bytes = raw->is_string() ? from_base64(raw->get_string()) : std::nullopt;
        if (!bytes) {
            fail("expected bytes in base64");
        }
        any.content = Bytes(*bytes);
    } else {
        if (anys_ == max_anys) {
            fail("values of the type any are nested too deep");
        }
        Buffer buffer(max_any_size);
        OutputArchive archive(buffer);
        JsonEncoder inner(graph_, archive, nullptr);
        inner.anys_ = anys_ + 1;
        inner.encode(graph_.resolve(any.type), *content, path_ + ".value");
        any.content = Bytes(buffer.bytes());
    }
    archive_ << any;
}

void JsonEncoder::write_number(TypeKind kind, const json::value& value)
{
    switch (kind) {
        case TypeKind::int8:
            return write_integer<std::int8_t>(value, "int8");
        case TypeKind::int16:
            return write_integer<std::int16_t>(value, "int16");
        case TypeKind::int32:
            return write_integer<std::int32_t>(value, "int32");
        case TypeKind::int64:
            return write_integer<std::int64_t>(value, "int64");
        case TypeKind::uint8:
            return write_integer<std::uint8_t>(value, "uint8");
        case TypeKind::uint16:
            return write_integer<std::uint16_t>(value, "uint16");
        case TypeKind::uint32:
            return write_integer<std::uint32_t>(value, "uint32");
        case TypeKind::uint64:
            return write_integer<std::uint64_t>(value, "uint64");
        default:
            return write_floating(value, kind == TypeKind::float32);
    }
}

template <class T>
void JsonEncoder::write_integer(const json::value& value, std::string_view type)
{
    const auto number = integer_of(value);
    if (!number && (value.is_number() || value.is_string())) {
        fail(value.is_number() ? json::serialize(value) + " is no " + std::string(type)
                               : "expected a number, found a string");
    }
    if (!number) {
        fail_expected("a number", value);
    }
    if (!number->fits<T>()) {
        fail((value.is_string() ? std::string(value.get_string().subview(0, 50)) : json::serialize(value)) +
             " is out of the range of " + std::string(type));
    }
    archive_ << static_cast<T>(number->bits());
}

void JsonEncoder::write_floating(const json::value& value, bool is_single)
{
    const auto named = value.is_string() ? parse_double(value.get_string()) : std::nullopt;
    if (!named && !value.is_number()) {
        fail_expected("a number", value);
    }
    const double number = named ? *named : value.to_number<double>();
    // What JSON reads as infinite was a finite number there; infinity has a name.
    const double largest = is_single ? double{std::numeric_limits<float>::max()} : std::numeric_limits<double>::max();
    if (!named && std::abs(number) > largest) {
        fail((std::isfinite(number) ? json::serialize(value) : "it") + " is out of the range of " +
             (is_single ? "float" : "double"));
    }
    if (!is_single) {
        archive_ << number;
        return;
    }
    archive_ << static_cast<float>(number);
}

void JsonEncoder::write_string(const json::value& value)
{
    archive_ << std::string_view(text_of(value, "a string"));
}

void JsonEncoder::write_time(const json::value& value, bool is_point)
{
    if (value.is_number()) {
        write_integer<std::int64_t>(value, is_point ? "timestamp" : "duration");
        return;
    }
    const json::string& text = text_of(value, "a string");
    const auto time = is_point ? parse_timestamp(text) : std::nullopt;
    const auto span = is_point ? std::nullopt : parse_duration(text);
    if (!time && !span) {
        fail(is_point ? "expected a time, as 2024-02-29T12:30:00.5Z" : "expected a duration, as 1.5s, 20ms or 2h");
    }
    archive_ << (is_point ? time->time_since_epoch() : *span);
}

void JsonEncoder::write_decimal(const json::value& value)
{
    Decimal decimal;
    if (value.is_object()) {
        const auto parts = decimal_of(value.get_object());
        if (!parts) {
            fail("expected a decimal, as \"12.50\"");
        }
        decimal = *parts;
    } else if (value.is_double() || !(value.is_number() || value.is_string())) {
        fail("expected a decimal in a string, as \"12.50\", found " + std::string(kind_text(value)));
    } else if (!Decimal::try_parse(value.is_string() ? std::string(value.get_string()) : json::serialize(value),
                                   decimal)) {
        fail("expected a decimal, as \"12.50\", of at most 28 digits");
    }
    archive_ << decimal;
}

void JsonEncoder::write_raw(std::string_view bytes)
{
    archive_.save_binary(bytes.data(), bytes.size());
}

void JsonEncoder::write_default(const Field& field, const TypeScope* scope)
{
    if (field.value) {
        write(field.type, *field.value, scope);
    } else {
        write_zero(field.type, scope);
    }
}

void JsonEncoder::write_zero(const Type& type, const TypeScope* scope)
{
    static const json::value zero = 0;
    if (type.is_optional) {
        archive_ << std::uint8_t{0};
        return;
    }
    switch (type.kind) {
        case TypeKind::boolean:
            archive_ << false;
            return;
        case TypeKind::string:
        case TypeKind::bytes:
        case TypeKind::list:
        case TypeKind::set:
        case TypeKind::map:
            archive_ << std::uint32_t{0};
            return;
        case TypeKind::character:
            archive_ << char16_t{0};
            return;
        case TypeKind::timestamp:
        case TypeKind::duration:
            archive_ << std::int64_t{0};
            return;
        case TypeKind::uuid:
            archive_ << Uuid();
            return;
        case TypeKind::decimal:
            archive_ << Decimal();
            return;
        case TypeKind::any:
            archive_ << Any();
            return;
        case TypeKind::array:
            for (std::uint32_t index = 0; index < type.length; ++index) {
                write_zero(type.arguments[0], scope);
            }
            return;
        case TypeKind::declared:
            write_zero_declared(type, scope);
            return;
        case TypeKind::stream:
            fail("streams are not for dynamic calls");
        default:
            write_number(type.kind, zero);
    }
}

void JsonEncoder::write_zero_declared(const Type& type, const TypeScope* scope)
{
    if (type.declared == nullptr) {
        write_zero(scope->type.arguments[type.parameter], scope->outer);
        return;
    }
    const TypeScope inner{type, scope};
    switch (type.declared->form) {
        case TypeForm::structure: {
            const std::size_t start = archive_.begin_struct();
            for (const Field& field : type.declared->fields) {
                within('.' + std::string(field.name), [&] { write_default(field, &inner); });
            }
            archive_.end_struct(start);
            return;
        }
        case TypeForm::variant: {
            archive_ << std::uint32_t{0};
            const std::size_t start = archive_.begin_struct();
            if (!type.declared->fields.empty() && !type.declared->fields[0].is_reserved) {
                write_zero(type.declared->fields[0].type, &inner);
            }
            archive_.end_struct(start);
            return;
        }
        case TypeForm::enumeration:
            write_number(type.declared->underlying, json::value(0));
            return;
        case TypeForm::interface:
            fail("a reference to a " + std::string(type.declared->name) + " must be given");
        case TypeForm::native:
            fail("values of the native type " + std::string(type.declared->name) + " are known to C++ only");
    }
}

template <class F>
void JsonEncoder::within(std::string_view step, F write_part)
{
    const std::size_t length = path_.size();
    path_ += step;
    write_part();
    path_.resize(length);
}

const json::string& JsonEncoder::text_of(const json::value& value, std::string_view expected)
{
    if (!value.is_string()) {
        fail_expected(expected, value);
    }
    return value.get_string();
}

void JsonEncoder::fail(std::string problem) const
{
    throw JsonError(path_, std::move(problem));
}

void JsonEncoder::fail_expected(std::string_view expected, const json::value& found) const
{
    fail("expected " + std::string(expected) + ", found " + std::string(kind_text(found)));
}

}  // namespace remoting
