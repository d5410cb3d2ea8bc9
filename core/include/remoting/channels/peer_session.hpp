// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/messaging/held_references.hpp>
#include <remoting/messaging/random_source.hpp>
#include <remoting/messaging/reference_list.hpp>
#include <remoting/messaging/slab.hpp>
#include <remoting/serialization/reference_marshaller.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace remoting {

/// What one connection's two peers hold of each other: objects sent to the peer and proxies of the peer's objects.
/// Owned by the connection; thread-safe.
class PeerSession : public ReferenceMarshaller {
public:
    virtual ~PeerSession() = default;

    /// A payload arrived. The result is held until it is decoded, or dropped undecoded; the connection outlives it.
    /// Null when there is nothing to do then. The peer counted the objects in `references`, which lie in `slab`, for
    /// this side: those of which there is no proxy by then are given back at once.
    /// @param names_own it names objects of this side, which the peer may be about to let go of: releases that come
    /// later
    ///        take effect once nobody holds the result any more
    virtual std::shared_ptr<const void> payload_arrived(const SlabRef& slab, ReferenceList references,
                                                        bool names_own) = 0;
    /// The peer let go of `uri`, `count` receptions of it.
    virtual void release(std::string_view uri, std::uint32_t count) noexcept = 0;
    /// Whether the peer may call at any time, because it holds references to objects of this side.
    virtual bool expects_calls() const noexcept = 0;
    /// Whether either side holds references to objects of the other.
    virtual bool holds_objects() noexcept = 0;
    /// The connection is closed. What the peer held is let go, at once unless it may come back for it: the connection
    /// was lost, and neither side meant to end it.
    virtual void end(bool may_return) noexcept = 0;

    // Sessions that outlive a connection. In the order of the handshake:

    /// Of the side that connects, before its hello: the session it asks for; zero: none.
    virtual Id128 offer() = 0;
    /// Of the side that accepts: what the peer asks for, zero if nothing. True when there is such a session, and this
    /// connection goes on with it; otherwise one begins. It may close an older connection of the session.
    virtual bool accept(const Id128& session) = 0;
    /// Of the side that connects: what its peer made of the offer.
    virtual void answered(bool goes_on) noexcept = 0;
    /// From now on the connection may be used.
    virtual void opened() noexcept = 0;
    /// Where a session goes on, before that: what the peer is to be told of this side.
    virtual HeldReferences held() = 0;
    /// The same of the peer; with the last part, references that it does not have are let go. False: malformed.
    virtual bool peer_holds(std::span<const std::byte> body, bool is_last) = 0;
};

}  // namespace remoting
