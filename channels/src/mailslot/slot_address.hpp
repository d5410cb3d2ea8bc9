// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "pipe/pipe_endpoint.hpp"

#include <remoting/messaging/object_url.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace remoting {

/// Where on the local network slots are reached.
struct SlotNetwork {
    std::string interface_name;
    std::uint16_t port = 0;
    bool is_insecure_allowed = false;
};

/// What a mailslot's URL means.
struct SlotAddress {
    /// With the slot's name as its host, as pipes have it; the options "directory" and "owner" are left.
    ObjectUrl endpoint;
    std::string text;  ///< "mailslot://./name", for messages
    bool is_durable = false;
    bool is_pattern = false;  ///< the name has a '*': all slots it matches
    /// The host is '*': all slots of the network; an owner of a slot of this machine can listen to it, too.
    bool is_everywhere = false;
    std::optional<SlotNetwork> network;

    /// @param text_or_name "mailslot://./name" with options, or only a name
    /// @throws RemotingError invalid_url
    static SlotAddress parse(std::string_view text_or_name);
    static SlotAddress of(const ObjectUrl& url);
};

/// Bytes that a slot's owner may allow for a message.
inline constexpr std::size_t longest_message = std::size_t{64} * 1024 * 1024;

/// Sockets of slots, in the directory of pipes.
PipePlace slot_place(std::string directory);
inline constexpr std::string_view slot_prefix = "mailslot:";

/// Whether `name` matches a pattern in which each '*' stands for any characters.
bool matches(std::string_view pattern, std::string_view name) noexcept;

}  // namespace remoting
