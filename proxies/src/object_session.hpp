// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "session_objects.hpp"
#include "world.hpp"

#include <remoting/channels/peer_session.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace remoting {

/// One connection's part in a session: the objects that cross it, in both directions. A reference on the wire is a byte
/// that says whose object it is (none, the sender's, the receiver's), its URI, and for the sender's its interface.
///
/// Counting: each time an object is sent adds one reference on the sender's side, and one entry to the message's
/// ReferenceList. The receiver's last proxy gives back as many as it had received, so that a release cannot take away
/// a reference that is still under way; what comes of a payload without a proxy is given back when that is dropped.
/// What was under way when a connection was lost is found by comparing when the session goes on (PeerSession::held).
class ObjectSession final : public PeerSession {
public:
    ObjectSession(World& world, Connection& connection);

    void save(OutputArchive& archive, std::shared_ptr<RemoteObject> object,
              const InterfaceDescriptor& interface) override;
    std::shared_ptr<RemoteObject> load(InputArchive& archive, const InterfaceDescriptor& interface) override;
    std::shared_ptr<const void> payload_arrived(const SlabRef& slab, ReferenceList references, bool names_own) override;
    void release(std::string_view uri, std::uint32_t count) noexcept override;
    bool expects_calls() const noexcept override { return objects().has_exports.load(std::memory_order_relaxed); }
    bool holds_objects() noexcept override { return !objects().is_empty(); }
    void end(bool may_return) noexcept override;
    Id128 offer() override;
    bool accept(const Id128& session) override;
    void answered(bool goes_on) noexcept override;
    void opened() noexcept override { objects().open(*this); }
    HeldReferences held() override { return objects().held(); }
    bool peer_holds(std::span<const std::byte> body, bool is_last) override;
    std::uint64_t session_number() const noexcept override { return objects().number; }
    bool is_session_over() const noexcept override { return objects().is_over(); }

    /// How many subscriptions of the peer there are; outlives the session.
    const std::shared_ptr<std::atomic<std::uint32_t>>& subscriptions() const noexcept { return subscriptions_; }

private:
    /// The references of a payload, and the epoch that it belongs to. They become the proxies' that there are when it
    /// has been decoded; the others go back.
    struct Arrival : SessionObjects::Arrived {
        Arrival(const ObjectSession& at, SlabRef bytes, ReferenceList list, std::shared_ptr<const void> arrived_in);
        ~Arrival();
        Arrival(const Arrival&) = delete;
        Arrival& operator=(const Arrival&) = delete;

        SessionObjects& objects;
        const SlabRef slab;
        const std::shared_ptr<const void> epoch;
    };

    SessionObjects& objects() const noexcept { return *objects_.load(std::memory_order_acquire); }
    void join(const std::shared_ptr<SessionObjects>& session);
    void let_go_later(SessionObjects::Exports gone);
    std::string add_export(const std::shared_ptr<RemoteObject>& object, const InterfaceDescriptor& interface);
    std::shared_ptr<RemoteObject> proxy_for(const std::string& uri, const InterfaceDescriptor& interface);
    void track_reference(void (TrackingHandler::*what)(const TrackedObject&), const std::string& uri,
                         const InterfaceDescriptor& interface) const noexcept;
    bool count_export(const std::shared_ptr<ObjectEntry>& entry);
    std::shared_ptr<RemoteObject> own_object(const std::string& uri, const InterfaceDescriptor& interface);

    World& world_;
    Connection& connection_;
    const std::shared_ptr<std::atomic<std::uint32_t>> subscriptions_ = std::make_shared<std::atomic<std::uint32_t>>(0);

    std::mutex handshake_mutex_;
    std::shared_ptr<SessionObjects> own_;  ///< what objects_ points to, from the end of the handshake on for good
    std::shared_ptr<SessionObjects> offered_;
    bool has_ended_ = false;
    std::atomic<SessionObjects*> objects_{nullptr};
};

}  // namespace remoting
