// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "waiter.hpp"

#include <remoting/messaging/call_chain.hpp>

#include <atomic>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace remoting {

/// Chain -> threads of this world that wait in a nested call of it, innermost last. First calls of a chain are not
/// here: they are found by their call id. Thread-safe.
class CallChains {
public:
    void push(const CallChain& chain, Waiter& waiter);
    /// Returns calls that were delivered to `waiter` too late for it to run them.
    std::vector<IncomingCall> pop(const CallChain& chain, Waiter& waiter);
    enum class Delivery : std::uint8_t {
        none,     ///< nobody waits; the call is untouched
        same,     ///< to a thread that waits on the connection the call came over
        crosses,  ///< to one that waits on another connection
    };
    /// Puts `call` into the inbox of its chain's innermost waiter.
    Delivery deliver(IncomingCall& call);
    /// Whether a thread of this chain waits here.
    bool contains(const CallChain& chain);
    /// The chain's call at `chain.depth` was cancelled: those nested in it that wait here give up.
    void cancel(const CallChain& chain, ErrorCode why);
    /// The oldest call of the waiter's inbox; false when it is empty.
    bool take(Waiter& waiter, IncomingCall& call);

private:
    std::mutex mutex_;
    std::unordered_map<Id128, std::vector<Waiter*>, Id128Hash> waiters_;
};

/// Puts a call into a waiter's inbox, one level below it whatever the peer says; the lock that publishes it is held.
void put_into_inbox(Waiter& waiter, IncomingCall call);
/// Takes the oldest call out of a waiter's inbox; the lock that publishes it is held.
bool take_from_inbox(Waiter& waiter, IncomingCall& call);
/// Takes all that are left; the same.
std::vector<IncomingCall> take_inbox(Waiter& waiter);

}  // namespace remoting
