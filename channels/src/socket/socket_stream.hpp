// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "socket/file_descriptor.hpp"

#include <remoting/channels/byte_stream.hpp>

#include <atomic>

namespace remoting {

/// A byte stream over a connected socket that no reactor watches: it is in blocking mode with a receive timeout, so
/// that a reader who has nothing else to do waits in one recv(); all that must not wait says so for each call.
class SocketStream final : public ByteStream {
public:
    /// @throws std::system_error when the socket refuses its settings; the descriptor is closed then, too.
    SocketStream(FileDescriptor socket, PeerIdentity peer);

    IoResult read_some(std::span<std::byte> buffer) override;
    IoResult read_some_wait(std::span<std::byte> buffer) override;
    IoResult write_some(std::span<const std::span<const std::byte>> buffers) override;
    int descriptor() const noexcept override { return socket_.get(); }
    void shutdown() noexcept override;
    const PeerIdentity& peer() const noexcept override { return peer_; }

private:
    IoResult receive(std::span<std::byte> buffer, int flags) noexcept;
    IoResult sent(ssize_t result) const noexcept;
    IoResult failure(int error) const noexcept;

    FileDescriptor socket_;
    PeerIdentity peer_;
    std::atomic<bool> shut_down_{false};
};

}  // namespace remoting
