// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "type_graph.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace remoting {

/// Keys of a map or elements of a set, encoded: in the order in which generated code has them, each once.
class MapKeys final {
public:
    struct Key {
        std::string bytes;
        std::size_t index;  ///< as it was added
    };
    /// How its C++ type compares: as a number, or as bytes.
    using Order = std::pair<std::uint64_t, std::string>;

    /// @param type no parameter of a generic struct
    explicit MapKeys(const Type& type) noexcept : type_(type) {}

    /// False when it is there already.
    bool add(std::span<const std::byte> bytes, std::size_t index);
    const std::map<Order, Key>& sorted() const noexcept { return keys_; }

private:
    Order order_of(std::string_view bytes) const;

    const Type& type_;
    std::map<Order, Key> keys_;
};

/// Whether values of the type may be keys; it is no parameter of a generic struct.
bool is_key(const Type& type) noexcept;
/// A key as it is written as the name of a member, and back.
std::string key_text(const boost::json::value& key);
boost::json::value key_json(const Type& type, std::string_view text);

}  // namespace remoting
