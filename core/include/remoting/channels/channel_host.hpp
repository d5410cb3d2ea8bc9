// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/connection.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/messaging/object_url.hpp>
#include <remoting/serialization/limits.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace remoting {

/// How an attempt to connect ended: with a connection, or with a RemotingError.
using Connected = std::function<void(std::exception_ptr, std::shared_ptr<Connection>)>;

class DispatchSink;
class ServerFormatterSink;

/// Where a call goes that arrived in a message of its own; null when this side does not serve any.
struct MessageTarget {
    const DispatchSink* dispatch = nullptr;
    const ServerFormatterSink* formatter = nullptr;
};

/// What a channel may use of the Client or Server it belongs to. Outlives the channel's connections and listeners.
/// Thread-safe.
class ChannelHost {
public:
    /// Resolving, connecting, accepting and timers run here, on a thread of ours or of the user's; never block it.
    virtual boost::asio::io_context& io_context() = 0;
    /// Makes a connection of a stream this side opened: exchanges hellos until `deadline` and starts serving calls
    /// the peer makes on it. @throws RemotingError version_mismatch, protocol_error, deadline_exceeded, ...
    virtual std::shared_ptr<Connection> open(std::unique_ptr<ByteStream> stream, const ObjectUrl& url,
                                             TimePoint deadline) = 0;
    /// The same without waiting; `done` is called once, on any thread. A host that does not override it waits.
    virtual void async_open(std::unique_ptr<ByteStream> stream, const ObjectUrl& url, TimePoint deadline, Connected done);
    /// Runs `work`, which may wait, on a thread of its own. The Client or Server waits for it when it ends. A host that
    /// does not override it waits at once.
    virtual void run_apart(std::function<void()> work);
    /// Serves a stream that a listener accepted; refuses it when the server is full or stopping. Never waits.
    virtual void accept(std::unique_ptr<ByteStream> stream, const std::string& local_url) noexcept = 0;
    /// For channels that carry messages and not streams. It lasts as long as this does.
    virtual MessageTarget message_target() const noexcept { return {}; }
    virtual const Limits& limits() const noexcept = 0;
    virtual const Clock& clock() const noexcept = 0;
    /// Whoever waits in connect() looks at it every stop_tick or so and gives up, shutting_down, once it is true.
    virtual bool is_stopping() const noexcept { return false; }
    static constexpr Duration stop_tick = std::chrono::milliseconds(50);

protected:
    ~ChannelHost() = default;
};

}  // namespace remoting
