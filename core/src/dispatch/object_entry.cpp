// SPDX-License-Identifier: BSL-1.0
#include <remoting/dispatch/object_entry.hpp>

namespace remoting {

bool Turn::try_enter(const CallChain& chain)
{
    const std::lock_guard lock(mutex_);
    const auto self = std::this_thread::get_id();
    if (entered_ != 0 && (owner_.id != chain.id || thread_ != self)) {
        return false;
    }
    owner_ = chain;
    thread_ = self;
    ++entered_;
    return true;
}

void Turn::run_here()
{
    const std::lock_guard lock(mutex_);
    thread_ = std::this_thread::get_id();
}

std::unique_ptr<WaitingCall> Turn::enter_or_wait(std::unique_ptr<WaitingCall> call)
{
    const std::lock_guard lock(mutex_);
    if (entered_ == 0) {
        owner_ = call->chain();
        thread_ = {};
        entered_ = 1;
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
    thread_ = {};
    entered_ = 1;
    return next;
}

}  // namespace remoting
