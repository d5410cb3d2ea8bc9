// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace remoting {

/// Who is at the other end, as far as the transport knows.
struct PeerIdentity {
    std::string address;    ///< for messages: "127.0.0.1:53122", "pid 4711"; not for decisions
    bool is_local = false;  ///< on this machine, as the kernel says
    std::optional<std::uint32_t> user_id;
    std::optional<std::uint32_t> group_id;
    bool is_self = false;  ///< the process itself, of an object of its own

    /// Whom calls are made for, as far as it is known: "user 1000", else the host.
    std::string principal() const;
};

struct IoResult {
    enum class Status : std::uint8_t {
        done,         ///< `bytes` were moved, at least one
        would_block,  ///< nothing could be moved now
        closed,       ///< the peer closed its side, or shutdown() was called
        failed,       ///< `error` says why
    };
    Status status = Status::failed;
    std::size_t bytes = 0;
    int error = 0;  ///< errno
};

/// A connected, ordered, reliable stream of bytes: what a transport must provide; framing, calls and objects are
/// built on it once, for all of them.
///
/// Threads: one thread reads and one writes at a time, not necessarily the same ones; shutdown() comes from any.
/// Ownership: the connection built on it owns it.
class ByteStream {
public:
    virtual ~ByteStream() = default;

    /// Never waits.
    virtual IoResult read_some(std::span<std::byte> buffer) = 0;
    /// Waits for the first byte, at most about a quarter of a second (then would_block); shutdown() ends the wait.
    virtual IoResult read_some_wait(std::span<std::byte> buffer) = 0;
    /// Gathers from up to 64 buffers; never waits.
    virtual IoResult write_some(std::span<const std::span<const std::byte>> buffers) = 0;
    /// Becomes readable and writable, in the sense of poll(2), when read_some and write_some would move something.
    virtual int descriptor() const noexcept = 0;
    /// Ends both directions: pending and later reads and writes return `closed`. The descriptor stays valid.
    virtual void shutdown() noexcept = 0;
    virtual const PeerIdentity& peer() const noexcept = 0;
};

}  // namespace remoting
