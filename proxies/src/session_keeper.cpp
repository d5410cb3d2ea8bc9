// SPDX-License-Identifier: BSL-1.0
#include "session_keeper.hpp"

#include "world.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace remoting {

namespace {

constexpr Duration first_pause = std::chrono::milliseconds(20);
constexpr Duration longest_pause = std::chrono::milliseconds(500);

}  // namespace

std::shared_ptr<SessionObjects> SessionKeeper::offer(const std::string& address)
{
    {
        const std::lock_guard lock(mutex_);
        const auto lost = std::ranges::find_if(dialed_, [&](const auto& session) {
            return !session->is_offered && session->url.endpoint() == address && session->needs_connection();
        });
        if (lost != dialed_.end()) {
            (*lost)->is_offered = true;
            return *lost;
        }
    }
    const bool has_name = world_.options().session_grace != Duration::zero();
    auto session = std::make_shared<SessionObjects>(world_.objects(),
                                                    has_name ? Id128::random(*world_.options().random) : Id128(), true);
    if (has_name) {
        session->url = ObjectUrl::parse(address);
        session->is_offered = true;
        const std::lock_guard lock(mutex_);
        dialed_.push_back(session);
    }
    return session;
}

std::shared_ptr<SessionObjects> SessionKeeper::find(const Id128& token, const PeerIdentity& peer)
{
    const std::lock_guard lock(mutex_);
    const auto found = accepted_.find(token);
    return found != accepted_.end() && found->second->user_id == peer.user_id ? found->second : nullptr;
}

void SessionKeeper::add(const std::shared_ptr<SessionObjects>& session)
{
    const std::lock_guard lock(mutex_);
    accepted_.try_emplace(session->token, session);
}

void SessionKeeper::has_not_returned(const std::shared_ptr<SessionObjects>& session)
{
    {
        const std::lock_guard lock(mutex_);
        session->is_offered = false;
    }
    switch (session->phase()) {
        case SessionObjects::Phase::away:
        case SessionObjects::Phase::attached:
            break;  // somebody is looking for it, or its old connection is about to tell of its end
        case SessionObjects::Phase::begun:
        case SessionObjects::Phase::over:
            forget(*session);
            break;
    }
}

void SessionKeeper::has_returned(SessionObjects& session)
{
    const std::lock_guard lock(mutex_);
    session.is_offered = false;
    std::erase_if(away_, [&](const auto& entry) { return entry.second.get() == &session; });
}

void SessionKeeper::forget(const SessionObjects& session)
{
    std::shared_ptr<SessionObjects> gone;  // destroyed after the lock
    std::shared_ptr<SessionObjects> left;

    const std::lock_guard lock(mutex_);
    if (const auto found = accepted_.find(session.token); found != accepted_.end() && found->second.get() == &session) {
        gone = std::move(found->second);
        accepted_.erase(found);
    }
    const auto is_it = [&](const auto& one) { return one.get() == &session; };
    std::erase_if(away_, [&](const auto& entry) { return is_it(entry.second); });
    if (const auto dialed = std::ranges::find_if(dialed_, is_it); dialed != dialed_.end()) {
        left = std::move(*dialed);
        dialed_.erase(dialed);
    }
}

void SessionKeeper::is_over(const SessionObjects& session)
{
    forget(session);
    if (const auto& told = world_.options().on_session_ended) {
        told(session.number);
    }
}

void SessionKeeper::await_return(const std::shared_ptr<SessionObjects>& session)
{
    std::shared_ptr<SessionObjects> oldest;
    TimePoint until;
    {
        const std::lock_guard state(session->mutex);
        until = session->away_until;
    }
    {
        const std::lock_guard lock(mutex_);
        away_.emplace(until, session);
        if (away_.size() > world_.limits().connections) {
            oldest = away_.begin()->second;
        }
    }
    if (oldest != nullptr && oldest->end(TimePoint::max())) {
        is_over(*oldest);
    }
    world_.wake_at(until);
    if (session->is_dialed && !session->is_empty() && world_.options().io_context == nullptr) {
        come_back(session, first_pause);
    }
}

/// Dials again without being asked: the peer may want to call this side, and counts on its return.
void SessionKeeper::come_back(const std::shared_ptr<SessionObjects>& session, Duration pause)
{
    // So that the clients of a server that was lost do not come back all at once.
    const auto spread = Id128::random(*world_.options().random).low % static_cast<std::uint64_t>(pause.count() / 4 + 1);
    world_.async_pause(
        pause + Duration(static_cast<Duration::rep>(spread)),
        [world = world_.weak_from_this(), session, pause](const std::exception_ptr& failure, const auto&) {
            const auto alive = world.lock();
            if (failure == nullptr && alive != nullptr && session->phase() == SessionObjects::Phase::away) {
                alive->sessions().dial(session, std::min(2 * pause, longest_pause));
            }
        },
        session->wait);
}

void SessionKeeper::dial(const std::shared_ptr<SessionObjects>& session, Duration pause)
{
    TimePoint until;
    {
        const std::lock_guard state(session->mutex);
        until = session->away_until;
    }
    world_.connections().async_connect(
        session->url, session->lane, until,
        [world = world_.weak_from_this(), session, pause](const std::exception_ptr&,
                                                          const std::shared_ptr<Connection>& connection) {
            const auto alive = world.lock();
            if (alive != nullptr && !alive->is_stopping() && session->phase() == SessionObjects::Phase::away) {
                if (connection != nullptr) {
                    alive->sessions().try_another_lane(*session, *connection);
                }
                alive->sessions().come_back(session, pause);
            }
        },
        session->wait);
}

void SessionKeeper::try_another_lane(SessionObjects& session, const Connection& fresh)
{
    unsigned expected = session.lane;
    if (world_.connections().lane_of(fresh) == expected) {  // else another call has moved it already
        session.lane.compare_exchange_strong(expected, expected + world_.options().connections_per_endpoint);
    }
}

void SessionKeeper::end_due()
{
    std::vector<std::shared_ptr<SessionObjects>> due;
    TimePoint next = TimePoint::max();
    const TimePoint now = world_.clock().now();
    {
        const std::lock_guard lock(mutex_);
        while (!away_.empty() && away_.begin()->first <= now) {
            auto session = std::move(away_.begin()->second);
            away_.erase(away_.begin());
            if (session->is_offered) {  // the peer is just being asked; it must not end meanwhile
                away_.emplace(deadline_after(now, first_pause), std::move(session));
            } else {
                due.push_back(std::move(session));
            }
        }
        if (!away_.empty()) {
            next = away_.begin()->first;
        }
    }
    if (next != TimePoint::max()) {
        world_.wake_at(next);
    }
    if (!due.empty()) {
        world_.run_on_worker([world = world_.weak_from_this(), due = std::move(due), now] {  // servants end there
            const auto alive = world.lock();
            for (const auto& session : due) {
                if (session->end(now) && alive != nullptr) {
                    alive->sessions().is_over(*session);
                }
            }
        });
    }
}

void SessionKeeper::clear()
{
    std::multimap<TimePoint, std::shared_ptr<SessionObjects>> away;
    std::vector<std::shared_ptr<SessionObjects>> dialed;
    {
        const std::lock_guard lock(mutex_);
        away.swap(away_);
        accepted_.clear();
        dialed.swap(dialed_);
    }
    for (const auto& [until, session] : away) {
        if (session->end(TimePoint::max())) {
            is_over(*session);
        }
    }
}

}  // namespace remoting
