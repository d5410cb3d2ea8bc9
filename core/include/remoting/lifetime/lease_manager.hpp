// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/function_ref.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/lifetime/object_lease.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace remoting {

/// All leases of a server in a heap, the one that ends next on top; .NET's LeaseManager without its polling. It has no
/// thread: whoever drives it calls run_due() at the times it asks for. Thread-safe; hooks are called without its lock.
class LeaseManager {
public:
    /// Sponsors that one lease takes at most.
    static constexpr std::size_t sponsor_limit = 64;

    struct Hooks {
        /// run_due() is to be called at `when`, which is earlier than what was asked for before. Never null.
        std::function<void(TimePoint when)> wake_at = [](TimePoint) {};
        /// A sponsor is to be asked, without waiting for it; its answer goes to answer() with the same number.
        std::function<void(const std::shared_ptr<ObjectLease>& lease, const std::shared_ptr<RemoteObject>& sponsor,
                           std::uint64_t question)>
            ask{};
    };

    explicit LeaseManager(const Clock& clock) noexcept : clock_(clock) {}

    /// Before the first lease begins.
    void set_hooks(Hooks hooks) { hooks_ = std::move(hooks); }

    /// The object exists from now on. Idempotent.
    void begin(ObjectLease& lease);
    /// The object went, for another reason or because its lease ended. Sponsors go with the lease itself.
    void forget(ObjectLease& lease) noexcept;

    LeaseStatus status(const ObjectLease& lease) const;
    /// At least `time` is left from now on, never less than before. Returns what is left. 0 when it has ended.
    Duration renew(ObjectLease& lease, Duration time);
    /// `sponsor` is asked when the lease would end, those that gave most the last time first. It begins with a renewal
    /// by `first`. @throws RemotingError limit_exceeded; invalid_argument where the lease takes none
    void add_sponsor(ObjectLease& lease, std::shared_ptr<RemoteObject> sponsor, Duration first);
    /// The first one that `is_it`. False when there is none.
    bool remove_sponsor(ObjectLease& lease, FunctionRef<bool(const std::shared_ptr<RemoteObject>& sponsor)> is_it);
    /// Whether the answer to that question is still of use.
    bool awaits_answer(const ObjectLease& lease, std::uint64_t question) const;
    /// What a sponsor gave; nothing, or less, drops it. Answers that come too late are without effect.
    void answer(ObjectLease& lease, std::uint64_t question, Duration renewal);

    /// Deals with all leases that are due; `ended` is called for those that are over, whose objects take no calls any
    /// more.
    void run_due(const std::function<void(ObjectLease& lease)>& ended);
    /// When run_due() is to be called next; TimePoint::max(): not before something else happens.
    TimePoint next_due() const;
    std::size_t size() const;

private:
    friend class ObjectLease;
    friend class LeaseUse;
    using Lock = std::unique_lock<std::mutex>;
    struct Item {
        TimePoint due;
        ObjectLease* lease;
    };
    struct Question {
        std::shared_ptr<ObjectLease> lease;
        std::shared_ptr<RemoteObject> sponsor;
        std::uint64_t number;
    };

    /// The last running call of a lease that was due has ended.
    void use_ended(ObjectLease& lease) noexcept;
    /// What is to become of a lease now; true when it is over.
    bool examine(ObjectLease& lease, TimePoint now, std::vector<Question>& questions);
    void ask_next(ObjectLease& lease, TimePoint now, std::vector<Question>& questions);
    static bool has_expired(const ObjectLease& lease) noexcept;
    static void drop_sponsor(ObjectLease& lease, const RemoteObject& sponsor);
    void schedule(Lock& lock, ObjectLease& lease, TimePoint due);

    void place(ObjectLease& lease, TimePoint due);
    void take_out(ObjectLease& lease) noexcept;
    void sift(std::size_t position) noexcept;
    void put(std::size_t position, Item item) noexcept;

    const Clock& clock_;
    Hooks hooks_;
    mutable std::mutex mutex_;
    std::vector<Item> heap_;
    std::size_t leases_ = 0;
    TimePoint asked_for_ = TimePoint::max();  ///< the time last told to wake_at
};

}  // namespace remoting
