// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/lifetime/clock.hpp>
#include <remoting/types/timestamp.hpp>

#include <chrono>
#include <cstdint>

namespace remoting {

/// How long an object lives that nobody calls; as .NET's leases, with .NET's defaults.
struct LeaseOptions {
    /// From when it is made; `infinite`: there is no lease.
    Duration initial = std::chrono::minutes(5);
    /// What is left at least when a call begins and when it ends; it is never added to what was left. 0: calls do not
    /// renew. A running call keeps its object whatever the lease says.
    Duration renew_on_call = std::chrono::minutes(2);
    /// How long a sponsor may take to answer; 0: the lease takes no sponsors.
    Duration sponsorship_timeout = std::chrono::minutes(2);
    /// A Singleton whose lease ended is made anew at the next call, with the next incarnation number; false: calls fail
    /// with object_not_found from then on.
    bool remake = true;

    static LeaseOptions none() noexcept { return {.initial = infinite}; }
    bool is_none() const noexcept { return initial == infinite; }
    /// @throws RemotingError invalid_argument unless `initial` is positive and the others are not negative
    void validate() const;
};

enum class LeaseState : std::uint8_t {
    none,      ///< the object has no lease, or it has not begun
    active,    ///< time is left
    renewing,  ///< no time is left, but a sponsor is being asked, or a call runs
    expired,   ///< the object is gone, or going
};

/// A lease at one moment.
struct LeaseStatus {
    LeaseState state = LeaseState::none;
    TimeSpan remaining{};  ///< until it ends if nothing happens; 0 when no time is left, or there is no lease
    TimeSpan initial{};
    TimeSpan renew_on_call{};
    TimeSpan sponsorship_timeout{};
    std::uint32_t sponsors = 0;
    std::uint32_t incarnation = 1;  ///< of a Singleton: how often it was made under its name; otherwise 1

    friend bool operator==(const LeaseStatus&, const LeaseStatus&) = default;

    template <class Archive>
    void serialize(Archive& archive, unsigned)
    {
        archive& state& remaining& initial& renew_on_call& sponsorship_timeout& sponsors& incarnation;
    }
};

/// Implemented by servants that choose their own lease, whatever their registration says; .NET's
/// InitializeLifetimeService. Asked once, when the object begins to be one; for Singletons only the registration
/// counts.
class SelfLeased {
public:
    virtual LeaseOptions lease_options() const = 0;

protected:
    ~SelfLeased() = default;
};

}  // namespace remoting
