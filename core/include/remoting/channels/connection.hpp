// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/byte_stream.hpp>
#include <remoting/dispatch/descriptors.hpp>
#include <remoting/errors/error_code.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/messaging/call_chain.hpp>
#include <remoting/messaging/overflow.hpp>
#include <remoting/messaging/pending_calls.hpp>
#include <remoting/messaging/sent_references.hpp>
#include <remoting/messaging/slab.hpp>
#include <remoting/serialization/buffer.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

namespace remoting {

class ReferenceMarshaller;

/// The alias of an object's URI on the connection it was last called on. Only connections touch it.
struct ObjectAlias {
    /// High half: the connection's serial number, low half: its alias there; 0: none.
    std::atomic<std::uint64_t> bound{0};
};

/// One call on its way out. Borrowed by the connection until call() or send() returns.
struct OutgoingCall {
    const InterfaceDescriptor& interface;
    const MethodDescriptor& method;
    const std::string& uri;
    ObjectAlias& alias;
    Buffer& arguments;  ///< encoded; consumed
    TimePoint deadline;
    /// Of the arguments, behind which their list is already. The connection says leave() when the request leaves.
    SentReferences& references;
    /// The chain and depth to continue; null: this call starts a chain.
    const CallChain* chain = nullptr;
    bool has_context = false;  ///< behind the arguments
    Overflow overflow = Overflow::wait;  ///< if it is one-way
};

/// The terminal answer to a call.
struct IncomingReply {
    ErrorCode status = ErrorCode::ok;
    Executed executed = Executed::maybe;
    Payload payload;
    bool has_context = false;  ///< behind the results
};

/// A call that no thread waits for. Its owner keeps it, and what its request refers to, from start() until ended().
class StartedCall : public PendingCall {
public:
    StartedCall() noexcept { is_started = true; }
    virtual ~StartedCall() = default;
    StartedCall(const StartedCall&) = delete;
    StartedCall& operator=(const StartedCall&) = delete;

    /// The call is over: `reply` is set, or `has_failed` and what belongs to it. Called once, by whatever thread learns
    /// of it, which holds no lock; it must neither block nor run the user's code. The call may be destroyed here.
    virtual void ended() noexcept = 0;

    OutgoingCall* request = nullptr;  ///< set before start()
    bool one_way = false;             ///< ended when its bytes have left; there is no reply

    IncomingReply reply;
    bool has_failed = false;
    ErrorCode failure = ErrorCode::ok;
    Executed executed = Executed::no;
    std::string cause;

    void fail(ErrorCode code, Executed how_far, std::string why)
    {
        has_failed = true;
        failure = code;
        executed = how_far;
        cause = std::move(why);
    }

    std::uint64_t position = 0;  ///< the connection's: of its first byte among all that it sends

private:
    friend class ConnectionMutex;
    StartedCall* next_ = nullptr;
};

/// A peer with which whole messages are exchanged: requests out, replies in. What a channel's connect() yields.
///
/// Threads: everything may be called from any thread. Ownership: shared by the proxies that use it and by the world.
/// Errors: RemotingError, with `executed` as exact as the transport allows; method and object are filled in above.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    virtual ~Connection() = default;

    /// Sends a request and waits for the answer on the calling thread, which may run incoming calls of the same
    /// chain meanwhile. Throws only when no answer came.
    virtual IncomingReply call(OutgoingCall& call) = 0;
    /// Sends a request that has no answer; returns when it was handed to the transport or gathered for it.
    virtual void send(OutgoingCall& call) = 0;
    /// Says that references to the peer's object were dropped; `count` as often as it had been received.
    virtual void release(const std::string& uri, std::uint32_t count, ObjectAlias& alias) noexcept = 0;

    // What follows has a default for transports that cannot do better.

    /// Begins a call and returns at once; takes the call over unless it throws. The request leaves now or soon. By
    /// default the calling thread waits in call() or send().
    virtual void start(StartedCall& call);
    /// Gives a started call up: true when it was under way, and then it is over, with `code`, but ended() is the
    /// caller's to call; false when its end is on its way already. The peer is told that nobody waits any more.
    virtual bool cancel(StartedCall& call, ErrorCode code, const std::string& cause) noexcept;
    /// Hands everything that was gathered for the peer to the transport.
    virtual void flush() noexcept {}
    /// Tells when the peer of the incoming call `id` does not wait for it any more: it cancelled the call, its
    /// deadline passed, or the connection ended. A token that can never be stopped when there is no such call.
    virtual std::stop_token stop_token(std::uint64_t id);
    /// Asks the peer for a sign of life; returns after it, or throws. By default only a closed connection is dead.
    /// @throws RemotingError deadline_exceeded, connection_lost
    virtual void ping(TimePoint deadline);

    /// False once it is closed or the peer said goodbye: new calls need another connection.
    virtual bool is_usable() const noexcept = 0;
    virtual bool is_closed() const noexcept = 0;
    /// Ends all calls with `code` and closes; idempotent.
    virtual void close(ErrorCode code, const std::string& cause) noexcept = 0;

    /// The endpoint's URL on the connecting side; the channel's name for the peer on the other.
    virtual const std::string& address() const noexcept = 0;
    virtual const PeerIdentity& peer() const noexcept = 0;
    /// Bytes of the longest message the peer accepts.
    virtual std::size_t peer_message_limit() const noexcept = 0;
    /// Turns object references in this connection's messages into wire form and back.
    virtual ReferenceMarshaller& marshaller() noexcept = 0;
};

}  // namespace remoting
