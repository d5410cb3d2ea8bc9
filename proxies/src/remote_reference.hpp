// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "world.hpp"

#include <remoting/channels/connection.hpp>
#include <remoting/dispatch/descriptors.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/messaging/object_url.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace remoting {

class ObjectSession;

/// Where a proxy's calls go: an object named in a URL, over whatever connection there is to its server; or one that
/// was received over a connection, and ends with it. Shared by the proxies of one object. Thread-safe.
class RemoteReference {
public:
    /// An object of a server, by name.
    RemoteReference(std::shared_ptr<World> world, ObjectUrl url, std::string uri);
    /// An object the peer of `connection` sent a reference to.
    RemoteReference(std::shared_ptr<World> world, std::shared_ptr<Connection> connection, std::string uri);
    /// Lets go of the object.
    ~RemoteReference();
    RemoteReference(const RemoteReference&) = delete;
    RemoteReference& operator=(const RemoteReference&) = delete;

    void call(const InterfaceDescriptor& interface, const MethodDescriptor& method, Values values, Duration deadline);

    const std::string& uri() const noexcept { return uri_; }
    World& world() const noexcept { return *world_; }
    /// "tcp://127.0.0.1:6100" or the peer's address.
    const std::string& address() const noexcept { return address_; }
    /// Whether `connection` leads to the object.
    bool is_at(const Connection& connection) const;
    bool is_received() const noexcept { return is_received_; }

    std::uint32_t received = 0;  ///< how often; the ObjectSession's, under its mutex

private:
    std::shared_ptr<Connection> connection(TimePoint deadline);
    void send(const InterfaceDescriptor& interface, const MethodDescriptor& method, Values values, TimePoint deadline);
    bool try_send(const InterfaceDescriptor& interface, const MethodDescriptor& method, Values values,
                  TimePoint deadline, bool is_last_try);

    const std::shared_ptr<World> world_;
    const ObjectUrl url_;
    const std::string uri_;
    const std::string address_;
    const bool is_received_;
    ObjectAlias alias_;
    mutable std::mutex mutex_;
    std::shared_ptr<Connection> connection_;
};

}  // namespace remoting
