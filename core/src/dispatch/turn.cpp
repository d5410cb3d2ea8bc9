// SPDX-License-Identifier: BSL-1.0
#include <remoting/dispatch/turn.hpp>

#include <remoting/channels/connection.hpp>
#include <remoting/dispatch/long_waits.hpp>
#include <remoting/dispatch/object_entry.hpp>
#include <remoting/messaging/method_call.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace remoting {

namespace {

std::string_view address_of(const Connection* connection) noexcept
{
    return connection != nullptr ? std::string_view(connection->peer().address) : std::string_view("nobody known");
}

}  // namespace

/// The mutex is held, and nobody is inside.
void Turn::take(const IncomingCall& call) noexcept
{
    holder_ = {call.chain, call.method, call.connection.get()};
    thread_ = {};
    entered_ = 1;
}

bool Turn::try_enter(const IncomingCall& call)
{
    const std::lock_guard lock(mutex_);
    const auto self = std::this_thread::get_id();
    if (entered_ == 0) {
        take(call);
        thread_ = self;
        return true;
    }
    if (!admits(call.chain) || (thread_ != self && !is_threadless_)) {
        return false;
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
    TimePoint since;
    bool is_first = false;
    {
        const std::lock_guard lock(mutex_);
        if (entered_ == 0) {
            take(call->call());
            return call;
        }
        if (is_threadless_ && admits(call->call().chain)) {
            ++entered_;
            return call;
        }
        if (watch_ != nullptr) {
            since = watch_->now();
            is_first = !std::exchange(is_watched_, true);
        }
        waiting_.push_back({std::move(call), since, ++last_number_});
    }
    if (is_first) {
        watch_->begin(weak_from_this(), since);
    }
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
    std::unique_ptr<WaitingCall> next = std::move(waiting_.front().call);
    waiting_.pop_front();
    take(next->call());
    return next;
}

void Turn::abandon(const CallChain& chain) noexcept
{
    std::deque<Queued> dropped;  // destroyed after the lock; they hold the object, which holds this
    const std::lock_guard lock(mutex_);
    if (entered_ == 1 && holder_.chain.id == chain.id) {
        entered_ = 0;
        dropped.swap(waiting_);
    }
}

bool Turn::leads_to(const CallChain& chain) const
{
    const std::lock_guard lock(mutex_);
    return entered_ != 0 && holder_.chain.id == chain.id && holder_.chain.depth < chain.depth;
}

std::vector<Turn::Wait> Turn::waits()
{
    const std::lock_guard lock(mutex_);
    is_watched_ = !waiting_.empty();
    std::vector<Wait> waits;
    waits.reserve(waiting_.size());
    for (const Queued& queued : waiting_) {
        waits.push_back({queued.call->call().chain, holder_.chain, queued.since, queued.number, queued.was_told});
    }
    return waits;
}

std::optional<Turn::WaitText> Turn::tell(std::uint64_t number)
{
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(waiting_, number, &Queued::number);
    if (found == waiting_.end()) {
        return std::nullopt;
    }
    found->was_told = true;
    const IncomingCall& call = found->call->call();
    return WaitText{fmt::format("{}.{} on '{}', called by {}", call.object->interface().name, call.method->name,
                                call.object->uri(), address_of(call.connection.get())),
                    fmt::format("{}, called by {}", holder_.method->name, address_of(holder_.connection))};
}

}  // namespace remoting
