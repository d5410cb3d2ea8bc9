// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/lifetime/clock.hpp>
#include <remoting/lifetime/lease_options.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace remoting {

class LeaseManager;
class ObjectEntry;
class RemoteObject;

/// The lease of one object. Calls only leave their mark on it, without a lock; the LeaseManager looks at that when the
/// lease would end.
class ObjectLease : public std::enable_shared_from_this<ObjectLease> {
public:
    ObjectLease(LeaseManager& manager, std::weak_ptr<ObjectEntry> object, const LeaseOptions& options);
    ObjectLease(const ObjectLease&) = delete;
    ObjectLease& operator=(const ObjectLease&) = delete;

    const LeaseOptions& options() const noexcept { return options_; }
    std::shared_ptr<ObjectEntry> object() const noexcept { return object_.lock(); }

private:
    friend class LeaseManager;
    friend class LeaseUse;

    struct Sponsor {
        std::shared_ptr<RemoteObject> object;
        Duration last_renewal{};
    };

    // use_: how many calls run; flags; how many calls have begun, so that one which came and went is noticed.
    static constexpr std::uint64_t running_mask = (std::uint64_t{1} << 24U) - 1;
    static constexpr std::uint64_t overdue_flag = std::uint64_t{1} << 24U;  ///< the last call's end is to be told
    static constexpr std::uint64_t expired_flag = std::uint64_t{1} << 25U;
    static constexpr std::uint64_t call_begins = (std::uint64_t{1} << 26U) + 1;
    static constexpr Duration::rep never = -1;
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

    TimePoint ends_at() const noexcept;
    /// A call began or ended; calls that overlap may come here in any order.
    void leave_mark(TimePoint now) noexcept;

    LeaseManager& manager_;
    const std::weak_ptr<ObjectEntry> object_;
    const LeaseOptions options_;
    std::atomic<std::uint64_t> use_{0};
    std::atomic<Duration::rep> last_use_{never};

    // The manager's, under its mutex:
    bool has_begun_ = false;
    TimePoint granted_until_{};  ///< by its beginning, renewals and sponsors; calls may have renewed it beyond
    std::size_t heap_position_ = nowhere;
    std::vector<Sponsor> sponsors_;
    std::shared_ptr<RemoteObject> asked_;  ///< the sponsor whose answer is awaited
    std::uint64_t question_ = 0;
    TimePoint answer_due_{};
};

/// A call on an object that has a lease: the object stays until the call is over. Empty for objects without one.
class LeaseUse {
public:
    LeaseUse() = default;
    LeaseUse(LeaseUse&&) noexcept = default;
    LeaseUse& operator=(LeaseUse&& other) noexcept
    {
        std::swap(lease_, other.lease_);
        other.end();
        return *this;
    }
    ~LeaseUse() { end(); }

    /// False when the lease has ended.
    bool begin(const std::shared_ptr<ObjectLease>& lease) noexcept;
    void end() noexcept
    {
        if (lease_ != nullptr) {
            leave();
        }
    }

private:
    void leave() noexcept;

    std::shared_ptr<ObjectLease> lease_;
};

}  // namespace remoting
