// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace remoting {

/// A message of a mailslot: u8 kind; of a call (2) u16 length and bytes of the object's URI, of the interface's and of
/// the method's name, then the encoded arguments; of a raw message (1) the bytes. Little-endian.
struct Envelope {
    static constexpr std::size_t kind_size = 1;  ///< which limits and sizes that users see do not count
    bool is_call = false;
    std::string_view object;
    std::string_view interface_name;
    std::string_view method;
    std::span<const std::byte> content;

    /// What comes before the content. @throws RemotingError limit_exceeded when a name is too long
    std::string encode_head() const;
    /// Views of `message`, which is hostile. Nothing when it is malformed.
    static std::optional<Envelope> decode(std::span<const std::byte> message) noexcept;
};

}  // namespace remoting
