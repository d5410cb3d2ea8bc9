// SPDX-License-Identifier: BSL-1.0
#include <remoting/dispatch/object_entry.hpp>

namespace remoting {

bool Turn::try_enter(const CallChain& chain)
{
    const std::lock_guard lock(mutex_);
    const auto self = std::this_thread::get_id();
    if (entered_ != 0 && (owner_.id != chain.id || (thread_ != self && !is_threadless_))) {
        return false;
    }
    owner_ = chain;
    if (!is_threadless_) {
        thread_ = self;
    }
    ++entered_;
    return true;
}

void Turn::leave_thread()
{
    const std::lock_guard lock(mutex_);
    thread_ = {};
    is_threadless_ = true;
}

void Turn::run_here()
{
    const std::lock_guard lock(mutex_);
    if (is_threadless_) {
        return;
    }
    thread_ = std::this_thread::get_id();
}

std::unique_ptr<WaitingCall> Turn::enter_or_wait(std::unique_ptr<WaitingCall> call)
{
    const std::lock_guard lock(mutex_);
    if (entered_ == 0 || (is_threadless_ && owner_.id == call->chain().id)) {
        owner_ = call->chain();
        thread_ = {};
        ++entered_;
        return call;
    }
    waiting_.push_back(std::move(call));
    return nullptr;
}

std::unique_ptr<WaitingCall> Turn::leave()
{
    const std::lock_guard lock(mutex_);
    if (--entered_ != 0) {
        return nullptr;
    }
    is_threadless_ = false;
    if (waiting_.empty()) {
        return nullptr;
    }
    std::unique_ptr<WaitingCall> next = std::move(waiting_.front());
    waiting_.pop_front();
    owner_ = next->chain();
    thread_ = {};
    entered_ = 1;
    return next;
}

void Turn::abandon(const CallChain& chain) noexcept
{
    std::deque<std::unique_ptr<WaitingCall>> dropped;  // destroyed after the lock; they hold the object, which holds this
    const std::lock_guard lock(mutex_);
    if (entered_ == 1 && owner_.id == chain.id) {
        entered_ = 0;
        dropped.swap(waiting_);
    }
}

std::shared_ptr<ServantExecutor> ObjectEntry::shared_executor(FunctionRef<std::shared_ptr<ServantExecutor>()> make)
{
    std::call_once(executor_made_, [&] { shared_executor_ = make(); });
    return shared_executor_;
}

}  // namespace remoting
