// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/accept_log.hpp>
#include <remoting/channels/access_list.hpp>
#include <remoting/channels/byte_stream.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/types/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace remoting {

// Named pipes for those who want bytes without objects: duplex, between processes of this machine, in two modes. They
// share names, directories and access checks with pipe:// URLs (pipe_channel.hpp); objects and plain pipes cannot
// listen under one name at once.

enum class PipeMode : std::uint8_t {
    message,  ///< what one write() wrote, one read() reads; nothing is cut or joined
    byte,     ///< a stream
};

struct NamedPipeOptions {
    /// The server's; clients learn it when they connect.
    PipeMode mode = PipeMode::message;
    /// Bytes of the longest message: the smaller one of both ends' counts. 1 to 1 GiB.
    std::size_t message_limit = std::size_t{4} * 1024 * 1024;
    /// Clients connected at once; others wait in connect(). The server's; at least 1.
    std::size_t instances = 255;
    /// Who may connect beside the server's user; the server's.
    AccessList access = {};
    /// The client's: the user whose shared pipe it is, one with an access list. Empty: this user's private one.
    std::optional<std::uint32_t> owner = std::nullopt;
    /// As in PipeOptions.
    std::string directory = {};
    /// The server's: told who was refused.
    AcceptLog log = {};
};

class PipeInstance;

/// One end of a connected pipe.
///
/// Threads: one reads while another writes; close() comes from any. Waiting: a timeout of zero does not wait,
/// `infinite` has to be spelled.
/// Errors: RemotingError. invalid_argument and limit_exceeded leave the pipe as it was. deadline_exceeded does, too,
/// with executed `no`; with `maybe` part of a message has left, and the pipe is of no use any more. A server's end
/// throws protocol_error when what connected is not such a pipe.
class NamedPipe final {
public:
    /// Waits until the server takes this client on.
    /// @throws RemotingError connect_failed when nobody listens; deadline_exceeded when all instances are busy, or it
    /// is
    ///         a pipe of objects, which waits for more; permission_denied; invalid_url for a bad name; protocol_error
    ///         when something else answers
    static NamedPipe connect(std::string_view name, Duration timeout, const NamedPipeOptions& options = {});

    NamedPipe(NamedPipe&& other) noexcept;
    NamedPipe& operator=(NamedPipe&& other) noexcept;
    /// Closes. What was written can still be read at the other end.
    ~NamedPipe();

    PipeMode mode() const noexcept;
    /// Of the longest message that may be written. A server's end learns its client's limit with the first read or
    /// write, and says its own until then.
    std::size_t message_limit() const noexcept;
    const PeerIdentity& peer() const noexcept;

    /// Returns when all of it was handed to the kernel.
    /// @throws RemotingError limit_exceeded, deadline_exceeded, connection_lost
    void write(std::span<const std::byte> content, Duration timeout);
    void write(std::string_view content, Duration timeout) { write(std::as_bytes(std::span(content)), timeout); }
    /// A message, which may be empty, or in byte mode what is there, at least one byte. Nothing at the end: the other
    /// side closed, or this one did.
    /// @throws RemotingError deadline_exceeded, after which it can be tried again; connection_lost when the end came
    ///         within a message; limit_exceeded for a message that is too long, after which the pipe is closed
    std::optional<Bytes> read(Duration timeout);
    /// Writes a message and reads one, within the timeout. @throws RemotingError as both, connection_lost at the end
    Bytes transact(std::span<const std::byte> message, Duration timeout);

    /// Ends waits in read() and write() at both ends.
    void close() noexcept;

private:
    friend class NamedPipeServer;
    explicit NamedPipe(std::unique_ptr<PipeInstance> instance) noexcept;
    std::unique_ptr<PipeInstance> instance_;
};

/// A name that clients connect to. Its pipes may outlive it.
/// Threads: several may wait in accept(); close() comes from any.
class NamedPipeServer final {
public:
    /// @throws RemotingError invalid_url for a bad name, name_in_use, permission_denied, invalid_argument
    explicit NamedPipeServer(std::string_view name, NamedPipeOptions options = {});
    NamedPipeServer(const NamedPipeServer&) = delete;
    NamedPipeServer& operator=(const NamedPipeServer&) = delete;
    ~NamedPipeServer();

    /// Waits for a client, first for an instance to become free. Who is not on the access list is dropped.
    /// @throws RemotingError deadline_exceeded; shutting_down after close(); resource_exhausted
    NamedPipe accept(Duration timeout);
    /// Instances that are taken: by open pipes, and by waits in accept().
    std::size_t connected() const;
    /// Ends waits in accept().
    void close() noexcept;

private:
    class Acceptor;
    std::unique_ptr<Acceptor> acceptor_;
};

}  // namespace remoting
