// SPDX-License-Identifier: BSL-1.0
#include "object_session.hpp"

#include "event_objects.hpp"
#include "remote_reference.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/sent_references.hpp>
#include <remoting/proxies/proxy.hpp>
#include <remoting/proxies/stream_feeder.hpp>
#include <remoting/serialization/archive.hpp>

#include <utility>

namespace remoting {

namespace {

enum class Owner : std::uint8_t { nobody, sender, receiver };

}  // namespace

void ObjectSession::save(OutputArchive& archive, std::shared_ptr<RemoteObject> object,
                         const InterfaceDescriptor& interface)
{
    if (object == nullptr) {
        archive & Owner::nobody;
        return;
    }
    if (const auto* const proxy = dynamic_cast<const Proxy*>(object.get())) {
        const RemoteReference& reference = proxy->remoting_target().reference();
        if (const auto& entry = reference.home_entry()) {
            if (!count_export(entry)) {
                throw RemotingError(ErrorCode::object_not_found, Executed::no, "a reference to an object that has just gone");
            }
            SentReferences::counted(*this, entry->uri());
            archive & Owner::sender & entry->uri() & std::string(interface.name);
            return;
        }
        if (reference.is_at(connection_)) {
            archive & Owner::receiver & reference.uri();
            SentReferences::keep(std::move(object));
            return;
        }
    }
    const std::string uri = add_export(object, interface);
    SentReferences::counted(*this, uri);
    archive & Owner::sender & uri & std::string(interface.name);
}

std::string ObjectSession::add_export(const std::shared_ptr<RemoteObject>& object,
                                      const InterfaceDescriptor& interface)
{
    const bool is_proxy = dynamic_cast<const Proxy*>(object.get()) != nullptr;
    RegistrationOptions options{is_proxy ? Concurrency::concurrent : Concurrency::serialized};
    if (dynamic_cast<const detail::StreamEndpoint*>(object.get()) != nullptr) {
        options.executor = world_.stream_executor();
    } else if (const auto* const sink = dynamic_cast<const detail::EventSinkServant*>(object.get())) {
        options.executor = sink->executor();
    }
    for (;;) {
        auto entry = world_.objects().add_instance(object, interface, options, ActivationMode::published, true);
        if (count_export(entry)) {
            return entry->uri();
        }  // else its last reference went between the two; it is added anew
    }
}

/// False when the object has just gone. @throws RemotingError when the connection has
bool ObjectSession::count_export(const std::shared_ptr<ObjectEntry>& entry)
{
    if (!world_.objects().add_reference(entry)) {
        return false;
    }
    {
        const std::lock_guard lock(mutex_);
        if (!has_ended_) {
            auto& known = exports_[entry->uri()];
            known.entry = entry;
            ++known.count;
            has_exports_.store(true, std::memory_order_relaxed);
            return true;
        }
    }
    world_.objects().drop_references(entry, 1, "its client's connection ended");
    throw RemotingError(ErrorCode::connection_lost, Executed::no, "the connection is closed");
}

std::shared_ptr<RemoteObject> ObjectSession::load(InputArchive& archive, const InterfaceDescriptor& interface)
{
    switch (archive.read<Owner>()) {
        case Owner::nobody:
            return nullptr;
        case Owner::sender: {
            const auto uri = archive.read<std::string>();
            archive.read<std::string>();  // what it is at home; the peer checks each use of it
            return proxy_for(uri, interface);
        }
        case Owner::receiver:
            return own_object(archive.read<std::string>(), interface);
    }
    archive.fail("a reference of no known kind");
}

std::shared_ptr<RemoteObject> ObjectSession::proxy_for(const std::string& uri, const InterfaceDescriptor& interface)
{
    const std::lock_guard lock(mutex_);
    Import& import = imports_[uri];
    auto reference = import.alive.lock();
    if (reference == nullptr) {
        reference = std::make_shared<RemoteReference>(world_.shared_from_this(), connection_.shared_from_this(), uri);
        import.reference = reference.get();
        import.alive = reference;
        import.proxies.clear();
    }
    auto& known = import.proxies[&interface];
    auto proxy = known.lock();
    if (proxy == nullptr) {
        proxy = interface.make_proxy(ProxyTarget(std::move(reference)));
        known = proxy;
    }
    return proxy;
}

std::shared_ptr<RemoteObject> ObjectSession::own_object(const std::string& uri, const InterfaceDescriptor& interface)
{
    std::shared_ptr<ObjectEntry> entry;
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = exports_.find(uri); found != exports_.end()) {
            entry = found->second.entry.lock();
        }
    }
    if (entry == nullptr || entry->is_withdrawn()) {
        entry = world_.objects().find(uri);
        const bool is_by_name = entry != nullptr && !entry->is_activated_type() &&
                                entry->activator().mode() != ActivationMode::client_activated;
        if (!is_by_name) {
            throw RemotingError(ErrorCode::object_not_found, Executed::no,
                                "a reference to an object that is not here (any more)");
        }
    }
    const Servant servant = entry->activator().acquire();
    const bool needs_proxy = HomeConnection::needs_proxy(*entry) || servant.is_async();
    return needs_proxy && !interface.is_internal() ? world_.home().proxy_of(entry, interface) : servant.object;
}

std::shared_ptr<const void> ObjectSession::payload_arrived(const SlabRef& slab, ReferenceList references)
{
    if (references.empty()) {
        return enter_epoch();
    }
    return std::make_shared<Arrival>(*this, slab, references, enter_epoch());
}

ObjectSession::Arrival::~Arrival()
{
    while (!references.empty()) {
        session.receive(std::string(references.pop()));
    }
}

void ObjectSession::receive(const std::string& uri) noexcept
{
    std::shared_ptr<RemoteReference> reference;  // perhaps the last one: then it goes outside the lock
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = imports_.find(uri); found != imports_.end()) {
            reference = found->second.alive.lock();
        }
        if (reference != nullptr) {
            ++reference->received;
            return;
        }
    }
    ObjectAlias none;
    connection_.release(uri, 1, none);
}

std::shared_ptr<const void> ObjectSession::enter_epoch()
{
    if (!has_exports_.load(std::memory_order_relaxed)) {
        return nullptr;
    }
    const std::lock_guard lock(mutex_);
    if (epoch_ == nullptr) {
        epoch_ = std::make_shared<Epoch>(*this);
    }
    epoch_has_payloads_ = true;
    return epoch_;
}

ObjectSession::Epoch::~Epoch()
{
    for (const auto& [uri, count] : releases) {
        session.let_go(uri, count);
    }
    // One after the other, not each inside the one before: there may be many.
    while (next != nullptr) {
        std::shared_ptr<Epoch> after;
        {
            const std::lock_guard lock(session.mutex_);  // what others wrote before they let go of it was written under this
            if (next.use_count() != 1) {
                break;
            }
            after = std::move(next->next);
        }
        next = std::move(after);
    }
}

void ObjectSession::release(std::string_view uri, std::uint32_t count) noexcept
{
    std::shared_ptr<Epoch> ended;  // if nobody else holds it, it lets go here, outside the lock
    {
        const std::lock_guard lock(mutex_);
        if (!exports_.contains(std::string(uri))) {
            return;
        }
        if (epoch_has_payloads_) {
            ended = std::exchange(epoch_, nullptr);
            epoch_ = ended->next = std::make_shared<Epoch>(*this);
            previous_epoch_ = ended;
            epoch_has_payloads_ = false;
        } else {
            ended = previous_epoch_.lock();  // no payload since the last release
        }
        if (ended != nullptr) {
            if (!ended->releases.empty() && ended->releases.back().first == uri) {
                ended->releases.back().second += count;
            } else {
                ended->releases.emplace_back(std::string(uri), count);
            }
            return;
        }
    }
    let_go(std::string(uri), count);
}

void ObjectSession::let_go(const std::string& uri, std::uint32_t count) noexcept
{
    std::shared_ptr<ObjectEntry> entry;
    std::uint64_t dropped = 0;
    {
        const std::lock_guard lock(mutex_);
        const auto found = exports_.find(uri);
        if (found == exports_.end()) {
            return;
        }
        entry = found->second.entry.lock();
        dropped = std::min<std::uint64_t>(count, found->second.count);
        found->second.count -= dropped;
        if (found->second.count == 0) {
            exports_.erase(found);
            has_exports_.store(!exports_.empty(), std::memory_order_relaxed);
        }
    }
    if (entry != nullptr) {
        world_.objects().drop_references(entry, dropped, "released by its client");
    }
}

bool ObjectSession::holds_objects() noexcept
{
    const std::lock_guard lock(mutex_);
    return !exports_.empty() || !imports_.empty();
}

void ObjectSession::end() noexcept
{
    std::unordered_map<std::string, Export> gone;
    {
        const std::lock_guard lock(mutex_);
        has_ended_ = true;
        gone.swap(exports_);
        has_exports_.store(false, std::memory_order_relaxed);
    }
    for (auto& [uri, exported] : gone) {
        if (const auto entry = exported.entry.lock()) {
            world_.objects().drop_references(entry, exported.count, "owner disconnected");
        }
    }
}

std::uint32_t ObjectSession::forget(RemoteReference& reference) noexcept
{
    const std::lock_guard lock(mutex_);
    const auto found = imports_.find(reference.uri());
    if (found != imports_.end() && found->second.reference == &reference) {
        imports_.erase(found);
    }
    return reference.received;
}

}  // namespace remoting
