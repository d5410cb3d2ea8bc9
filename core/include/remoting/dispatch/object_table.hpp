// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/function_ref.hpp>
#include <remoting/dispatch/long_waits.hpp>
#include <remoting/dispatch/object_entry.hpp>
#include <remoting/dispatch/tombstones.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/lifetime/lease_manager.hpp>
#include <remoting/messaging/random_source.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace remoting {

struct PeerIdentity;

/// URI -> object, of one server; .NET's identity table. Objects with a lease go when that ends; whoever has the time
/// calls end_leases(). Thread-safe. Servants are destroyed outside its lock, on the thread that let go of them last.
class ObjectTable {
public:
    ObjectTable(const Clock& clock, RandomSource& random);

    const Clock& clock() const noexcept { return clock_; }
    /// URIs may be prefixed with it: "bank/counter" finds "counter". Set before the first call.
    void set_application_name(std::string name) { application_name_ = std::move(name); }
    const std::string& application_name() const noexcept { return application_name_; }

    /// Told of each object that was taken out, and why; outside all locks. Set before the first object.
    void set_on_removed(std::function<void(const ObjectEntry&, std::string_view reason)> on_removed)
    {
        on_removed_ = std::move(on_removed);
    }

    /// Adds an object under a name of the user's choice; "files/*" is the category of all that begin so and have no
    /// entry of their own. @throws RemotingError name_in_use, invalid_argument
    void add(std::shared_ptr<ObjectEntry> entry);
    /// Adds one of the runtime's own objects, whose name begins with '~'.
    void add_own(const std::shared_ptr<ObjectEntry>& entry);
    /// Adds the type a client may create as `name`. @throws RemotingError name_in_use
    void add_activated_type(const InterfaceDescriptor& interface, std::string_view name,
                            std::function<void(ServerCall&)> construct);
    /// Adds an instance under a fresh URI: 128 random bits, and the incarnation of this table, so that a later one can
    /// tell its objects from those of an earlier one. The same instance and interface give the same entry.
    /// @param is_transient it goes with its last reference; false keeps it until it is withdrawn
    /// @param companion goes when a new entry has gone and its last call is over; at once if there was one
    std::shared_ptr<ObjectEntry> add_instance(std::shared_ptr<RemoteObject> object,
                                              const InterfaceDescriptor& interface, RegistrationOptions options,
                                              ActivationMode mode, bool is_transient,
                                              std::shared_ptr<const void> companion = nullptr);

    /// `entry`'s instance is `object`, so that a reference to it leads to `entry`. Its lease begins.
    void bind_identity(const std::shared_ptr<ObjectEntry>& entry, RemoteObject& object);

    /// The instance of `shared` for `caller`, made when it calls for the first time. Null when `shared` was just taken
    /// out.
    /// @param is_gone asked under the lock before one is made. @throws RemotingError connection_lost if so
    std::shared_ptr<ObjectEntry> individual(const std::shared_ptr<ObjectEntry>& shared, const std::string& caller,
                                            FunctionRef<bool()> is_gone);
    bool has_individuals(const std::string& caller) const;
    /// Takes out all instances of its own that `caller` has.
    void caller_gone(const std::string& caller, std::string_view reason);

    /// Takes an object out; running calls end normally, later ones get object_not_found. False if there is none.
    bool withdraw(std::string_view uri);

    /// Null when there is none; `reason_not_found` says why.
    std::shared_ptr<ObjectEntry> find(std::string_view uri) const;
    /// Those that have a name, ordered by it: not what is known by its references only, nor the runtime's own. Types
    /// that clients may create are among them.
    std::vector<std::shared_ptr<ObjectEntry>> named() const;
    /// An entry of the instance; null if there is none.
    std::shared_ptr<ObjectEntry> find_instance(const RemoteObject& object) const;
    std::shared_ptr<ObjectEntry> find_instance(const RemoteObject& object, const InterfaceDescriptor& interface) const;
    /// `uri` is what activation_uri made of a URL's path: nothing, a name, an application name, or both.
    std::shared_ptr<ObjectEntry> find_activated_type(std::string_view uri, std::string_view interface_name) const;
    /// "no object of this name" or what became of it: "withdrawn 12 s ago", "lease expired 3 s ago", "owner
    /// disconnected 0 s ago", "server restarted".
    std::string reason_not_found(std::string_view uri) const;

    /// A reference to `entry` was sent to `peer`, or is kept here (null); false when it has just been taken out. An
    /// instance that is known by its references only can be called by those whom they were sent to, where the channel
    /// says who they are.
    bool add_reference(const std::shared_ptr<ObjectEntry>& entry, const PeerIdentity* peer = nullptr);
    /// Whether `peer` may call what is known by its references only. @see add_reference
    bool admits(const ObjectEntry& entry, const PeerIdentity& peer) const;
    /// `count` references are gone, for the reason given; a transient object without references goes.
    void drop_references(const std::shared_ptr<ObjectEntry>& entry, std::uint64_t count, std::string_view reason);

    /// Of the objects that are added after its start().
    LongWaits& long_waits() noexcept { return long_waits_; }
    LeaseManager& leases() noexcept { return leases_; }
    /// Deals with the leases that are due (see LeaseManager::run_due). The objects whose lease has ended are out of the
    /// table already, and go with what is returned.
    std::vector<std::shared_ptr<ObjectEntry>> end_leases();
    /// Takes out an object whose lease has ended, unless somebody has done so.
    std::shared_ptr<ObjectEntry> end_lease(ObjectEntry& entry);

    std::size_t size() const;
    void clear();

private:
    using Map = std::unordered_map<std::string, std::shared_ptr<ObjectEntry>>;
    using Removed = std::vector<std::shared_ptr<ObjectEntry>>;  ///< destroyed after the lock

    std::string new_uri();
    std::string_view without_application(std::string_view uri) const noexcept;
    std::shared_ptr<ObjectEntry> located(std::string_view uri) const;
    void tell_removed(const Removed& removed, std::string_view reason) const;
    std::shared_ptr<ObjectEntry> remove(Map::iterator found, std::string_view reason);
    void prepare(const std::shared_ptr<ObjectEntry>& entry, const LeaseOptions& options);

    const Clock& clock_;
    RandomSource& random_;
    LongWaits long_waits_;
    LeaseManager leases_;
    std::string application_name_;
    mutable std::mutex mutex_;
    Map entries_;
    std::unordered_multimap<RemoteObject*, ObjectEntry*> identities_;
    /// (caller, what it calls) -> the URI of its instance.
    std::map<std::pair<std::string, const ObjectEntry*>, std::string> individuals_;
    Tombstones tombstones_;
    std::function<void(const ObjectEntry&, std::string_view)> on_removed_;
    std::string incarnation_;  ///< of this table; made with the first URI
};

/// A caller of objects that have an instance for each connection.
std::string session_key(std::uint64_t session_number);

/// The URI under which the type `name` (or `interface_name` when it is empty) is created.
std::string activation_uri(std::string_view interface_name, std::string_view name);
bool is_activation_uri(std::string_view uri) noexcept;
/// What stands for the type in a URL, of such a URI.
std::string_view activated_name(std::string_view uri) noexcept;

}  // namespace remoting
