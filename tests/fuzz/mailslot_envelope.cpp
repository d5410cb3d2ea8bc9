// SPDX-License-Identifier: BSL-1.0
//
// A mailslot's message from anybody, to a slot that has an object: it reads as what it was made of, and never more.

#include "mailslot/envelope.hpp"
#include "mailslot/multicast.hpp"
#include "mailslot/slot_address.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto bytes = std::as_bytes(std::span(data, size));
    if (const auto envelope = remoting::Envelope::decode(bytes)) {
        std::string again = envelope->encode_head();
        again.append(reinterpret_cast<const char*>(envelope->content.data()), envelope->content.size());
        if (again.size() != size || (size != 0 && std::memcmp(again.data(), data, size) != 0)) {
            std::abort();
        }
    }
    if (const auto message = remoting::NetworkMessage::decode(bytes)) {
        const std::string head = remoting::NetworkMessage::encode_head(message->name);
        if (head.size() + message->envelope.size() != size || std::memcmp(head.data(), data, head.size()) != 0) {
            std::abort();
        }
    }
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto half = size / 2;
    if (!remoting::matches("*", text) || (text.find('*') == std::string_view::npos && !remoting::matches(text, text))) {
        std::abort();
    }
    remoting::matches(text.substr(0, half), text.substr(half));
    return 0;
}
