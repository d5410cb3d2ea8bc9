// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "session_objects.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace remoting {

class World;

/// The sessions of a world that have a name: those that peers may come back to, and those that this side dials for.
/// Thread-safe.
class SessionKeeper {
public:
    explicit SessionKeeper(World& world) : world_(world) {}

    /// For a connection that is being opened to `address`: a session that was lost there, else a new one. Without a
    /// grace it has no name. has_returned() or has_not_returned() follows.
    std::shared_ptr<SessionObjects> offer(const std::string& address);
    /// The session an opened connection asks for; null when there is none for this peer.
    std::shared_ptr<SessionObjects> find(const Id128& token, const PeerIdentity& peer);
    /// A session that a peer has begun.
    void add(const std::shared_ptr<SessionObjects>& session);

    /// Its connection was lost.
    void await_return(const std::shared_ptr<SessionObjects>& session);
    /// What was offered has another connection, or that came to nothing.
    void has_returned(SessionObjects& session);
    void has_not_returned(const std::shared_ptr<SessionObjects>& session);
    /// It is over, and the user is told.
    void is_over(const SessionObjects& session);

    /// `fresh` is on the session's lane and belongs to another session, which will keep it.
    void try_another_lane(SessionObjects& session, const Connection& fresh);

    /// Ends those whose grace has passed.
    void end_due();
    /// Ends those that wait.
    void clear();

private:
    void forget(const SessionObjects& session);
    void come_back(const std::shared_ptr<SessionObjects>& session, Duration pause);
    void dial(const std::shared_ptr<SessionObjects>& session, Duration pause);

    World& world_;
    std::mutex mutex_;
    std::map<Id128, std::shared_ptr<SessionObjects>> accepted_;
    std::vector<std::shared_ptr<SessionObjects>> dialed_;
    std::multimap<TimePoint, std::shared_ptr<SessionObjects>> away_;
};

}  // namespace remoting
