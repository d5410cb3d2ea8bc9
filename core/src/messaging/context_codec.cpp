// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/context_codec.hpp>

#include "byte_io.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/trace_parent.hpp>
#include <remoting/serialization/limits.hpp>
#include <remoting/serialization/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace remoting {

namespace {

constexpr std::size_t size_field = 2;

template <class Wanted>
bool append(Buffer& payload, const CallContext& context, Wanted wanted)
{
    std::size_t size = 0;
    for (const auto& entry : context) {
        size += wanted(entry) ? CallContext::cost(entry.key, entry.value) : 0;
    }
    if (size == 0) {
        return false;
    }
    ByteWriter writer({payload.append(size + size_field), size + size_field});
    for (const auto& entry : context) {
        if (wanted(entry)) {
            writer.write_text(entry.key);
            writer.write_text(entry.value);
        }
    }
    writer.write(static_cast<std::uint16_t>(size));
    return true;
}

[[noreturn]] void malformed()
{
    throw RemotingError(ErrorCode::invalid_payload, Executed::no, "a malformed call context");
}

}  // namespace

bool append_context(Buffer& payload, const CallContext& context)
{
    return append(payload, context, [](const CallContext::Entry&) { return true; });
}

bool append_changes(Buffer& payload, const CallContext& context)
{
    return append(payload, context, [](const CallContext::Entry& entry) {
        return entry.is_changed && entry.key != CallContext::traceparent;
    });
}

/// Keys that rise are different ones.
CallContext decode_context(std::string_view block)
{
    CallContext context;
    ByteReader reader(std::as_bytes(std::span(block)));
    std::string_view last;
    std::size_t count = 0;
    while (!reader.rest().empty()) {
        const std::string_view key = reader.read_text();
        const std::string_view value = reader.read_text();
        if (!reader.ok() || key <= last || !is_utf8(key) || !is_utf8(value)) {
            malformed();
        }
        if (++count > CallContext::entries_limit) {
            throw RemotingError(ErrorCode::limit_exceeded, Executed::no,
                                fmt::format("a call context of more than {} entries", CallContext::entries_limit));
        }
        last = key;
        if (key != CallContext::traceparent || TraceParent::parse(value)) {
            context.entries_.push_back({std::string(key), std::string(value)});
        }
    }
    return context;
}

CallContext take_context(std::span<const std::byte>& payload, const Limits& limits)
{
    if (payload.size() < size_field) {
        malformed();
    }
    std::uint16_t size = 0;
    std::memcpy(&size, payload.last(size_field).data(), size_field);
    const std::span<const std::byte> rest = payload.first(payload.size() - size_field);
    if (size == 0 || size > rest.size()) {
        malformed();
    }
    const std::size_t most = std::min(CallContext::size_limit, limits.header_size);
    if (size > most) {
        throw RemotingError(ErrorCode::limit_exceeded, Executed::no,
                            fmt::format("a call context of {} bytes; at most {} are accepted here", size, most));
    }
    payload = rest.first(rest.size() - size);
    return decode_context({reinterpret_cast<const char*>(rest.data()) + payload.size(), size});
}

}  // namespace remoting
