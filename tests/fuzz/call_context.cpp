// SPDX-License-Identifier: BSL-1.0
#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/context_codec.hpp>
#include <remoting/messaging/trace_parent.hpp>
#include <remoting/serialization/limits.hpp>

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

// Arbitrary payloads with a call context behind them, and arbitrary traces: what is read is within its limits and is
// written as it can be read again.

namespace {

void check(bool condition)
{
    if (!condition) {
        std::abort();
    }
}

bool is_same(const remoting::CallContext& a, const remoting::CallContext& b)
{
    auto other = b.begin();
    for (const auto& entry : a) {
        if (other == b.end() || entry.key != other->key || entry.value != other->value) {
            return false;
        }
        ++other;
    }
    return other == b.end();
}

void read_context(std::span<const std::byte> payload)
{
    const remoting::Limits limits;
    auto rest = payload;
    remoting::CallContext context;
    try {
        context = remoting::take_context(rest, limits);
    } catch (const remoting::RemotingError&) {
        return;
    }
    check(rest.size() < payload.size() && rest.data() == payload.data());
    check(context.size() <= remoting::CallContext::entries_limit);
    remoting::CallContext by_hand;
    by_hand.merge(context);
    check(is_same(by_hand, context));
    remoting::Buffer written;
    if (remoting::append_context(written, context)) {
        std::span<const std::byte> again = std::as_const(written).bytes();
        check(is_same(remoting::take_context(again, limits), context) && again.empty());
    }
}

void read_trace(std::string_view text)
{
    if (const auto parent = remoting::TraceParent::parse(text)) {
        check(remoting::TraceParent::parse(parent->to_string()) == parent);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    read_context(std::as_bytes(std::span(data, size)));
    read_trace({reinterpret_cast<const char*>(data), size});
    return 0;
}
