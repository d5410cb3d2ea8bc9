// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace remoting {

class Buffer;

// Behind the payload of a message with flag_references: the URIs of the sender's objects that the payload mentions,
// each as often as it was counted for the receiver. So the receiver can give back what it does not decode. u16+bytes
// each, then u32: how many bytes they take together.

/// @throws RemotingError limit_exceeded
void append_reference_list(Buffer& payload, std::span<const std::string> uris);

/// A list that arrived. A view of the message's bytes.
class ReferenceList {
public:
    ReferenceList() noexcept = default;
    /// Takes the list off the end of `body`. Empty when it is malformed.
    static std::optional<ReferenceList> take_from(std::span<const std::byte>& body) noexcept;

    bool empty() const noexcept { return bytes_.empty(); }
    /// Takes the first URI off; the list is not empty.
    std::string_view pop() noexcept;

private:
    explicit ReferenceList(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {}

    std::span<const std::byte> bytes_;
};

}  // namespace remoting
