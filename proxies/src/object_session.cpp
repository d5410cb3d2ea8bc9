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

ObjectSession::ObjectSession(World& world, Connection& connection)
    : world_(world),
      connection_(connection),
      own_(std::make_shared<SessionObjects>(world.objects(), Id128(), false))
{
    objects_ = own_.get();
}

/// The handshake mutex is held.
void ObjectSession::join(const std::shared_ptr<SessionObjects>& session)
{
    own_ = session;
    objects_.store(own_.get(), std::memory_order_release);
}

Id128 ObjectSession::offer()
{
    const std::lock_guard lock(handshake_mutex_);
    offered_ = world_.sessions().offer(connection_.address());
    return offered_->token;
}

void ObjectSession::answered(bool goes_on) noexcept
{
    SessionObjects::Exports gone;
    {
        const std::lock_guard lock(handshake_mutex_);
        if (has_ended_) {
            return;
        }
        if (!goes_on) {
            gone = offered_->begin_anew();
        }
        if (offered_->attach(*this, connection_.shared_from_this(), goes_on, gone)) {
            world_.sessions().has_returned(*offered_);
        } else {  // this side is being stopped
            offered_ = std::make_shared<SessionObjects>(world_.objects(), Id128(), true);
            offered_->attach(*this, connection_.shared_from_this(), false, gone);
        }
        join(std::exchange(offered_, nullptr));
    }
    let_go_later(std::move(gone));
}

/// Not on this thread, which has a connection to open that what ends may want to use.
void ObjectSession::let_go_later(SessionObjects::Exports gone)
{
    if (!gone.empty()) {
        world_.run_on_worker([session = own_, all = std::make_shared<const SessionObjects::Exports>(std::move(gone))] {
            session->let_go(*all, "owner disconnected");
        });
    }
}

bool ObjectSession::accept(const Id128& session)
{
    std::shared_ptr<Connection> older;
    SessionObjects::Exports gone;
    bool goes_on = false;
    {
        const std::lock_guard lock(handshake_mutex_);
        if (has_ended_) {
            return false;
        }
        const auto known = session.is_zero() ? nullptr : world_.sessions().find(session, connection_.peer());
        older = known != nullptr ? known->latest_connection() : nullptr;
        goes_on = known != nullptr && known->attach(*this, connection_.shared_from_this(), true, gone);
        if (goes_on) {
            world_.sessions().has_returned(*known);
            join(known);
        } else {
            auto fresh = std::make_shared<SessionObjects>(world_.objects(), session, false);
            fresh->user_id = connection_.peer().user_id;
            fresh->attach(*this, connection_.shared_from_this(), false, gone);
            join(fresh);
            if (!session.is_zero()) {
                world_.sessions().add(fresh);
            }
        }
    }
    if (goes_on && older != nullptr) {
        older->close(ErrorCode::connection_lost, "its peer came back over another connection");
    }
    let_go_later(std::move(gone));
    return goes_on;
}

bool ObjectSession::peer_holds(std::span<const std::byte> body, bool is_last)
{
    return objects().peer_holds(*this, body, is_last);
}

void ObjectSession::save(OutputArchive& archive, std::shared_ptr<RemoteObject> object,
                         const InterfaceDescriptor& interface)
{
    if (object == nullptr) {
        archive& Owner::nobody;
        return;
    }
    if (const auto* const proxy = dynamic_cast<const Proxy*>(object.get())) {
        const RemoteReference& reference = proxy->remoting_target().reference();
        if (const auto& entry = reference.home_entry()) {
            if (!count_export(entry)) {
                throw RemotingError(ErrorCode::object_not_found, Executed::no,
                                    "a reference to an object that has just gone");
            }
            SentReferences::counted(*this, entry->uri());
            archive& Owner::sender & entry->uri() & std::string(interface.name);
            return;
        }
        if (reference.is_at(connection_) || reference.session().get() == &objects()) {
            archive& Owner::receiver& reference.uri();
            SentReferences::keep(std::move(object));
            return;
        }
    }
    const std::string uri = add_export(object, interface);
    SentReferences::counted(*this, uri);
    archive& Owner::sender& uri& std::string(interface.name);
}

void ObjectSession::track_reference(void (TrackingHandler::*what)(const TrackedObject&), const std::string& uri,
                                    const InterfaceDescriptor& interface) const noexcept
{
    if (!world_.options().tracking_handlers.empty() && !interface.is_internal()) {
        world_.track([&](TrackingHandler& handler) { (handler.*what)({uri, interface.name, connection_.address()}); });
    }
}

std::string ObjectSession::add_export(const std::shared_ptr<RemoteObject>& object, const InterfaceDescriptor& interface)
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
    if (!world_.objects().add_reference(entry, &connection_.peer())) {
        return false;
    }
    bool is_counted = false;
    {
        SessionObjects& shared = objects();
        const std::lock_guard lock(shared.mutex);
        if (shared.owner == this) {
            auto& known = shared.exports[entry->uri()];
            known.entry = entry;
            ++known.count;
            shared.has_exports.store(true, std::memory_order_relaxed);
            is_counted = true;
        }
    }
    if (is_counted) {
        track_reference(&TrackingHandler::marshaled, entry->name(), entry->interface());
        return true;
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
            auto proxy = proxy_for(uri, interface);
            track_reference(&TrackingHandler::unmarshaled, uri, interface);
            return proxy;
        }
        case Owner::receiver:
            return own_object(archive.read<std::string>(), interface);
    }
    archive.fail("a reference of no known kind");
}

std::shared_ptr<RemoteObject> ObjectSession::proxy_for(const std::string& uri, const InterfaceDescriptor& interface)
{
    const auto session = objects().shared_from_this();
    const std::lock_guard lock(session->mutex);
    if (session->owner != this && session->owner != nullptr && !session->knows(uri)) {
        throw RemotingError(ErrorCode::connection_lost, Executed::no,
                            "the session has gone on over another connection");
    }
    SessionObjects::Import& import = session->imports[uri];
    auto reference = import.alive.lock();
    if (reference == nullptr) {
        reference =
            std::make_shared<RemoteReference>(world_.shared_from_this(), connection_.shared_from_this(), session, uri);
        reference->received_in = session->generation;
        import.leaving += import.reference != nullptr ? import.reference->received : 0;
        import.reference = reference.get();
        import.alive = reference;
        import.is_internal = interface.is_internal();
        import.proxies.clear();
    }
    auto& known = import.proxies[&interface];
    auto proxy = known.lock();
    if (proxy == nullptr) {
        proxy = interface.make_proxy(ProxyTarget(std::move(reference)), interface);
        known = proxy;
    }
    return proxy;
}

std::shared_ptr<RemoteObject> ObjectSession::own_object(const std::string& uri, const InterfaceDescriptor& interface)
{
    std::shared_ptr<ObjectEntry> entry;
    {
        SessionObjects& shared = objects();
        const std::lock_guard lock(shared.mutex);
        if (const auto found = shared.exports.find(uri); found != shared.exports.end()) {
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

std::shared_ptr<const void> ObjectSession::payload_arrived(const SlabRef& slab, ReferenceList references,
                                                           bool names_own)
{
    auto epoch = names_own ? objects().enter_epoch() : nullptr;
    if (references.empty()) {
        return epoch;
    }
    return std::make_shared<Arrival>(*this, slab, references, std::move(epoch));
}

ObjectSession::Arrival::Arrival(const ObjectSession& at, SlabRef bytes, ReferenceList list,
                                std::shared_ptr<const void> arrived_in)
    : objects(at.objects()),
      slab(std::move(bytes)),
      epoch(std::move(arrived_in))
{
    references = list;
    const std::lock_guard lock(objects.mutex);
    if (objects.owner == &at || objects.owner == nullptr) {
        generation = objects.generation;
        objects.arrived.insert(this);
    }  // else the session went on over another connection, and the peer knows that this was not received
}

ObjectSession::Arrival::~Arrival()
{
    const auto [unwanted, connection] = objects.receive(*this);
    if (connection == nullptr) {
        return;
    }
    for (const std::string& uri : unwanted) {
        ObjectAlias none;
        connection->release(uri, 1, none);
    }
}

void ObjectSession::release(std::string_view uri, std::uint32_t count) noexcept
{
    objects().release(*this, uri, count);
}

void ObjectSession::end(bool may_return) noexcept
{
    std::shared_ptr<SessionObjects> offered;
    {
        const std::lock_guard lock(handshake_mutex_);
        has_ended_ = true;
        offered = std::exchange(offered_, nullptr);
    }
    if (offered != nullptr) {
        world_.sessions().has_not_returned(offered);
    }
    const Duration grace = world_.options().session_grace;
    const bool waits = may_return && grace != Duration::zero();
    if (const auto lane = own_->is_dialed ? world_.connections().lane_of(connection_) : std::nullopt) {
        own_->lane = *lane;
    }
    const auto now = own_->detach(*this, waits ? deadline_after(world_.clock().now(), grace) : TimePoint());
    if (now == SessionObjects::Phase::away) {
        world_.sessions().await_return(own_);
    } else if (now == SessionObjects::Phase::over) {
        world_.sessions().is_over(*own_);
    }
}

}  // namespace remoting
