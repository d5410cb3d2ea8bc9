// SPDX-License-Identifier: BSL-1.0
#include "session_objects.hpp"

#include "remote_reference.hpp"

#include <remoting/dispatch/object_table.hpp>

#include <algorithm>

namespace remoting {

namespace {

std::uint64_t next_number() noexcept
{
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

SessionObjects::SessionObjects(ObjectTable& table, const Id128& name, bool was_dialed)
    : number(next_number()),
      token(name),
      is_dialed(was_dialed),
      table_(table)
{
}

bool SessionObjects::attach(const ObjectSession& new_owner, const std::shared_ptr<Connection>& over, bool goes_on,
                            Exports& gone)
{
    const std::lock_guard lock(mutex);
    if (phase_ == Phase::over) {
        return false;
    }
    gone.merge(take_internal());
    phase_ = Phase::attached;
    owner = &new_owner;
    connection_ = over;
    is_open_ = false;
    ++attachment_;
    has_told_ = !goes_on;
    awaits_held_ = goes_on;
    for (auto& [uri, exported] : exports) {
        exported.unconfirmed = goes_on ? exported.count : 0;
    }
    return true;
}

void SessionObjects::open(const ObjectSession& new_owner)
{
    const std::lock_guard lock(mutex);
    is_open_ = owner == &new_owner;
}

SessionObjects::Exports SessionObjects::begin_anew()
{
    const std::lock_guard lock(mutex);
    has_exports.store(false, std::memory_order_relaxed);
    ++generation;
    for (auto& [uri, import] : imports) {
        import.leaving = 0;
        if (import.reference != nullptr) {
            import.reference->received = 0;
            import.reference->received_in = generation;
        }
    }
    return std::exchange(exports, {});
}

std::optional<SessionObjects::Phase> SessionObjects::detach(const ObjectSession& old_owner, TimePoint until)
{
    Exports gone;
    std::vector<std::shared_ptr<RemoteReference>> references;  // perhaps the last ones: they go outside the lock
    Phase now = Phase::away;
    {
        const std::lock_guard lock(mutex);
        if (owner != &old_owner) {
            return std::nullopt;
        }
        owner = nullptr;
        is_open_ = false;
        connection_.reset();
        gone = take_internal();
        // A side that dialed may have an object that it does not know of, since the reply was lost; it tells that it
        // holds nothing when it dials again.
        const bool is_worth_it =
            is_dialed || !exports.empty() || !imports.empty() || table_.has_individuals(session_key(number));
        if (token.is_zero() || until == TimePoint() || !is_worth_it) {
            now = Phase::over;
            is_over_.store(true);
            gone.merge(exports);
            exports.clear();
            has_exports.store(false, std::memory_order_relaxed);
        }
        away_until = until;
        phase_ = now;
        for (const auto& [uri, import] : imports) {
            if (auto reference = import.alive.lock()) {
                references.push_back(std::move(reference));
            }
        }
    }
    for (const auto& reference : references) {  // there may be many, and nobody calls them for long
        reference->forget_connection();
    }
    let_go(gone, "owner disconnected");
    if (now == Phase::over) {
        table_.caller_gone(session_key(number), "owner disconnected");
    }
    return now;
}

bool SessionObjects::end(TimePoint time)
{
    Exports gone;
    {
        const std::lock_guard lock(mutex);
        if (phase_ != Phase::away || away_until > time) {
            return false;
        }
        phase_ = Phase::over;
        is_over_.store(true);
        gone.swap(exports);
        has_exports.store(false, std::memory_order_relaxed);
    }
    let_go(gone, "owner disconnected");
    table_.caller_gone(session_key(number), "owner disconnected");
    return true;
}

SessionObjects::Phase SessionObjects::phase() const
{
    const std::lock_guard lock(mutex);
    return phase_;
}

std::shared_ptr<Connection> SessionObjects::connection() const
{
    const std::lock_guard lock(mutex);
    return is_open_ ? connection_.lock() : nullptr;
}

std::shared_ptr<Connection> SessionObjects::latest_connection() const
{
    const std::lock_guard lock(mutex);
    return connection_.lock();
}

bool SessionObjects::needs_connection() const
{
    std::shared_ptr<Connection> connection;
    {
        const std::lock_guard lock(mutex);
        if (phase_ != Phase::attached) {
            return phase_ == Phase::away;
        }
        connection = connection_.lock();
    }
    return connection == nullptr || connection->is_closed();
}

bool SessionObjects::is_empty() const
{
    const std::lock_guard lock(mutex);
    return exports.empty() && imports.empty();
}

/// The runtime's own objects, streams and events, end with their connection. The mutex is held.
SessionObjects::Exports SessionObjects::take_internal()
{
    Exports internal;
    for (auto exported = exports.begin(); exported != exports.end();) {
        const auto entry = exported->second.entry.lock();
        const auto next = std::next(exported);
        if (entry == nullptr || entry->interface().is_internal()) {
            internal.insert(exports.extract(exported));
        }
        exported = next;
    }
    has_exports.store(!exports.empty(), std::memory_order_relaxed);
    std::erase_if(imports, [](const auto& import) { return import.second.is_internal; });
    return internal;
}

void SessionObjects::let_go(const Exports& gone, std::string_view reason)
{
    for (const auto& [uri, exported] : gone) {
        if (const auto entry = exported.entry.lock()) {
            table_.drop_references(entry, exported.count, reason);
        }
    }
}

HeldReferences SessionObjects::held()
{
    const std::lock_guard lock(mutex);
    std::unordered_map<std::string, std::uint32_t> counts;
    for (const auto& [uri, import] : imports) {
        const std::uint32_t count = import.leaving + (import.reference != nullptr ? import.reference->received : 0);
        if (count != 0 && !import.is_internal) {
            counts[uri] += count;
        }
    }
    for (const Arrived* const one : arrived) {
        for (ReferenceList rest = one->references; one->generation == generation && !rest.empty();) {
            ++counts[std::string(rest.pop())];
        }
    }
    has_told_ = true;
    return {counts.begin(), counts.end()};
}

bool SessionObjects::peer_holds(const ObjectSession& from, std::span<const std::byte> body, bool is_last)
{
    std::shared_ptr<Epoch> ended;
    {
        const std::lock_guard lock(mutex);
        const auto confirm = [&](std::string_view uri, std::uint32_t count) {
            if (const auto found = exports.find(std::string(uri)); found != exports.end()) {
                found->second.unconfirmed -= std::min<std::uint64_t>(count, found->second.unconfirmed);
            }
        };
        if (owner != &from || !awaits_held_ || !read_held_body(body, confirm)) {
            return false;
        }
        if (!is_last) {
            return true;
        }
        awaits_held_ = false;
        std::vector<Release> releases;
        for (auto& [uri, exported] : exports) {
            if (const std::uint64_t count = std::exchange(exported.unconfirmed, 0)) {
                releases.push_back({uri, count, attachment_});
            }
        }
        ended = defer(std::move(releases));
    }
    return true;
}

std::shared_ptr<const void> SessionObjects::enter_epoch()
{
    if (!has_exports.load(std::memory_order_relaxed)) {
        return nullptr;
    }
    const std::lock_guard lock(mutex);
    if (epoch_ == nullptr) {
        epoch_ = std::make_shared<Epoch>(*this);
    }
    epoch_has_payloads_ = true;
    return epoch_;
}

void SessionObjects::release(const ObjectSession& from, std::string_view uri, std::uint32_t count) noexcept
{
    std::shared_ptr<Epoch> ended;
    {
        const std::lock_guard lock(mutex);
        if (owner != &from || !exports.contains(std::string(uri))) {
            return;
        }
        ended = defer({Release{std::string(uri), count, attachment_}});
    }
}

/// The mutex is held.
std::shared_ptr<SessionObjects::Epoch> SessionObjects::defer(std::vector<Release> releases)
{
    std::shared_ptr<Epoch> ended;
    if (epoch_has_payloads_) {
        ended = std::exchange(epoch_, nullptr);
        epoch_ = ended->next = std::make_shared<Epoch>(*this);
        previous_epoch_ = ended;
        epoch_has_payloads_ = false;
    } else {
        ended = previous_epoch_.lock();  // no payload since the last release
    }
    if (ended == nullptr) {
        ended = std::make_shared<Epoch>(*this);
    }
    for (Release& release : releases) {
        if (!ended->releases.empty() && ended->releases.back().uri == release.uri &&
            ended->releases.back().attachment == release.attachment) {
            ended->releases.back().count += release.count;
        } else {
            ended->releases.push_back(std::move(release));
        }
    }
    return ended;
}

SessionObjects::Epoch::~Epoch()
{
    for (const Release& release : releases) {
        objects.let_go(release);
    }
    // One after the other, not each inside the one before: there may be many.
    while (next != nullptr) {
        std::shared_ptr<Epoch> after;
        {
            const std::lock_guard lock(
                objects.mutex);  // what others wrote before they let go of it was written under this
            if (next.use_count() != 1) {
                break;
            }
            after = std::move(next->next);
        }
        next = std::move(after);
    }
}

void SessionObjects::let_go(const Release& release) noexcept
{
    std::shared_ptr<ObjectEntry> entry;
    std::uint64_t dropped = 0;
    {
        const std::lock_guard lock(mutex);
        const auto found = exports.find(release.uri);
        if (release.attachment != attachment_ || found == exports.end()) {
            return;
        }
        entry = found->second.entry.lock();
        dropped = std::min(release.count, found->second.count);
        found->second.count -= dropped;
        if (found->second.count == 0) {
            exports.erase(found);
            has_exports.store(!exports.empty(), std::memory_order_relaxed);
        }
    }
    if (entry != nullptr) {
        table_.drop_references(entry, dropped, "released by its client");
    }
}

bool SessionObjects::knows(const std::string& uri) const
{
    if (const auto found = imports.find(uri); found != imports.end() && !found->second.alive.expired()) {
        return true;
    }
    return std::ranges::any_of(arrived, [&](const Arrived* one) {
        for (ReferenceList rest = one->references; one->generation == generation && !rest.empty();) {
            if (rest.pop() == uri) {
                return true;
            }
        }
        return false;
    });
}

std::pair<std::vector<std::string>, std::shared_ptr<Connection>> SessionObjects::receive(Arrived& one)
{
    std::vector<std::shared_ptr<RemoteReference>> references;  // perhaps the last ones: they go outside the lock
    std::vector<std::string> unwanted;
    const std::lock_guard lock(mutex);
    arrived.erase(&one);
    if (one.generation != generation) {
        return {};
    }
    while (!one.references.empty()) {
        std::string uri(one.references.pop());
        const auto found = imports.find(uri);
        auto reference = found != imports.end() ? found->second.alive.lock() : nullptr;
        if (reference != nullptr) {
            ++reference->received;
            references.push_back(std::move(reference));
        } else {
            unwanted.push_back(std::move(uri));
        }
    }
    return {std::move(unwanted), has_told_ ? connection_.lock() : nullptr};
}

std::pair<std::uint32_t, std::shared_ptr<Connection>> SessionObjects::forget(RemoteReference& reference)
{
    const std::lock_guard lock(mutex);
    const std::uint32_t count = reference.received_in == generation ? reference.received : 0;
    if (const auto found = imports.find(reference.uri()); found != imports.end()) {
        Import& import = found->second;
        if (import.reference == &reference) {
            import.reference = nullptr;
        } else {
            import.leaving -= std::min(import.leaving, count);
        }
        if (import.reference == nullptr && import.leaving == 0) {
            imports.erase(found);
        }
    }
    return {count, has_told_ ? connection_.lock() : nullptr};
}

}  // namespace remoting
