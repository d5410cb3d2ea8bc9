// SPDX-License-Identifier: BSL-1.0
//
// What a named pipe and a mailslot make of bytes: a greeting, then messages. The first byte says in which pieces they
// arrive; messages must be the same whatever the pieces are, and storage in proportion to what arrived.

#include "named_pipe/message_reader.hpp"
#include "named_pipe/pipe_instance.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

namespace {

constexpr std::size_t limit = 100'000;

struct Messages {
    std::vector<std::vector<std::byte>> list;
    bool too_long = false;
    bool operator==(const Messages&) const = default;
};

Messages read_all(std::span<const std::byte> bytes, std::size_t piece)
{
    remoting::MessageReader reader(limit);
    Messages messages;
    std::size_t arrived = 0;
    for (;;) {
        const auto result = reader.next();
        if (result.status == remoting::MessageReader::Status::message) {
            messages.list.emplace_back(result.message.begin(), result.message.end());
            continue;
        }
        if (result.status == remoting::MessageReader::Status::too_long) {
            messages.too_long = true;
            return messages;
        }
        if (bytes.empty()) {
            return messages;
        }
        const auto room = reader.room();
        const std::size_t count = std::min({room.size(), piece, bytes.size()});
        arrived += count;
        if (room.size() > 2 * arrived + 200'000) {
            std::abort();
        }
        std::memcpy(room.data(), bytes.data(), count);
        reader.commit(count);
        bytes = bytes.subspan(count);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::span<const std::byte> bytes = std::as_bytes(std::span(data, size));
    if (bytes.size() < 1 + remoting::PipeGreeting::size) {
        return 0;
    }
    const std::size_t piece = std::to_integer<std::size_t>(bytes[0]) + 1;
    bytes = bytes.subspan(1);
    const auto head = bytes.first<remoting::PipeGreeting::size>();
    if (const auto greeting = remoting::PipeGreeting::decode(head)) {
        if (!std::ranges::equal(greeting->encode(), head) && head[6] == std::byte{} && head[7] == std::byte{}) {
            std::abort();
        }
    }
    bytes = bytes.subspan(remoting::PipeGreeting::size);
    if (read_all(bytes, piece) != read_all(bytes, bytes.size() + 1)) {
        std::abort();
    }
    return 0;
}
