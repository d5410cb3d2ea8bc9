// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "socket/file_descriptor.hpp"

#include <remoting/channels/accept_log.hpp>
#include <remoting/channels/channel_host.hpp>

#include <functional>
#include <memory>
#include <string>

namespace remoting {

/// Accepts on a listening socket, on the host's io_context, until it is destroyed: survives connections that are
/// gone before they are accepted, and waits 100 ms whenever descriptors or memory have run out.
class AcceptLoop final {
public:
    /// Makes a stream of an accepted, blocking socket; null drops it without a word, a RemotingError with a log entry.
    using StreamMaker = std::function<std::unique_ptr<ByteStream>(FileDescriptor)>;

    /// `local_url` goes with each stream to host.accept().
    AcceptLoop(FileDescriptor listening, ChannelHost& host, std::string local_url, StreamMaker make_stream,
               AcceptLog log);
    /// Stops, waits for host.accept() if it is running on another thread, and closes the socket. Needs nobody to run
    /// the io_context.
    ~AcceptLoop();
    AcceptLoop(const AcceptLoop&) = delete;
    AcceptLoop& operator=(const AcceptLoop&) = delete;

    const std::string& local_url() const noexcept;

private:
    class Acceptor;
    std::shared_ptr<Acceptor> acceptor_;  // shared with the handler that is waiting in the io_context
};

}  // namespace remoting
