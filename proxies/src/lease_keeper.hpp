// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/lease.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace remoting {

class ObjectEntry;
class ObjectLease;
class World;

/// The URI of a server's LeaseService.
inline constexpr const char* lease_service_uri = "~lease";

/// A server's LeaseService. Lives in the world's object table, and so not longer than the world.
class LeaseKeeper final : public remoting_::LeaseService {
public:
    explicit LeaseKeeper(World& world) : world_(world) {}

    LeaseStatus Status(const std::string& object) override;
    TimeSpan Renew(const std::string& object, TimeSpan time) override;
    void Register(const std::string& object, const std::shared_ptr<Sponsor>& sponsor, TimeSpan first) override;
    bool Unregister(const std::string& object, const std::shared_ptr<Sponsor>& sponsor) override;

private:
    std::shared_ptr<ObjectEntry> find(const std::string& object) const;

    World& world_;
};

/// Asks a sponsor, here or elsewhere, without waiting; the answer goes to the lease's manager.
void ask_sponsor(World& world, const std::shared_ptr<ObjectLease>& lease, const std::shared_ptr<RemoteObject>& sponsor,
                 std::uint64_t question);

}  // namespace remoting
