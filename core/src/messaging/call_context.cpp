// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/call_context.hpp>

#include "current_context.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/trace_parent.hpp>
#include <remoting/serialization/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace remoting {

namespace {

thread_local CallContext* current = nullptr;

[[noreturn]] void refuse(ErrorCode code, std::string cause)
{
    throw RemotingError(code, Executed::no, std::move(cause));
}

void check(std::string_view key, std::string_view value)
{
    if (key.empty()) {
        refuse(ErrorCode::invalid_argument, "a call context has no empty keys");
    }
    if (!is_utf8(key) || !is_utf8(value)) {
        refuse(ErrorCode::invalid_argument, "a call context holds UTF-8 only");
    }
    if (key == CallContext::traceparent && !TraceParent::parse(value)) {
        refuse(ErrorCode::invalid_argument, "a malformed traceparent");
    }
}

CallContext copy_of(const CallContext* context)
{
    return context != nullptr ? *context : CallContext();
}

}  // namespace

CallContext::CallContext(std::initializer_list<std::pair<std::string_view, std::string_view>> entries)
{
    for (const auto& [key, value] : entries) {
        set(key, value);
    }
}

std::vector<CallContext::Entry>::iterator CallContext::position_of(std::string_view key) noexcept
{
    return std::ranges::lower_bound(entries_, key, {}, &Entry::key);
}

std::size_t CallContext::cost() const noexcept
{
    std::size_t sum = 0;
    for (const Entry& entry : entries_) {
        sum += cost(entry.key, entry.value);
    }
    return sum;
}

void CallContext::set(std::string_view key, std::string_view value)
{
    check(key, value);
    const auto position = position_of(key);
    const bool exists = position != entries_.end() && position->key == key;
    if (exists && position->value == value) {
        return;
    }
    if (!exists && entries_.size() == entries_limit) {
        refuse(ErrorCode::limit_exceeded, fmt::format("a call context holds at most {} entries", entries_limit));
    }
    const std::size_t replaced = exists ? cost(key, position->value) : 0;
    if (cost() - replaced + cost(key, value) > size_limit) {
        refuse(ErrorCode::limit_exceeded, fmt::format("a call context holds at most {} bytes", size_limit));
    }
    if (exists) {
        position->value = value;
        position->is_changed = true;
    } else {
        entries_.insert(position, {std::string(key), std::string(value), true});
    }
}

bool CallContext::erase(std::string_view key) noexcept
{
    const auto position = position_of(key);
    if (position == entries_.end() || position->key != key) {
        return false;
    }
    entries_.erase(position);
    return true;
}

const std::string* CallContext::find(std::string_view key) const noexcept
{
    const auto position = std::ranges::lower_bound(entries_, key, {}, &Entry::key);
    return position != entries_.end() && position->key == key ? &position->value : nullptr;
}

void CallContext::merge(const CallContext& other)
{
    for (const Entry& entry : other) {
        set(entry.key, entry.value);
    }
}

CallContext* call_context() noexcept
{
    return current;
}

CallContext* exchange_call_context(CallContext* context) noexcept
{
    return std::exchange(current, context);
}

CallContextScope::CallContextScope() : CallContextScope(copy_of(current)) {}

CallContextScope::CallContextScope(CallContext context) noexcept
    : context_(std::move(context)),
      outer_(exchange_call_context(&context_))
{
}

CallContextScope::~CallContextScope()
{
    exchange_call_context(outer_);
}

}  // namespace remoting
