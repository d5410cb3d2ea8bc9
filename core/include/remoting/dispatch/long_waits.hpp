// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/turn.hpp>
#include <remoting/errors/log.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/messaging/call_chain.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace remoting {

/// Says in the log, once for each call, that it waits too long for its turn at a serialized object, and for whom; where
/// calls wait for each other, so that only their deadlines can end it, all of them, a line for each. Calls that run
/// cost it nothing: a queue announces itself with its first call, and is looked at when that one's time is up. Whoever
/// has the time calls look(). Thread-safe.
class LongWaits {
public:
    struct Hooks {
        /// look() is to be called at that time, or soon after.
        std::function<void(TimePoint when)> wake_at;
        /// The call that was made from here in the service of `chain`'s one, below its depth, and has no reply yet:
        /// "bank.Ledger.Book on 'ledger' at tcp://127.0.0.1:6100"; empty when there is none. May be empty.
        std::function<std::string(const CallChain& chain)> outstanding;
    };

    explicit LongWaits(const Clock& clock) noexcept : clock_(clock) {}
    LongWaits(const LongWaits&) = delete;
    LongWaits& operator=(const LongWaits&) = delete;

    /// Without it, or with a `longest` of zero or `infinite`, nothing is watched. Before the first call.
    void start(Duration longest, Log log, Hooks hooks);
    bool is_on() const noexcept { return longest_ != infinite; }

    TimePoint now() const noexcept { return clock_.now(); }
    /// The first call of a queue waits since then.
    void begin(std::weak_ptr<Turn> turn, TimePoint since);
    /// Tells of the waits that are too long by now.
    void look();

private:
    struct Wait {
        std::shared_ptr<Turn> turn;
        Turn::Wait call;
    };

    std::vector<Wait> all_waits();
    void tell(std::vector<Wait>& waits, std::size_t first);
    void tell_one(const Wait& wait, const Turn::WaitText& text) const;
    void tell_cycle(const std::vector<Wait>& cycle, const std::vector<Turn::WaitText>& texts) const;
    std::string age(const Wait& wait) const;

    const Clock& clock_;
    Duration longest_ = infinite;
    Log log_;
    Hooks hooks_;
    std::mutex mutex_;
    std::vector<std::weak_ptr<Turn>> turns_;  ///< with a queue, or without one since the last look
};

}  // namespace remoting
