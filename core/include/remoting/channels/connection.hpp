// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/byte_stream.hpp>
#include <remoting/dispatch/descriptors.hpp>
#include <remoting/errors/error_code.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/messaging/call_chain.hpp>
#include <remoting/messaging/sent_references.hpp>
#include <remoting/messaging/slab.hpp>
#include <remoting/serialization/buffer.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
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
    /// Of the arguments. A connection puts their list behind what it sends and says left() once that is on its way.
    SentReferences& references;
    /// The chain and depth to continue; null: this call starts a chain.
    const CallChain* chain = nullptr;
};

/// The terminal answer to a call.
struct IncomingReply {
    ErrorCode status = ErrorCode::ok;
    Executed executed = Executed::maybe;
    Payload payload;
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
