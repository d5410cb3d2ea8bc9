// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/messaging/random_source.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace remoting {

/// The id of a message as it is stored: its higher half first, so that ids in a row lie side by side in an index.
using StoredId = std::array<std::byte, 16>;

inline StoredId bytes_of(const Id128& id) noexcept
{
    StoredId bytes{};
    for (std::size_t i = 0; i < 8; ++i) {
        bytes[i] = static_cast<std::byte>(id.high >> (56 - 8 * i));
        bytes[8 + i] = static_cast<std::byte>(id.low >> (56 - 8 * i));
    }
    return bytes;
}

inline Id128 id_of(const StoredId& bytes) noexcept
{
    Id128 id{};
    for (std::size_t i = 0; i < 8; ++i) {
        id.high = id.high << 8U | static_cast<std::uint64_t>(bytes[i]);
        id.low = id.low << 8U | static_cast<std::uint64_t>(bytes[8 + i]);
    }
    return id;
}

}  // namespace remoting
