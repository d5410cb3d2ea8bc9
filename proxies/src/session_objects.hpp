// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/connection.hpp>
#include <remoting/dispatch/object_entry.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/messaging/held_references.hpp>
#include <remoting/messaging/object_url.hpp>
#include <remoting/messaging/random_source.hpp>
#include <remoting/messaging/reference_list.hpp>

#include "waits.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace remoting {

class ObjectSession;
class ObjectTable;
class RemoteReference;

/// What the two sides of a session hold of each other. It belongs to one connection at a time; when that is lost it
/// waits for another one, until its grace has passed. Thread-safe where it has functions; what has none is read and
/// written under `mutex`.
class SessionObjects : public std::enable_shared_from_this<SessionObjects> {
public:
    struct Export {
        std::weak_ptr<ObjectEntry>
            entry;  ///< an object that is withdrawn, or whose lease ends, does not stay for its references
        std::uint64_t count = 0;
        std::uint64_t unconfirmed =
            0;  ///< of these, those that the peer has to say it holds, since the session goes on
    };
    struct Import {
        RemoteReference* reference = nullptr;  ///< until forget() was told of it
        std::weak_ptr<RemoteReference> alive;
        std::uint32_t leaving = 0;  ///< received by references before this one that are being destroyed
        bool is_internal = false;
        std::unordered_map<const InterfaceDescriptor*, std::weak_ptr<RemoteObject>> proxies;
    };
    /// References that have arrived and are not decoded yet, or have no proxy.
    struct Arrived {
        ReferenceList references;
        std::uint64_t generation =
            ~std::uint64_t{0};  ///< the session's when it arrived; that of none: it does not count
    };
    using Exports = std::unordered_map<std::string, Export>;

    enum class Phase : std::uint8_t { begun, attached, away, over };

    SessionObjects(ObjectTable& table, const Id128& name, bool was_dialed);
    SessionObjects(const SessionObjects&) = delete;
    SessionObjects& operator=(const SessionObjects&) = delete;

    /// The session is `owner`'s from now on. False when it is over.
    /// @param goes_on the peer has what it held before, and says so next
    /// @param gone what ended with the connection before; let_go() of it outside all locks
    bool attach(const ObjectSession& new_owner, const std::shared_ptr<Connection>& over, bool goes_on, Exports& gone);
    /// `owner`'s connection may be used.
    void open(const ObjectSession& new_owner);
    /// The peer knows nothing of it any more: neither side has anything of the other but names. Returns what it held.
    Exports begin_anew();
    /// Nobody holds that any more. Servants may end here.
    void let_go(const Exports& gone, std::string_view reason);
    /// `owner` ends. Unless another one has it by then, the session waits until `until`, if it is worth it, or is over.
    /// Returns what has become of it; nothing if it has another owner.
    std::optional<Phase> detach(const ObjectSession& owner, TimePoint until);
    /// Everything the peer held is let go. False if it does not wait any more, or may wait beyond `now`.
    bool end(TimePoint now);

    Phase phase() const;
    /// Null while it has none that may be used.
    std::shared_ptr<Connection> connection() const;
    std::shared_ptr<Connection> latest_connection() const;
    /// Whether it waits for one, or is about to since the one it has is closed.
    bool needs_connection() const;
    bool is_empty() const;

    HeldReferences held();
    /// False when nothing was to be said, or `from` has not the session any more.
    bool peer_holds(const ObjectSession& from, std::span<const std::byte> body, bool is_last);
    /// It has ended for good.
    bool is_over() const noexcept { return is_over_.load(); }

    /// What a payload that names objects of this side has to hold until it is decoded: releases that come later wait
    /// for that, since they may be of those. Null if the peer holds nothing.
    std::shared_ptr<const void> enter_epoch();
    /// The peer let go of `uri`, or its message did not leave, as `owner` was told.
    void release(const ObjectSession& owner, std::string_view uri, std::uint32_t count) noexcept;

    /// Whether the peer counts a reference to `uri` as received here. The mutex is held.
    bool knows(const std::string& uri) const;
    /// What was mentioned in a payload is counted for the references there are; returns what has to be given back, and
    /// to whom.
    std::pair<std::vector<std::string>, std::shared_ptr<Connection>> receive(Arrived& arrived);
    /// A reference is being destroyed: how often it was received, and whom to tell.
    std::pair<std::uint32_t, std::shared_ptr<Connection>> forget(RemoteReference& reference);

    const std::uint64_t number;  ///< of this process's sessions; from 1
    const Id128 token;           ///< zero: it ends with its connection
    const bool is_dialed;
    std::optional<std::uint32_t> user_id;  ///< of the peer, who alone may come back
    ObjectUrl url;                         ///< of a dialed one, where to dial again, and on which lane
    std::atomic<unsigned> lane{0};

    std::atomic<bool> has_exports{false};
    mutable std::mutex mutex;
    const ObjectSession* owner = nullptr;
    std::uint64_t generation = 0;
    TimePoint away_until{};
    Exports exports;
    std::unordered_map<std::string, Import> imports;
    std::unordered_set<Arrived*> arrived;
    Waits::Ticket wait = 0;   ///< of an attempt to come back
    bool is_offered = false;  ///< to a peer that has not answered; the keeper's

private:
    struct Release {
        std::string uri;
        std::uint64_t count;
        std::uint64_t
            attachment;  ///< that it belongs to: when the session goes on, what comes late does not count any more
    };
    /// Such payloads that arrived one after the other without a release between them, and the releases behind them.
    /// Held by those of them that are not decoded yet, and by the epoch before.
    struct Epoch {
        explicit Epoch(SessionObjects& to) noexcept : objects(to) {}
        ~Epoch();
        Epoch(const Epoch&) = delete;
        Epoch& operator=(const Epoch&) = delete;

        SessionObjects& objects;
        std::vector<Release> releases;
        std::shared_ptr<Epoch> next;
    };

    /// What comes back lets go, outside the lock, unless payloads hold it.
    std::shared_ptr<Epoch> defer(std::vector<Release> releases);
    void let_go(const Release& release) noexcept;
    Exports take_internal();

    ObjectTable& table_;
    Phase phase_ = Phase::begun;
    std::atomic<bool> is_over_{false};  ///< set before what belongs to it is cleared away
    std::weak_ptr<Connection> connection_;
    bool is_open_ = false;  ///< that one may be used
    bool has_told_ = true;  ///< the peer knows what this side holds, so that later releases are to be told
    std::uint64_t attachment_ = 0;
    std::shared_ptr<Epoch> epoch_;  ///< the latest; null while nothing is exported
    std::weak_ptr<Epoch> previous_epoch_;
    bool epoch_has_payloads_ = false;
    bool awaits_held_ = false;  ///< the peer has not said yet what it holds
};

}  // namespace remoting
