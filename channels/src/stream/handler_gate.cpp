// SPDX-License-Identifier: BSL-1.0
#include "handler_gate.hpp"

namespace remoting {

namespace {

thread_local const void* innermost = nullptr;

}  // namespace

HandlerGate::Visit::Visit(HandlerGate& entered) noexcept
    : gate(entered), outer(static_cast<const Visit*>(innermost)), is_in([&] {
          const std::lock_guard lock(entered.mutex_);
          entered.inside_ += entered.is_open_ ? 1U : 0U;
          return entered.is_open_;
      }())
{
    innermost = this;
}

HandlerGate::Visit::~Visit()
{
    innermost = outer;
    if (is_in) {
        const std::lock_guard lock(gate.mutex_);
        --gate.inside_;
        gate.left_.notify_all();
    }
}

void HandlerGate::close() noexcept
{
    unsigned own = 0;
    for (auto* visit = static_cast<const Visit*>(innermost); visit != nullptr; visit = visit->outer) {
        own += visit->is_in && &visit->gate == this ? 1U : 0U;
    }
    std::unique_lock lock(mutex_);
    is_open_ = false;
    left_.wait(lock, [&] { return inside_ <= own; });
}

}  // namespace remoting
