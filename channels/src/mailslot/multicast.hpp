// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "mailslot/slot_address.hpp"
#include "mailslot/slot_sender.hpp"
#include "socket/file_descriptor.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace remoting {

/// A datagram between mailslots of the local network: u32 "RMSL", u8 version 0, u8 length and bytes of the slots' name or
/// pattern, an Envelope. Little-endian. No longer than what passes an Ethernet without being cut up.
struct NetworkMessage {
    std::string_view name;
    std::span<const std::byte> envelope;

    static std::string encode_head(std::string_view name);
    /// Views of `datagram`, which is hostile. Nothing when it is malformed, or of another version.
    static std::optional<NetworkMessage> decode(std::span<const std::byte> datagram) noexcept;
};

inline constexpr std::size_t longest_datagram = 1400;

/// A socket that gets what is sent to the group on that interface. @throws RemotingError
FileDescriptor join_network(const SlotAddress& address);

/// To all slots of the local network that listen to it, and whose names match. Nobody knows who got it.
class MulticastSender final : public SlotSender {
public:
    /// @throws RemotingError
    explicit MulticastSender(const SlotAddress& address);
    using SlotSender::send;
    void send(std::span<const std::byte> head, std::span<const std::byte> content, TimePoint deadline) override;
    std::size_t message_limit() const noexcept override { return longest_datagram - head_.size(); }

private:
    const SlotAddress address_;
    const std::string head_;
    const FileDescriptor socket_;
};

}  // namespace remoting
