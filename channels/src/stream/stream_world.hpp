// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "call_chains.hpp"
#include "reactor.hpp"

#include <remoting/channels/peer_session.hpp>
#include <remoting/channels/stream_engine.hpp>
#include <remoting/dispatch/dispatch_sink.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/messaging/random_source.hpp>
#include <remoting/serialization/limits.hpp>
#include <remoting/sinks/server_formatter_sink.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace remoting {

/// What the connections of one Client or Server share. Outlives them all.
struct StreamWorld {
    explicit StreamWorld(const StreamEngine::Options& options)
        : limits(options.limits),
          adaptive_waiting(options.adaptive_waiting),
          clock(options.clock),
          random(options.random),
          dispatch(options.dispatch),
          formatter(options.formatter),
          make_session(options.make_session),
          keep_alive(options.keep_alive),
          opened(options.opened),
          closed(options.closed),
          reactor(options.clock, options.io_context, options.serves, options.woken)
    {
    }

    const Limits limits;
    const bool adaptive_waiting;
    const Clock& clock;
    RandomSource& random;
    const DispatchSink& dispatch;
    const ServerFormatterSink& formatter;
    const StreamEngine::MakeSession make_session;
    const std::function<std::shared_ptr<void>()> keep_alive;
    const std::function<void(const Connection&)> opened;
    const std::function<void(const Connection&, ErrorCode, const std::string&)> closed;

    CallChains chains;

    /// Connections by their own token, to find a first call of a chain that waits on another connection.
    std::mutex tokens_mutex;
    std::unordered_map<std::uint64_t, std::weak_ptr<StreamConnection>> tokens;

    /// Whether calls of a waiter's chain may come in over another connection than the one it waits on; then blocking
    /// reads are not used for waiting. It turns on once and stays.
    std::atomic<bool> calls_cross{false};

    /// The connection whose token has this high half; null when it is gone.
    std::shared_ptr<StreamConnection> find_by_token(std::uint64_t high)
    {
        const std::lock_guard lock(tokens_mutex);
        const auto found = tokens.find(high);
        return found == tokens.end() ? nullptr : found->second.lock();
    }

    std::mutex drain_mutex;
    std::condition_variable drained;
    std::atomic<bool> is_stopping{false};
    std::atomic<bool> has_stopped{false};  ///< calls that have not begun do not begin any more
    std::atomic<std::uint32_t> unauthenticated{0};

    Reactor reactor;  // last: its threads use the rest
};

}  // namespace remoting
