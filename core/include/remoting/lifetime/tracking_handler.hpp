// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

namespace remoting {

/// An object that a TrackingHandler is told of. Valid during that call only.
struct TrackedObject {
    std::string_view uri;
    std::string_view interface_name;
    std::string_view peer;  ///< the address of the other side; empty where there is none
};

/// Told of objects that cross the borders of this process, as .NET's ITrackingHandler: to count or log them. Called on
/// whatever thread has to do with it, several at once, which it must not hold up; what it throws is logged and
/// forgotten. The runtime's own objects, such as those behind streams and events, are not told.
class TrackingHandler {
public:
    virtual ~TrackingHandler() = default;
    /// A reference to an object of this side is sent.
    virtual void marshaled(const TrackedObject& object) { static_cast<void>(object); }
    /// A reference to an object of the other side has arrived.
    virtual void unmarshaled(const TrackedObject& object) { static_cast<void>(object); }
    /// An object of this side takes no calls any more: "withdrawn", "lease expired", "owner disconnected" and others.
    virtual void disconnected(const TrackedObject& object, std::string_view reason)
    {
        static_cast<void>(object);
        static_cast<void>(reason);
    }
};

using TrackingHandlers = std::vector<std::shared_ptr<TrackingHandler>>;

}  // namespace remoting
