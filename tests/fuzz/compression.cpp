// SPDX-License-Identifier: BSL-1.0
#include <remoting/errors/exceptions.hpp>
#include <remoting/sinks/compression_sink.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <utility>

// Arbitrary payloads for the decompressing side, which must not grow beyond their limit; and, compressed before, ones
// that come out as they were.

namespace {

void check(bool condition)
{
    if (!condition) {
        std::abort();
    }
}

remoting::Limits limits()
{
    remoting::Limits limits;
    limits.message_size = std::size_t{256} * 1024;
    limits.decode.memory_base = 4096;
    return limits;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static remoting::CompressionSink sink({.level = 1, .threshold = 16}, limits());
    const auto bytes = std::as_bytes(std::span(data, size));
    try {
        remoting::Buffer payload;
        sink.incoming(bytes, payload);
        check(payload.size() <= std::max(size, 4096 + 16 * size));
    } catch (const remoting::RemotingError&) {
    }
    remoting::Buffer sent;
    sent.append(bytes);
    sink.outgoing(sent);
    remoting::Buffer received;
    sink.incoming(std::as_const(sent).bytes(), received);
    check(std::ranges::equal(std::as_const(received).bytes(), bytes));
    return 0;
}
