// SPDX-License-Identifier: BSL-1.0
#include "map_keys.hpp"

#include <boost/json/serialize.hpp>

#include <cstring>

namespace remoting {

bool MapKeys::add(std::span<const std::byte> bytes, std::size_t index)
{
    std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    Order order = order_of(text);
    return keys_.emplace(std::move(order), Key{std::move(text), index}).second;
}

MapKeys::Order MapKeys::order_of(std::string_view bytes) const
{
    const TypeKind kind = type_.kind == TypeKind::declared ? type_.declared->underlying : type_.kind;
    if (kind == TypeKind::string) {
        return {0, std::string(bytes.substr(sizeof(std::uint32_t)))};
    }
    if (kind == TypeKind::uuid) {
        return {0, std::string(bytes)};
    }
    std::uint64_t number = 0;
    std::memcpy(&number, bytes.data(), std::min(bytes.size(), sizeof number));
    const bool is_signed = (kind >= TypeKind::int8 && kind <= TypeKind::int64) || kind == TypeKind::timestamp ||
                           kind == TypeKind::duration;
    // Of a signed number the top bit is turned, so that negative ones come first.
    return {is_signed ? number ^ std::uint64_t{1} << (8 * bytes.size() - 1) : number, {}};
}

bool is_key(const Type& type) noexcept
{
    switch (type.kind) {
        case TypeKind::float32:
        case TypeKind::float64:
        case TypeKind::bytes:
        case TypeKind::decimal:
        case TypeKind::any:
        case TypeKind::list:
        case TypeKind::set:
        case TypeKind::array:
        case TypeKind::map:
        case TypeKind::stream:
            return false;
        case TypeKind::declared:
            return !type.is_optional && type.declared != nullptr && type.declared->form == TypeForm::enumeration;
        default:
            return !type.is_optional;
    }
}

std::string key_text(const boost::json::value& key)
{
    return key.is_string() ? std::string(key.get_string()) : boost::json::serialize(key);
}

boost::json::value key_json(const Type& type, std::string_view text)
{
    if (type.kind == TypeKind::boolean && (text == "true" || text == "false")) {
        return text == "true";
    }
    return boost::json::value(boost::json::string_view(text.data(), text.size()));
}

}  // namespace remoting
