// SPDX-License-Identifier: BSL-1.0
//
// What a peer may send a stream's sink: how the stream ended, or values. The first byte chooses.

#include <remoting/errors/exceptions.hpp>
#include <remoting/proxies/stream_objects.hpp>

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace {

void read_end(std::span<const std::byte> bytes)
{
    remoting::InputArchive archive(bytes);
    static_cast<void>(remoting::detail::decode_end(archive, {}));
}

/// Values and their cost reach the queue, whose consumer gets them all or an end.
void read_items(std::span<const std::byte> bytes)
{
    using Text = std::pair<std::string, std::int32_t>;
    remoting::InputArchive archive(bytes);
    std::vector<Text> values;
    archive >> values;
    const std::size_t count = values.size();
    auto queue = std::make_shared<remoting::detail::StreamQueue<Text>>();
    queue->set_source(nullptr, nullptr, 64);
    queue->arrive(std::move(values), bytes.size() - archive.remaining());
    queue->close(nullptr);
    std::size_t got = 0;
    while (queue->next()) {
        ++got;
    }
    if (got != count) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) {
        return 0;
    }
    const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
    try {
        data[0] % 2 == 0 ? read_end(bytes) : read_items(bytes);
    } catch (const remoting::RemotingError&) {
    }
    return 0;
}
