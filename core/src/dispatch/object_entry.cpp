// SPDX-License-Identifier: BSL-1.0
#include <remoting/dispatch/object_entry.hpp>

namespace remoting {

bool Turn::try_enter(const CallChain& chain)
{
    const std::lock_guard lock(mutex_);
    if (entered_ != 0 && owner_.id != chain.id) {
        return false;
    }
    owner_ = chain;
    ++entered_;
    return true;
}

std::unique_ptr<WaitingCall> Turn::enter_or_wait(std::unique_ptr<WaitingCall> call)
{
    const std::lock_guard lock(mutex_);
    if (entered_ == 0 || owner_.id == call->chain().id) {
        owner_ = call->chain();
        ++entered_;
        return call;
    }
    waiting_.push_back(std::move(call));
    return nullptr;
}

std::unique_ptr<WaitingCall> Turn::leave()
{
    const std::lock_guard lock(mutex_);
    if (--entered_ != 0 || waiting_.empty()) {
        return nullptr;
    }
    std::unique_ptr<WaitingCall> next = std::move(waiting_.front());
    waiting_.pop_front();
    owner_ = next->chain();
    entered_ = 1;
    return next;
}

}  // namespace remoting
