// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/serialization/decode_limits.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace remoting {

/// How much of everything a peer may ask for. Sizes in bytes.
struct Limits {
    std::size_t message_size = std::size_t{4} * 1024 * 1024;
    std::size_t header_size = std::size_t{16} * 1024;

    // Before a peer is authenticated.
    std::size_t unauthenticated_size = std::size_t{4} * 1024;
    std::chrono::milliseconds unauthenticated_time = std::chrono::seconds(10);
    std::uint32_t unauthenticated_connections = 64;

    std::uint32_t call_depth = 64;  ///< calls nested in calls, across processes
    DecodeLimits decode{};

    std::uint32_t requests_in_flight = 1024;  ///< of one connection
    std::uint32_t connections = 10'000;
    /// Client-activated objects that live: of one client's session, of one principal (the user of a pipe, the host of a TCP
    /// peer), of the server. Creating one more is refused with resource_exhausted.
    std::uint32_t activated_per_session = 100'000;
    std::uint32_t activated_per_principal = 1'000'000;
    std::uint32_t activated = 1'000'000;
    std::uint32_t subscriptions = 1024;  ///< to events, of one connection
    std::uint32_t event_queue = 4096;    ///< events that wait for one subscriber

    std::chrono::milliseconds write_stall =
        std::chrono::seconds(30);  ///< a peer that takes no bytes for so long is dropped
    std::chrono::milliseconds ping_interval = std::chrono::seconds(30);  ///< of silence before a ping
    /// A connection over which nothing was called for so long, and through which neither side holds objects of the other, is
    /// closed; the next call makes a new one. 0: never.
    std::chrono::milliseconds idle_close = std::chrono::milliseconds(0);
    std::chrono::milliseconds ping_timeout = std::chrono::seconds(10);   ///< for its answer
    std::chrono::milliseconds drain = std::chrono::seconds(30);          ///< for running calls in a graceful stop

    /// @throws RemotingError invalid_argument naming the first limit that is out of its range, and the range.
    void validate() const;
};

}  // namespace remoting
