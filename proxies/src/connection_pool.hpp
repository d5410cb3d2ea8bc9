// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "waits.hpp"

#include <remoting/channels/channel_host.hpp>
#include <remoting/channels/channel_registry.hpp>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace remoting {

/// The connections this side opened: one to an endpoint, or as many as the options say, shared by all who call there. Whoever needs one first makes it and the
/// others wait for that attempt; calls that wait without a thread are sent in the order they came, and before any that come after.
/// Thread-safe.
class ConnectionPool {
public:
    /// @param keep_alive what an attempt on the user's io_context has to hold on to, since that outlives this pool; null
    ///        when the io_context is the host's own
    ConnectionPool(ChannelRegistry& channels, ChannelHost& host, Waits& waits,
                   std::function<std::shared_ptr<void>()> keep_alive);
    ~ConnectionPool();
    ConnectionPool(const ConnectionPool&) = delete;
    ConnectionPool& operator=(const ConnectionPool&) = delete;

    /// Waits. @throws RemotingError
    /// @param lane which of several connections to the endpoint; 0 is the first
    std::shared_ptr<Connection> connect(const ObjectUrl& url, unsigned lane, TimePoint deadline);
    /// The same without waiting. `done` is called once, on any thread, perhaps before this returns; until then `ticket` names
    /// the wait, which may be taken.
    void async_connect(const ObjectUrl& url, unsigned lane, TimePoint deadline, Connected done, Waits::Ticket& ticket);
    /// Of the connection, if it is the one that is used now.
    std::optional<unsigned> lane_of(const Connection& connection);
    /// Wakes who waits, once the host is stopping.
    void wake_all();
    /// Lets go of the connections, which others may still hold.
    void clear();

private:
    class Endpoint;

    std::shared_ptr<Endpoint> endpoint(const ObjectUrl& url, unsigned lane);
    std::vector<std::shared_ptr<Endpoint>> all();
    void forget_closed();

    ChannelRegistry& channels_;
    ChannelHost& host_;
    Waits& waits_;
    const std::function<std::shared_ptr<void>()> keep_alive_;
    std::mutex mutex_;
    std::map<std::pair<std::string, unsigned>, std::shared_ptr<Endpoint>> endpoints_;
};

}  // namespace remoting
