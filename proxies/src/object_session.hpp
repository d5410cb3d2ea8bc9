// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "world.hpp"

#include <remoting/channels/peer_session.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace remoting {

class RemoteReference;

/// The objects that crossed one connection, in both directions. A reference on the wire is a byte that says whose
/// object it is (none, the sender's, the receiver's), its URI, and for the sender's its interface.
///
/// Counting: each time an object is sent adds one reference on the sender's side, and one entry to the message's
/// ReferenceList. The receiver's last proxy gives back as many as it had received, so that a release cannot take away
/// a reference that is still under way; what comes of a payload without a proxy is given back when that is dropped.
class ObjectSession final : public PeerSession {
public:
    ObjectSession(World& world, Connection& connection) : world_(world), connection_(connection) {}

    void save(OutputArchive& archive, std::shared_ptr<RemoteObject> object,
              const InterfaceDescriptor& interface) override;
    std::shared_ptr<RemoteObject> load(InputArchive& archive, const InterfaceDescriptor& interface) override;
    std::shared_ptr<const void> payload_arrived(const SlabRef& slab, ReferenceList references) override;
    void release(std::string_view uri, std::uint32_t count) noexcept override;
    bool expects_calls() const noexcept override { return has_exports_.load(std::memory_order_relaxed); }
    bool holds_objects() noexcept override;
    void end() noexcept override;

    /// How many subscriptions of the peer there are; outlives the session.
    const std::shared_ptr<std::atomic<std::uint32_t>>& subscriptions() const noexcept { return subscriptions_; }

    /// A reference is being destroyed; returns how often it had been received.
    std::uint32_t forget(RemoteReference& reference) noexcept;

private:
    struct Export {
        std::weak_ptr<ObjectEntry> entry;  ///< an object that is withdrawn, or whose lease ends, does not stay for its references
        std::uint64_t count = 0;
    };
    struct Import {
        RemoteReference* reference = nullptr;
        std::weak_ptr<RemoteReference> alive;
        std::unordered_map<const InterfaceDescriptor*, std::weak_ptr<RemoteObject>> proxies;
    };

    /// Payloads that arrived one after the other without a release between them, and the releases behind them. Held
    /// by those of them that are not decoded yet, and by the epoch before.
    struct Epoch {
        explicit Epoch(ObjectSession& owner) noexcept : session(owner) {}
        ~Epoch();
        Epoch(const Epoch&) = delete;
        Epoch& operator=(const Epoch&) = delete;

        ObjectSession& session;
        std::vector<std::pair<std::string, std::uint32_t>> releases;
        std::shared_ptr<Epoch> next;
    };
    /// The references of a payload, and the epoch that it belongs to. They become the proxies' that there are when it
    /// has been decoded; the others go back.
    struct Arrival {
        Arrival(ObjectSession& owner, SlabRef bytes, ReferenceList list,
                std::shared_ptr<const void> arrived_in) noexcept
            : session(owner),
              slab(std::move(bytes)),
              references(list),
              epoch(std::move(arrived_in))
        {
        }
        ~Arrival();
        Arrival(const Arrival&) = delete;
        Arrival& operator=(const Arrival&) = delete;

        ObjectSession& session;
        const SlabRef slab;
        ReferenceList references;
        const std::shared_ptr<const void> epoch;
    };

    std::shared_ptr<const void> enter_epoch();
    void receive(const std::string& uri) noexcept;
    void let_go(const std::string& uri, std::uint32_t count) noexcept;
    std::string add_export(const std::shared_ptr<RemoteObject>& object, const InterfaceDescriptor& interface);
    std::shared_ptr<RemoteObject> proxy_for(const std::string& uri, const InterfaceDescriptor& interface);
    bool count_export(const std::shared_ptr<ObjectEntry>& entry);
    std::shared_ptr<RemoteObject> own_object(const std::string& uri, const InterfaceDescriptor& interface);

    World& world_;
    Connection& connection_;
    const std::shared_ptr<std::atomic<std::uint32_t>> subscriptions_ = std::make_shared<std::atomic<std::uint32_t>>(0);
    std::atomic<bool> has_exports_{false};
    std::mutex mutex_;
    bool has_ended_ = false;
    std::shared_ptr<Epoch> epoch_;  ///< the latest; null while nothing is exported
    std::weak_ptr<Epoch> previous_epoch_;
    bool epoch_has_payloads_ = false;
    std::unordered_map<std::string, Export> exports_;
    std::unordered_map<std::string, Import> imports_;
};

}  // namespace remoting
