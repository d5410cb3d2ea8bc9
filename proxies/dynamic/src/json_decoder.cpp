// SPDX-License-Identifier: BSL-1.0
#include "json_decoder.hpp"

#include "json_encoder.hpp"
#include "json_texts.hpp"
#include "map_keys.hpp"

#include <remoting/dispatch/remote_object.hpp>
#include <remoting/dynamic/json_error.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/proxies/proxy.hpp>

#include <boost/json/serialize.hpp>

#include <set>
#include <utility>

namespace remoting {

namespace {

namespace json = boost::json;

constexpr unsigned max_anys = 16;
constexpr std::size_t max_default_size = std::size_t{64} * 1024;

}  // namespace

json::value JsonDecoder::decode(const Field& field, std::string path)
{
    path_ = std::move(path);
    try {
        return archive_.remaining() == 0 ? read_default(field, nullptr) : read(field.type, nullptr);
    } catch (const RemotingError& error) {
        throw RemotingError(error.code(), error.executed(), path_ + ": " + error.cause());
    } catch (const JsonError& error) {  // of a default
        throw RemotingError(ErrorCode::invalid_payload, Executed::no, error.what());
    }
}

json::value JsonDecoder::read(const Type& type, const TypeScope* scope)
{
    if (type.kind == TypeKind::declared && type.declared != nullptr && type.declared->form == TypeForm::interface) {
        return read_reference(*type.declared, type.is_optional);
    }
    if (type.is_optional && !archive_.read<bool>()) {
        return nullptr;
    }
    return read_value(type, scope);
}

json::value JsonDecoder::read_value(const Type& type, const TypeScope* scope)
{
    switch (type.kind) {
        case TypeKind::boolean:
            return archive_.read<bool>();
        case TypeKind::string:
            return text(archive_.read<std::string>());
        case TypeKind::bytes:
            return text(base64(archive_.read<Bytes>()));
        case TypeKind::character:
            return text(character_text(archive_.read<char16_t>()));
        case TypeKind::timestamp:
            return text(timestamp_text(archive_.read<Timestamp>()));
        case TypeKind::duration:
            return text(duration_text(archive_.read<TimeSpan>()));
        case TypeKind::uuid:
            return text(archive_.read<Uuid>().to_string());
        case TypeKind::decimal:
            return text(archive_.read<Decimal>().to_string());
        case TypeKind::any:
            return read_any();
        case TypeKind::list:
        case TypeKind::set:
        case TypeKind::array:
            return read_elements(type, scope);
        case TypeKind::map:
            return read_map(type, scope);
        case TypeKind::stream:
            archive_.fail("streams are not for dynamic calls");
        case TypeKind::declared:
            return read_declared(type, scope);
        default:
            return read_number(type.kind);
    }
}

json::value JsonDecoder::read_number(TypeKind kind)
{
    switch (kind) {
        case TypeKind::int8:
            return archive_.read<std::int8_t>();
        case TypeKind::int16:
            return archive_.read<std::int16_t>();
        case TypeKind::int32:
            return archive_.read<std::int32_t>();
        case TypeKind::int64:
            return integer_json(archive_.read<std::int64_t>());
        case TypeKind::uint8:
            return std::int64_t{archive_.read<std::uint8_t>()};
        case TypeKind::uint16:
            return std::int64_t{archive_.read<std::uint16_t>()};
        case TypeKind::uint32:
            return std::int64_t{archive_.read<std::uint32_t>()};
        case TypeKind::uint64:
            return integer_json(archive_.read<std::uint64_t>());
        case TypeKind::float32:
            return float_json(archive_.read<float>());
        default:
            return double_json(archive_.read<double>());
    }
}

json::value JsonDecoder::read_declared(const Type& type, const TypeScope* scope)
{
    if (type.declared == nullptr) {
        return read(scope->type.arguments[type.parameter], scope->outer);
    }
    switch (type.declared->form) {
        case TypeForm::structure:
            return read_struct(type, scope);
        case TypeForm::variant:
            return read_variant(type, scope);
        case TypeForm::enumeration:
            return read_enum(*type.declared);
        default:
            archive_.fail("values of a native type are known to C++ only");
    }
}

json::value JsonDecoder::read_struct(const Type& type, const TypeScope* scope)
{
    json::object members;
    const TypeScope inner{type, scope};
    const std::byte* const outer_end = archive_.begin_struct();
    for (const Field& field : type.declared->fields) {
        charge(sizeof(json::key_value_pair) + field.name.size());
        json::value member = within('.' + std::string(field.name), [&] {
            return archive_.remaining() == 0 ? read_default(field, &inner) : read(field.type, &inner);
        });
        if (!field.is_reserved) {
            members.insert_or_assign(field.name, std::move(member));
        }
    }
    archive_.end_struct(outer_end);
    return members;
}

json::value JsonDecoder::read_variant(const Type& type, const TypeScope* scope)
{
    const Declared& target = *type.declared;
    const auto index = archive_.read<std::uint32_t>();
    const std::byte* const outer_end = archive_.begin_struct();
    json::object member;
    charge(sizeof(json::key_value_pair));
    if (index < target.fields.size() && !target.fields[index].is_reserved) {
        const Field& field = target.fields[index];
        const TypeScope inner{type, scope};
        charge(field.name.size());
        member[field.name] = within('.' + std::string(field.name), [&] {
            return archive_.remaining() == 0 ? read_default(field, &inner) : read(field.type, &inner);
        });
    } else {
        std::string content(archive_.remaining(), '\0');
        charge(content.size());
        archive_.load_binary(content.data(), content.size());
        member['#' + std::to_string(index)] = text(base64(std::as_bytes(std::span(content))));
    }
    archive_.end_struct(outer_end);
    return member;
}

json::value JsonDecoder::read_enum(const Declared& type)
{
    json::value number = read_number(type.underlying);
    const auto whole = integer_of(number);
    const auto found = type.names.find(whole->bits());
    return found == type.names.end() ? number : text(found->second);
}

json::value JsonDecoder::read_reference(const Declared& type, bool is_optional)
{
    if (names_ == nullptr || archive_.marshaller() == nullptr || type.interface == nullptr) {
        if (archive_.read<std::uint8_t>() != 0) {
            archive_.fail("references cannot be read here");
        }
        return nullptr;
    }
    const auto object = archive_.marshaller()->load(archive_, *type.interface);
    if (object == nullptr) {
        if (!is_optional) {
            archive_.fail("a reference must not be null");
        }
        return nullptr;
    }
    return text(names_->name_of(object));
}

json::value JsonDecoder::read_elements(const Type& type, const TypeScope* scope)
{
    json::array elements;
    const std::size_t size = type.kind == TypeKind::array ? type.length : count(1);
    std::set<std::string> known;
    for (std::size_t index = 0; index < size; ++index) {
        charge(sizeof(json::value));
        elements.push_back(within('[' + std::to_string(index) + ']', [&] {
            json::value element = read(type.arguments[0], scope);
            if (type.kind == TypeKind::set) {
                std::string key = key_text(element);
                charge(sizeof(std::string) + 40 + key.size());
                if (!known.insert(std::move(key)).second) {
                    archive_.fail("a set holds an element twice");
                }
            }
            return element;
        }));
    }
    return elements;
}

json::value JsonDecoder::read_map(const Type& type, const TypeScope* scope)
{
    json::object entries;
    const std::size_t size = count(2);
    for (std::size_t index = 0; index < size; ++index) {
        const json::value key =
            within('[' + std::to_string(index) + ']', [&] { return read(type.arguments[0], scope); });
        const std::string name = key_text(key);
        charge(sizeof(json::key_value_pair) + name.size());
        json::value mapped = within('[' + json::serialize(key) + ']', [&] { return read(type.arguments[1], scope); });
        if (!entries.emplace(name, std::move(mapped)).second) {
            archive_.fail("a map holds a key twice");
        }
    }
    return entries;
}

json::value JsonDecoder::read_any()
{
    const auto any = archive_.read<Any>();
    if (!any.has_value()) {
        return json::object();
    }
    json::object members;
    charge(2 * sizeof(json::key_value_pair));
    members["type"] = text(any.type);
    if (anys_ < max_anys) {
        try {
            InputArchive content(any.content);
            JsonDecoder inner(graph_, content, nullptr);
            inner.anys_ = anys_ + 1;
            Field field{"value", graph_.resolve(any.type), {}, false};
            json::value value = inner.decode(field, {});
            archive_.charge(DecodeLimits{}.memory_factor * any.content.size());
            members["value"] = std::move(value);
            return members;
        } catch (const RemotingError&) {
            // A type that is not known here, or bytes that are no value of it: shown as they are.
        }
    }
    members["base64"] = text(base64(any.content));
    return members;
}

json::value JsonDecoder::read_default(const Field& field, const TypeScope* scope)
{
    Buffer buffer(max_default_size);
    OutputArchive encoded(buffer);
    JsonEncoder(graph_, encoded, nullptr).encode_default(field, path_, scope);
    charge(buffer.size() * sizeof(json::value));
    InputArchive archive(buffer.bytes(), {.memory_factor = sizeof(json::key_value_pair)});
    JsonDecoder inner(graph_, archive, nullptr);
    inner.path_ = path_;
    return inner.read(field.type, scope);
}

json::value JsonDecoder::text(std::string_view text)
{
    charge(text.size());
    return json::value(json::string_view(text.data(), text.size()));
}

/// JSON takes about twice what the values of C++ do that the budget is meant for.
void JsonDecoder::charge(std::size_t bytes)
{
    archive_.charge(bytes / 2);
}

std::size_t JsonDecoder::count(std::size_t least_size)
{
    const std::size_t count = archive_.read<std::uint32_t>();
    if (count > archive_.remaining() / least_size) {
        archive_.fail("a count is larger than the payload");
    }
    return count;
}

template <class F>
json::value JsonDecoder::within(std::string_view step, F read_part)
{
    const std::size_t length = path_.size();
    path_ += step;
    json::value value = read_part();
    path_.resize(length);
    return value;
}

}  // namespace remoting
