// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/activation/registration_options.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/messaging/call_chain.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace remoting {

class Connection;
class LongWaits;
struct IncomingCall;
struct MethodDescriptor;

/// A call that waits for its object's turn.
class WaitingCall {
public:
    virtual ~WaitingCall() = default;
    virtual const IncomingCall& call() const noexcept = 0;
    /// Whether what this side itself waits for depends on it. Asked without a lock.
    virtual bool is_needed() const { return false; }
    /// Dispatches it; the turn is held by its chain. Returns who has the turn next, to be run by the caller.
    virtual std::unique_ptr<WaitingCall> run() = 0;
};

/// Whose turn it is on a serialized object: one call at a time, the others in order of arrival. A call that comes back
/// to the object through others is admitted: it is run by the very thread that holds the turn and waits. With
/// Reentrance::refused it is not, and waits like the others unless it is refused before. A call that enters stays where
/// it is and keeps its connection until it leaves. Thread-safe.
class Turn : public std::enable_shared_from_this<Turn> {
public:
    explicit Turn(Reentrance reentrance = Reentrance::admitted) noexcept
        : admits_its_chain_(reentrance == Reentrance::admitted)
    {
    }

    /// Who waits for too long is told by `waits`, which outlives it. Before the first call.
    void watch(LongWaits& waits) noexcept { watch_ = &waits; }

    /// Takes the turn when it is free, or held by this thread for the same chain.
    bool try_enter(const IncomingCall& call);
    /// This thread runs the call that was given the turn.
    void run_here();
    /// Queues `call` unless the turn became free, in which case it is taken and the call handed back.
    std::unique_ptr<WaitingCall> enter_or_wait(std::unique_ptr<WaitingCall> call);
    /// Gives the turn back. When others wait, the first one has it now and is returned, to be run by the caller.
    std::unique_ptr<WaitingCall> leave();
    /// The call of `chain`, which was given the turn, is not run, since its side has ended: those that wait are not,
    /// either. Nothing when another one has the turn.
    void abandon(const CallChain& chain) noexcept;
    /// The call that has the turn goes on without its thread: calls of its chain are admitted on any thread from now
    /// on, until it leaves.
    void leave_thread();
    /// Whether the call that has the turn is one of those that led to a call of `chain`.
    bool leads_to(const CallChain& chain) const;

    /// A call in the queue, as LongWaits looks at it.
    struct Wait {
        CallChain chain;
        CallChain holder;  ///< of the call that has the turn
        TimePoint since;
        std::uint64_t number = 0;  ///< of the call in this queue
        bool was_told = false;
    };
    /// When there is none, the next call that has to wait is announced to the watch again.
    std::vector<Wait> waits();
    struct WaitText {
        std::string call;     ///< "bank.Account.Withdraw on 'ada', called by 127.0.0.1:4711"
        std::string running;  ///< "Deposit, called by 127.0.0.1:4712"
    };
    /// Who waits for whom; it counts as told then. Nothing when the call waits no longer.
    std::optional<WaitText> tell(std::uint64_t number);

private:
    struct Holder {
        CallChain chain;
        const MethodDescriptor* method = nullptr;
        const Connection* connection = nullptr;  ///< kept by the call
    };
    struct Queued {
        std::unique_ptr<WaitingCall> call;
        TimePoint since;
        std::uint64_t number;
        bool was_told = false;
    };

    void take(const IncomingCall& call) noexcept;
    bool admits(const CallChain& chain) const noexcept { return admits_its_chain_ && holder_.chain.id == chain.id; }

    const bool admits_its_chain_;
    LongWaits* watch_ = nullptr;
    mutable std::mutex mutex_;
    Holder holder_;  ///< the outermost call that is inside
    std::thread::id thread_;
    std::uint32_t entered_ = 0;
    bool is_threadless_ = false;
    bool is_watched_ = false;  ///< known to the watch
    std::uint64_t last_number_ = 0;
    std::deque<Queued> waiting_;
};

}  // namespace remoting
