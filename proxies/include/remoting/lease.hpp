// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/lease_service.remoting.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/lifetime/lease_options.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace remoting {

/// What is asked when the lease of an object would end: derive from it, or use make_sponsor(). A remotable interface
/// like any other; its one method is `TimeSpan Renewal(const LeaseStatus& lease)`.
using Sponsor = remoting_::Sponsor;

/// The lease of one object, here or elsewhere; .NET's ILease. A handle: it neither keeps the object nor renews its
/// lease. Thread-safe.
///
/// Errors: RemotingError; object_not_found when the object is gone, and why; for objects elsewhere all that a call may
/// meet.
class Lease final {
public:
    LeaseStatus status() const;
    LeaseState state() const { return status().state; }
    /// Until it ends if nothing happens; 0 for an object without a lease.
    Duration remaining() const { return status().remaining; }

    /// At least `time` is left from now on; what was left is never shortened, and never added to. Returns what is left
    /// then; 0 for an object without a lease.
    Duration renew(Duration time);

    /// From now on `sponsor` is asked when the lease would end, those that gave most the last time first. One that
    /// throws, gives nothing or takes longer than LeaseOptions::sponsorship_timeout is not asked again. It is called in
    /// the process where it lives, over the connection there is. The lease holds it until then.
    /// @param first renews at once; also what counts as its last renewal
    /// @throws RemotingError invalid_argument where there is no lease, or one that takes no sponsors; limit_exceeded
    void add_sponsor(const std::shared_ptr<Sponsor>& sponsor, Duration first = Duration::zero());
    /// False when it was none.
    bool remove_sponsor(const std::shared_ptr<Sponsor>& sponsor);

    /// The runtime's.
    Lease(std::shared_ptr<remoting_::LeaseService> service, std::string object) noexcept
        : service_(std::move(service)),
          object_(std::move(object))
    {
    }

private:
    std::shared_ptr<remoting_::LeaseService> service_;
    std::string object_;
};

/// The lease of the object that a proxy stands for. Nothing is sent yet. @throws RemotingError invalid_argument for a
/// local object, whose lease its Server knows: Server::lease_of()
Lease lease_of(const std::shared_ptr<RemoteObject>& proxy);

/// A sponsor that gives what `renewal` says. It is called by one thread at a time.
std::shared_ptr<Sponsor> make_sponsor(std::function<Duration(const LeaseStatus&)> renewal);
/// One that gives the same each time, for as long as it lives; .NET's ClientSponsor.
std::shared_ptr<Sponsor> make_sponsor(Duration renewal);

}  // namespace remoting
