// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace remoting {

/// A call that waits for its reply; owned by the caller, known to PendingCalls while it is open.
struct PendingCall {
    std::uint64_t id = 0;     ///< 0: not open yet
    bool is_started = false;  ///< a StartedCall: no thread waits for it
};

/// Call id -> waiting caller; pure. Ids rise and are never used again on a connection, nor is a slot before the
/// peer's terminal answer. Not thread-safe: the connection's mutex guards it.
class PendingCalls {
public:
    /// Gives `call` an id greater than all before and remembers it; `call` must outlive its slot.
    void open(PendingCall& call);

    enum class Answer : std::uint8_t {
        found,      ///< the slot is free now
        abandoned,  ///< the caller had gone; the slot is free now
        unknown,    ///< no such call: the peer broke the protocol
    };
    /// The terminal answer to `id` came.
    Answer close(std::uint64_t id, PendingCall*& call) noexcept;
    /// The caller leaves before the answer; its slot stays taken until then.
    void abandon(std::uint64_t id) noexcept;
    /// Null when `id` is not open or was abandoned.
    PendingCall* find(std::uint64_t id) const noexcept;

    /// Closes every slot and calls `end` for those that still have a caller.
    template <class F>
    void end_all(F end)
    {
        for (Slot& slot : slots_) {
            if (slot.id != 0) {
                PendingCall* const call = slot.call;
                slot = {};
                if (call != nullptr) {
                    end(*call);
                }
            }
        }
        used_ = 0;
    }

    /// Closes the slots above `id` for which `end` returns true; for abandoned ones it is not asked.
    template <class F>
    void end_above(std::uint64_t id, F end)
    {
        for (Slot& slot : slots_) {
            if (slot.id > id && (slot.call == nullptr || end(*slot.call))) {
                slot = {};
                --used_;
            }
        }
    }

    /// Calls `f` for each call that still has a caller; `f` may abandon the one it is given.
    template <class F>
    void for_each(F f) const
    {
        for (const Slot& slot : slots_) {
            if (slot.call != nullptr) {
                f(*slot.call);
            }
        }
    }

    /// An id for a request without an answer.
    std::uint64_t next_id() noexcept { return ++last_id_; }

    std::size_t size() const noexcept { return used_; }
    std::uint64_t last_id() const noexcept { return last_id_; }

private:
    struct Slot {
        std::uint64_t id = 0;  ///< 0: free
        PendingCall* call = nullptr;
    };
    Slot& slot_of(std::uint64_t id) noexcept { return slots_[id & (slots_.size() - 1)]; }
    void grow();

    std::vector<Slot> slots_ = std::vector<Slot>(16);  // a power of two, so that an id names its slot
    std::size_t used_ = 0;
    std::uint64_t last_id_ = 0;
};

}  // namespace remoting
