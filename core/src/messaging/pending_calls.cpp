// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/pending_calls.hpp>

#include <utility>

namespace remoting {

void PendingCalls::open(PendingCall& call)
{
    if (used_ * 2 >= slots_.size()) {
        grow();
    }
    do {
        ++last_id_;  // an id whose slot an older call still holds is left out
    } while (slot_of(last_id_).id != 0);
    call.id = last_id_;
    slot_of(last_id_) = {last_id_, &call};
    ++used_;
}

PendingCalls::Answer PendingCalls::close(std::uint64_t id, PendingCall*& call) noexcept
{
    Slot& slot = slot_of(id);
    if (id == 0 || slot.id != id) {
        return Answer::unknown;
    }
    call = slot.call;
    slot = {};
    --used_;
    return call != nullptr ? Answer::found : Answer::abandoned;
}

void PendingCalls::abandon(std::uint64_t id) noexcept
{
    if (Slot& slot = slot_of(id); slot.id == id) {
        slot.call = nullptr;
    }
}

PendingCall* PendingCalls::find(std::uint64_t id) const noexcept
{
    const Slot& slot = slots_[id & (slots_.size() - 1)];
    return id != 0 && slot.id == id ? slot.call : nullptr;
}

void PendingCalls::grow()
{
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
    for (const Slot& slot : old) {
        if (slot.id != 0) {
            slot_of(slot.id) = slot;
        }
    }
}

}  // namespace remoting
