// SPDX-License-Identifier: BSL-1.0
#include <remoting/dispatch/object_table.hpp>

#include <remoting/channels/byte_stream.hpp>
#include <remoting/errors/exceptions.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace remoting {

namespace {

constexpr std::size_t uri_limit = 1024;
constexpr std::size_t id_size = 32;
constexpr std::size_t incarnation_size = 8;
constexpr std::string_view activation_prefix = "~new/";

void check_uri(std::string_view uri)
{
    if (uri.empty() || uri.size() > uri_limit || uri.front() == '/' || uri.front() == '~') {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                            fmt::format("'{}' cannot name an object: 1 to {} bytes, not starting with '/' or '~'",
                                        uri.substr(0, 100), uri_limit));
    }
}

/// @throws RemotingError invalid_argument
LeaseOptions lease_of(const RegistrationOptions& options, const RemoteObject* servant)
{
    const auto* const chooses = dynamic_cast<const SelfLeased*>(servant);
    const LeaseOptions lease =
        chooses != nullptr ? chooses->lease_options() : options.lease.value_or(LeaseOptions::none());
    lease.validate();
    return lease;
}

}  // namespace

ObjectTable::ObjectTable(const Clock& clock, RandomSource& random)
    : clock_(clock),
      random_(random),
      long_waits_(clock),
      leases_(clock)
{
}

std::string session_key(std::uint64_t session_number)
{
    return "session " + std::to_string(session_number);
}

std::string activation_uri(std::string_view interface_name, std::string_view name)
{
    return std::string(activation_prefix) + std::string(name.empty() ? interface_name : name);
}

void ObjectTable::add(std::shared_ptr<ObjectEntry> entry)
{
    check_uri(entry->uri());
    if (entry->is_category() != (entry->activator().mode() == ActivationMode::located)) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                            fmt::format("'{}' {}: a category ends in \"/*\", other objects do not", entry->uri(),
                                        entry->is_category() ? "names a category" : "does not name a category"));
    }
    const bool exists = entry->activator().mode() == ActivationMode::published;
    const Servant servant = exists ? entry->activator().acquire() : Servant();
    const LeaseOptions lease = lease_of(entry->options_, servant.object.get());
    prepare(entry, entry->is_individual() ? LeaseOptions::none() : lease);  // there each instance has its own
    const std::lock_guard lock(mutex_);
    const auto [position, added] = entries_.try_emplace(entry->uri(), entry);
    if (!added) {
        throw RemotingError(ErrorCode::name_in_use, Executed::no,
                            fmt::format("an object named '{}' ({}) is registered already", entry->uri(),
                                        position->second->interface().name));
    }
    if (exists) {
        entry->identity_ = servant.object.get();
        identities_.emplace(entry->identity_, entry.get());
        if (entry->lease() != nullptr) {
            leases_.begin(*entry->lease());
        }
    }
}

void ObjectTable::add_own(const std::shared_ptr<ObjectEntry>& entry)
{
    const std::lock_guard lock(mutex_);
    entries_.emplace(entry->uri(), entry);
}

void ObjectTable::add_activated_type(const InterfaceDescriptor& interface, std::string_view name,
                                     std::function<void(ServerCall&)> construct)
{
    auto entry = std::make_shared<ObjectEntry>(activation_uri(interface.name, name), interface, std::move(construct));
    const std::lock_guard lock(mutex_);
    const auto [position, added] = entries_.try_emplace(entry->uri(), entry);
    if (!added) {
        throw RemotingError(ErrorCode::name_in_use, Executed::no,
                            fmt::format("clients can create '{}' already (as {})", name.empty() ? interface.name : name,
                                        position->second->interface().name));
    }
}

std::shared_ptr<ObjectEntry> ObjectTable::add_instance(std::shared_ptr<RemoteObject> object,
                                                       const InterfaceDescriptor& interface,
                                                       RegistrationOptions options, ActivationMode mode,
                                                       bool is_transient, std::shared_ptr<const void> companion)
{
    RemoteObject* const identity = object.get();
    if (auto known = find_instance(*object, interface)) {
        return known;
    }
    const LeaseOptions lease = lease_of(options, identity);  // may be the user's code
    const std::lock_guard lock(mutex_);
    const auto [begin, end] = identities_.equal_range(identity);
    const auto same =
        std::find_if(begin, end, [&](const auto& known) { return known.second->interface().is(interface.name); });
    if (same != end) {
        return entries_.at(same->second->uri());
    }
    auto entry = std::make_shared<ObjectEntry>(new_uri(), interface,
                                               make_instance_activator(interface, std::move(object), mode), options);
    if (begin != end) {
        entry->turn_ = begin->second->turn_;
        entry->options_ = begin->second->options_;
    }
    entry->identity_ = identity;
    entry->is_transient_ = is_transient;
    entry->companion_ = std::move(companion);
    prepare(entry, lease);
    entries_.emplace(entry->uri(), entry);
    identities_.emplace(identity, entry.get());
    if (entry->lease() != nullptr) {
        leases_.begin(*entry->lease());
    }
    return entry;
}

/// The mutex is held.
std::string ObjectTable::new_uri()
{
    if (incarnation_.empty()) {
        incarnation_ = Id128::random(random_).to_string().substr(incarnation_size, incarnation_size);
    }
    return Id128::random(random_).to_string() + '-' + incarnation_;
}

void ObjectTable::bind_identity(const std::shared_ptr<ObjectEntry>& entry, RemoteObject& object)
{
    const std::lock_guard lock(mutex_);
    if (entry->is_withdrawn() || entry->identity_ != nullptr) {
        return;
    }
    entry->identity_ = &object;
    identities_.emplace(&object, entry.get());
    if (entry->lease() != nullptr) {
        leases_.begin(*entry->lease());
    }
    entry->has_identity_.store(true, std::memory_order_release);
}

bool ObjectTable::withdraw(std::string_view uri)
{
    constexpr std::string_view reason = "withdrawn";
    Removed gone;
    {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(std::string(without_application(uri)));
        if (found == entries_.end()) {
            return false;
        }
        std::vector<std::string> instances;
        for (const auto& [key, instance] : individuals_) {
            if (key.second == found->second.get()) {
                instances.push_back(instance);
            }
        }
        gone.push_back(remove(found, reason));
        for (const std::string& instance : instances) {
            gone.push_back(remove(entries_.find(instance), reason));
        }
    }
    tell_removed(gone, reason);
    return true;
}

std::shared_ptr<ObjectEntry> ObjectTable::individual(const std::shared_ptr<ObjectEntry>& shared,
                                                     const std::string& caller, FunctionRef<bool()> is_gone)
{
    const LeaseOptions lease = lease_of(shared->options_, nullptr);
    const std::lock_guard lock(mutex_);
    if (shared->is_withdrawn()) {
        return nullptr;
    }
    if (const auto known = individuals_.find({caller, shared.get()}); known != individuals_.end()) {
        return entries_.at(known->second);
    }
    if (is_gone()) {  // nobody would clear it away
        throw RemotingError(ErrorCode::connection_lost, Executed::no, "the caller's session has ended");
    }
    auto entry =
        std::make_shared<ObjectEntry>(new_uri(), shared->interface(), shared->activator().renewed(), shared->options_);
    entry->individual_of_ = {caller, shared.get()};
    entry->name_ = shared->uri();
    prepare(entry, lease);
    individuals_.emplace(entry->individual_of_, entry->uri());
    entries_.emplace(entry->uri(), entry);
    return entry;
}

bool ObjectTable::has_individuals(const std::string& caller) const
{
    const std::lock_guard lock(mutex_);
    const auto first = individuals_.lower_bound({caller, nullptr});
    return first != individuals_.end() && first->first.first == caller;
}

void ObjectTable::caller_gone(const std::string& caller, std::string_view reason)
{
    Removed gone;
    {
        const std::lock_guard lock(mutex_);
        for (auto next = individuals_.lower_bound({caller, nullptr});
             next != individuals_.end() && next->first.first == caller;
             next = individuals_.lower_bound({caller, nullptr})) {
            gone.push_back(remove(entries_.find(next->second), reason));
        }
    }
    tell_removed(gone, reason);
}

void ObjectTable::tell_removed(const Removed& removed, std::string_view reason) const
{
    if (on_removed_) {
        for (const auto& entry : removed) {
            on_removed_(*entry, reason);
        }
    }
}

std::shared_ptr<ObjectEntry> ObjectTable::find_activated_type(std::string_view uri,
                                                              std::string_view interface_name) const
{
    std::string_view name = uri.substr(activation_prefix.size());
    name = name == application_name_ ? std::string_view() : without_application(name);
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(activation_uri(interface_name, name));
    return found == entries_.end() ? nullptr : found->second;
}

bool is_activation_uri(std::string_view uri) noexcept
{
    return uri.starts_with(activation_prefix);
}

std::string_view activated_name(std::string_view uri) noexcept
{
    return uri.substr(activation_prefix.size());
}

std::vector<std::shared_ptr<ObjectEntry>> ObjectTable::named() const
{
    std::vector<std::shared_ptr<ObjectEntry>> named;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [uri, entry] : entries_) {
            if (!entry->is_transient_ && (!uri.starts_with('~') || entry->is_activated_type())) {
                named.push_back(entry);
            }
        }
    }
    std::ranges::sort(named, {}, &ObjectEntry::uri);
    return named;
}

std::shared_ptr<ObjectEntry> ObjectTable::find(std::string_view uri) const
{
    const std::lock_guard lock(mutex_);
    auto found = entries_.find(std::string(uri));
    if (found == entries_.end()) {
        const std::string_view local = without_application(uri);
        found = local == uri ? entries_.end() : entries_.find(std::string(local));
    }
    return found == entries_.end() || found->second->is_category() ? located(without_application(uri)) : found->second;
}

/// An object of the narrowest category that it falls into. The mutex is held.
std::shared_ptr<ObjectEntry> ObjectTable::located(std::string_view uri) const
{
    for (auto slash = uri.rfind('/'); slash != 0 && slash != std::string_view::npos;
         slash = uri.rfind('/', slash - 1)) {
        const auto category = entries_.find(std::string(uri.substr(0, slash + 1)) + '*');
        if (category != entries_.end() && category->second->is_category() && !is_activation_uri(uri)) {
            const ObjectEntry& all = *category->second;
            auto entry = std::make_shared<ObjectEntry>(std::string(uri), all.interface(),
                                                       all.activator().for_object(std::string(uri)), all.options_);
            entry->turn_ = all.turn_;
            return entry;
        }
    }
    return nullptr;
}

std::shared_ptr<ObjectEntry> ObjectTable::find_instance(const RemoteObject& object) const
{
    const std::lock_guard lock(mutex_);
    const auto known = identities_.find(const_cast<RemoteObject*>(&object));
    return known == identities_.end() ? nullptr : entries_.at(known->second->uri());
}

std::shared_ptr<ObjectEntry> ObjectTable::find_instance(const RemoteObject& object,
                                                        const InterfaceDescriptor& interface) const
{
    const std::lock_guard lock(mutex_);
    const auto [begin, end] = identities_.equal_range(const_cast<RemoteObject*>(&object));
    const auto same =
        std::find_if(begin, end, [&](const auto& known) { return known.second->interface().is(interface.name); });
    return same == end ? nullptr : entries_.at(same->second->uri());
}

std::string ObjectTable::reason_not_found(std::string_view uri) const
{
    const std::lock_guard lock(mutex_);
    if (auto reason = tombstones_.find(without_application(uri), clock_.now()); !reason.empty()) {
        return reason;
    }
    const bool is_made_here = uri.size() == id_size + 1 + incarnation_size && uri[id_size] == '-' &&
                              uri.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
    if (!is_made_here) {
        return "no object of this name";
    }
    return uri.substr(id_size + 1) == incarnation_ ? "gone long ago" : "server restarted";
}

bool ObjectTable::add_reference(const std::shared_ptr<ObjectEntry>& entry, const PeerIdentity* peer)
{
    const std::lock_guard lock(mutex_);
    if (entry->is_withdrawn()) {
        return false;
    }
    ++entry->references_;
    if (peer != nullptr && peer->user_id) {
        entry->users_.insert(*peer->user_id);
    } else if (peer != nullptr) {
        entry->has_unknown_users_ = true;
    }
    return true;
}

bool ObjectTable::admits(const ObjectEntry& entry, const PeerIdentity& peer) const
{
    const std::lock_guard lock(mutex_);
    return peer.is_self || !entry.is_transient_ || entry.has_unknown_users_ ||
           (peer.user_id && entry.users_.contains(*peer.user_id));
}

void ObjectTable::drop_references(const std::shared_ptr<ObjectEntry>& entry, std::uint64_t count,
                                  std::string_view reason)
{
    Removed gone;
    {
        const std::lock_guard lock(mutex_);
        entry->references_ -= std::min(count, entry->references_);
        if (entry->references_ == 0 && entry->is_transient_ && !entry->is_withdrawn()) {
            gone.push_back(remove(entries_.find(entry->uri()), reason));
        }
    }
    tell_removed(gone, reason);
}

/// What an entry needs of the table before others see it.
void ObjectTable::prepare(const std::shared_ptr<ObjectEntry>& entry, const LeaseOptions& options)
{
    if (long_waits_.is_on()) {
        entry->turn_->watch(long_waits_);
    }
    if (!options.is_none() && entry->activator().mode() != ActivationMode::single_call) {
        entry->lease_ = std::make_shared<ObjectLease>(leases_, entry, options);
    }
}

std::vector<std::shared_ptr<ObjectEntry>> ObjectTable::end_leases()
{
    std::vector<std::shared_ptr<ObjectEntry>> gone;
    leases_.run_due([&](ObjectLease& lease) {
        if (const auto entry = lease.object()) {
            if (auto ended = end_lease(*entry)) {
                gone.push_back(std::move(ended));
            }
        }
    });
    return gone;
}

std::shared_ptr<ObjectEntry> ObjectTable::end_lease(ObjectEntry& entry)
{
    constexpr std::string_view reason = "lease expired";
    std::shared_ptr<ObjectEntry> gone;
    {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(entry.uri());
        if (found == entries_.end() || found->second.get() != &entry) {
            return nullptr;
        }
        const bool is_remade = entry.lease()->options().remake && entry.individual_of_.second == nullptr;
        auto again = is_remade ? entry.activator().renewed() : nullptr;
        gone = remove(found, reason);
        if (again != nullptr) {
            auto next = std::make_shared<ObjectEntry>(gone->uri(), gone->interface(), std::move(again), gone->options_);
            next->incarnation_ = gone->incarnation_ + 1;
            prepare(next, gone->lease()->options());
            entries_.emplace(next->uri(), next);
        }
    }
    tell_removed({gone}, reason);
    return gone;
}

std::size_t ObjectTable::size() const
{
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

void ObjectTable::clear()
{
    Removed gone;
    {
        const std::lock_guard lock(mutex_);
        gone.reserve(entries_.size());
        for (const auto& [uri, entry] : entries_) {
            entry->withdraw();
            if (entry->lease() != nullptr) {
                leases_.forget(*entry->lease());
            }
            gone.push_back(entry);
        }
        identities_.clear();
        individuals_.clear();
        entries_.clear();
    }
    tell_removed(gone, "its side has ended");
}

std::string_view ObjectTable::without_application(std::string_view uri) const noexcept
{
    const bool prefixed = !application_name_.empty() && uri.size() > application_name_.size() &&
                          uri.starts_with(application_name_) && uri[application_name_.size()] == '/';
    return prefixed ? uri.substr(application_name_.size() + 1) : uri;
}

std::shared_ptr<ObjectEntry> ObjectTable::remove(Map::iterator found, std::string_view reason)
{
    std::shared_ptr<ObjectEntry> entry = std::move(found->second);
    entries_.erase(found);
    entry->withdraw();
    if (entry->lease() != nullptr) {
        leases_.forget(*entry->lease());
    }
    const auto [begin, end] = identities_.equal_range(entry->identity_);
    const auto known = std::find_if(begin, end, [&](const auto& pair) { return pair.second == entry.get(); });
    if (known != end) {
        identities_.erase(known);
    }
    if (entry->individual_of_.second != nullptr) {
        individuals_.erase(entry->individual_of_);
    }
    if (entry->interface().is_internal()) {
        return entry;  // nobody asks for those
    }
    tombstones_.add(entry->uri(), reason, clock_.now());
    return entry;
}

}  // namespace remoting
