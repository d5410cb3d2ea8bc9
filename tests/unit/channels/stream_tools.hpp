// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/byte_stream.hpp>

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace remoting::test {

using Bytes = std::vector<std::byte>;

inline Bytes bytes_of(std::string_view text)
{
    Bytes bytes(text.size());
    std::ranges::transform(text, bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
    return bytes;
}

inline Bytes pattern(std::size_t size, std::uint32_t seed)
{
    Bytes bytes(size);
    for (auto& byte : bytes) {
        seed = seed * 1664525U + 1013904223U;
        byte = static_cast<std::byte>(seed >> 24U);
    }
    return bytes;
}

inline bool write_all(ByteStream& stream, std::span<const std::byte> bytes)
{
    while (!bytes.empty()) {
        const std::array<std::span<const std::byte>, 1> parts{bytes};
        const IoResult result = stream.write_some(parts);
        if (result.status == IoResult::Status::would_block) {
            pollfd waiting{.fd = stream.descriptor(), .events = POLLOUT, .revents = 0};
            ::poll(&waiting, 1, -1);
            continue;
        }
        if (result.status != IoResult::Status::done) {
            return false;
        }
        bytes = bytes.subspan(result.bytes);
    }
    return true;
}

/// As many bytes, or fewer when the stream ends before.
inline Bytes read_exactly(ByteStream& stream, std::size_t size)
{
    Bytes bytes(size);
    std::size_t have = 0;
    while (have < size) {
        const IoResult result = stream.read_some_wait(std::span(bytes).subspan(have));
        if (result.status == IoResult::Status::closed || result.status == IoResult::Status::failed) {
            break;
        }
        have += result.bytes;
    }
    bytes.resize(have);
    return bytes;
}

/// The first result that is not a tick of the wait.
inline IoResult read_to_event(ByteStream& stream)
{
    std::array<std::byte, 64> buffer;
    for (;;) {
        const IoResult result = stream.read_some_wait(buffer);
        if (result.status != IoResult::Status::would_block) {
            return result;
        }
    }
}

}  // namespace remoting::test
