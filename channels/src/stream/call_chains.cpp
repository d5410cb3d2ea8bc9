// SPDX-License-Identifier: BSL-1.0
#include "call_chains.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace remoting {

void CallChains::push(const CallChain& chain, Waiter& waiter)
{
    const std::lock_guard lock(mutex_);
    waiters_[chain.id].push_back(&waiter);
}

std::vector<IncomingCall> CallChains::pop(const CallChain& chain, Waiter& waiter)
{
    const std::lock_guard lock(mutex_);
    const auto found = waiters_.find(chain.id);
    std::erase(found->second, &waiter);
    if (found->second.empty()) {
        waiters_.erase(found);
    }
    return take_inbox(waiter);
}

CallChains::Delivery CallChains::deliver(IncomingCall& call)
{
    const std::lock_guard lock(mutex_);
    const auto found = waiters_.find(call.chain.id);
    if (found == waiters_.end()) {
        return Delivery::none;
    }
    Waiter& waiter = *found->second.back();
    const bool crosses = waiter.connection != call.connection.get();
    put_into_inbox(waiter, std::move(call));
    return crosses ? Delivery::crosses : Delivery::same;
}

bool CallChains::contains(const CallChain& chain)
{
    const std::lock_guard lock(mutex_);
    return waiters_.contains(chain.id);
}

void CallChains::cancel(const CallChain& chain, ErrorCode why)
{
    const std::lock_guard lock(mutex_);
    if (const auto found = waiters_.find(chain.id); found != waiters_.end()) {
        for (Waiter* const waiter : found->second) {
            if (waiter->depth() > chain.depth) {
                waiter->cancel_reason = why;
                waiter->notify(Waiter::cancelled);
            }
        }
    }
}

bool CallChains::take(Waiter& waiter, IncomingCall& call)
{
    const std::lock_guard lock(mutex_);
    return take_from_inbox(waiter, call);
}

void put_into_inbox(Waiter& waiter, IncomingCall call)
{
    call.chain.depth = std::max(call.chain.depth, static_cast<std::uint16_t>(waiter.depth() + 1));
    waiter.inbox.push_back(std::move(call));
    waiter.notify(Waiter::call);
}

bool take_from_inbox(Waiter& waiter, IncomingCall& call)
{
    if (waiter.inbox.empty()) {
        return false;
    }
    call = std::move(waiter.inbox[waiter.taken++]);
    if (waiter.taken == waiter.inbox.size()) {
        waiter.inbox.clear();
        waiter.taken = 0;
        waiter.clear(Waiter::call);
    }
    return true;
}

std::vector<IncomingCall> take_inbox(Waiter& waiter)
{
    std::vector<IncomingCall> left = std::exchange(waiter.inbox, {});
    left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(std::exchange(waiter.taken, 0)));
    return left;
}

}  // namespace remoting
