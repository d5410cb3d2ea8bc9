// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/messaging/reference_list.hpp>
#include <remoting/messaging/slab.hpp>
#include <remoting/serialization/reference_marshaller.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

namespace remoting {

/// What one connection's two peers hold of each other: objects sent to the peer and proxies of the peer's objects.
/// Owned by the connection; thread-safe.
class PeerSession : public ReferenceMarshaller {
public:
    virtual ~PeerSession() = default;

    /// A payload arrived. The result is held until it is decoded, or dropped undecoded; the connection outlives it.
    /// Null when there is nothing to do then. It may mention objects the peer is about to let go of: releases that
    /// come later take effect once nobody holds the result any more. And the peer counted the objects in `references`,
    /// which lie in `slab`, for this side: those of which there is no proxy by then are given back at once.
    virtual std::shared_ptr<const void> payload_arrived(const SlabRef& slab, ReferenceList references) = 0;
    /// The peer let go of `uri`, `count` receptions of it.
    virtual void release(std::string_view uri, std::uint32_t count) noexcept = 0;
    /// Whether the peer may call at any time, because it holds references to objects of this side.
    virtual bool expects_calls() const noexcept = 0;
    /// Whether either side holds references to objects of the other.
    virtual bool holds_objects() noexcept = 0;
    /// The connection is closed: everything the peer held is let go.
    virtual void end() noexcept = 0;
};

}  // namespace remoting
