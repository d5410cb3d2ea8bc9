// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/connection.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/messaging/method_call.hpp>
#include <remoting/messaging/pending_calls.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace remoting {

/// A thread that waits for the answer to its call, on that thread's stack; see CALL-PATH in channels/README.md.
///
/// Bits are sticky. Whoever sets one holds the lock that publishes the waiter, since it may be gone right after: the
/// connection's mutex for done, lead and root calls, the chains' mutex for calls of nested chains.
class Waiter final : public PendingCall {
public:
    enum Bits : std::uint32_t {
        done = 1,      ///< `reply` or `failure` is set
        call = 2,      ///< the inbox has a call of this chain
        lead = 4,      ///< nobody reads the connection: take over
        parked = 8,    ///< the thread sleeps on the bits
        polling = 16,  ///< the thread sleeps in poll with its wake descriptor
        cancelled = 32,  ///< nobody waits for what this call is made for
    };

    Waiter() = default;
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    void notify(std::uint32_t bits) noexcept;
    bool has(std::uint32_t bits) const noexcept { return (bits_.load(std::memory_order_acquire) & bits) != 0; }
    void clear(std::uint32_t bits) noexcept { bits_.fetch_and(~bits, std::memory_order_relaxed); }
    /// Sleeps until a bit is set or the deadline passes; may return early.
    void park(TimePoint deadline, const Clock& clock) noexcept;
    /// Announces a sleep in poll, which `wake_descriptor` (an eventfd of the thread) ends; false when a bit is set.
    bool begin_polling(int wake_descriptor) noexcept;
    void end_polling() noexcept;
    bool is_nested() const noexcept { return request != nullptr && request->chain != nullptr; }
    /// Of its call in its chain.
    std::uint16_t depth() const noexcept { return is_nested() ? request->chain->depth : std::uint16_t{0}; }

    // Guarded by the connection's mutex:
    IncomingReply reply;
    bool has_failed = false;
    ErrorCode failure = ErrorCode::ok;
    Executed failure_executed = Executed::maybe;
    bool has_given_up = false;  ///< before an answer, since nobody waits for what it was made for
    const OutgoingCall* request = nullptr;   ///< set before it is published; null for a ping
    const Connection* connection = nullptr;  ///< that it waits on
    bool is_unsent = true;                   ///< no byte of the request can have left
    std::uint64_t ping = 0;                  ///< of the ping it waits for; 0: for a reply

    // Guarded by the lock that publishes it (see above):
    ErrorCode cancel_reason = ErrorCode::cancelled;  ///< set before the bit
    std::vector<IncomingCall> inbox;  ///< the first `taken` are gone already
    std::size_t taken = 0;

private:
    std::atomic<std::uint32_t> bits_{0};
    int wake_descriptor_ = -1;
};

}  // namespace remoting
