// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/current_call.hpp>

#include <remoting/serialization/reference_marshaller.hpp>

#include "current_context.hpp"

#include <remoting/channels/connection.hpp>

namespace remoting {

namespace {

thread_local const CurrentCall* current = nullptr;

}  // namespace

std::stop_token CurrentCall::stop_token() const
{
    return connection != nullptr && id != 0 ? connection->stop_token(id) : std::stop_token();
}

const CurrentCall* current_call() noexcept
{
    return current;
}

std::uint64_t CurrentCall::session() const
{
    return connection != nullptr ? connection->marshaller().session_number() : 0;
}

CurrentCallScope::CurrentCallScope(const CurrentCall& call) noexcept
    : call_(call),
      outer_(current),
      outer_context_(exchange_call_context(call.context))
{
    current = &call_;
}

CurrentCallScope::CurrentCallScope(std::nullptr_t) noexcept
    : call_{},
      outer_(current),
      outer_context_(exchange_call_context(nullptr))
{
    current = nullptr;
}

CurrentCallScope::~CurrentCallScope()
{
    exchange_call_context(outer_context_);
    current = outer_;
}

}  // namespace remoting
