// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/trace_parent.hpp>

#include <fmt/format.h>

#include <array>
#include <cstring>

namespace remoting {

namespace {

constexpr std::size_t known_length = 55;

/// Takes `digits` lower-case hexadecimal digits off the front; false when they are not there.
bool take(std::string_view& text, std::size_t digits, std::uint64_t& value) noexcept
{
    value = 0;
    for (const char c : text.substr(0, digits)) {
        const bool is_digit = c >= '0' && c <= '9';
        if (!is_digit && (c < 'a' || c > 'f')) {
            return false;
        }
        value = value << 4U | static_cast<std::uint64_t>(is_digit ? c - '0' : c - 'a' + 10);
    }
    text.remove_prefix(digits);
    return true;
}

bool take_dash(std::string_view& text) noexcept
{
    const bool is_there = text.front() == '-';
    text.remove_prefix(1);
    return is_there;
}

std::uint64_t random_span(RandomSource& random)
{
    std::array<std::byte, 8> bytes{};
    random.fill(bytes);
    std::uint64_t span = 0;
    std::memcpy(&span, bytes.data(), bytes.size());
    return span != 0 ? span : 1;
}

}  // namespace

TraceParent TraceParent::start(RandomSource& random)
{
    Id128 trace = Id128::random(random);
    trace.low = trace.is_zero() ? 1 : trace.low;
    return {trace, random_span(random), 1};
}

TraceParent TraceParent::child(RandomSource& random) const
{
    return {trace, random_span(random), flags};
}

std::optional<TraceParent> TraceParent::parse(std::string_view text) noexcept
{
    if (text.size() < known_length) {
        return std::nullopt;
    }
    TraceParent parent;
    std::uint64_t version = 0;
    std::uint64_t flags = 0;
    const bool is_well_formed = take(text, 2, version) && take_dash(text) && take(text, 16, parent.trace.high) &&
                                take(text, 16, parent.trace.low) && take_dash(text) && take(text, 16, parent.span) &&
                                take_dash(text) && take(text, 2, flags);
    constexpr std::uint64_t forbidden_version = 0xFF;
    const bool may_go_on = version != 0 && !text.empty() && text.front() == '-';
    if (!is_well_formed || version == forbidden_version || parent.trace.is_zero() || parent.span == 0 ||
        (!text.empty() && !may_go_on)) {
        return std::nullopt;
    }
    parent.flags = static_cast<std::uint8_t>(flags);
    return parent;
}

std::string TraceParent::to_string() const
{
    return fmt::format("00-{:016x}{:016x}-{:016x}-{:02x}", trace.high, trace.low, span, flags);
}

std::optional<TraceParent> trace_parent(const CallContext& context) noexcept
{
    const std::string* const text = context.find(CallContext::traceparent);
    return text != nullptr ? TraceParent::parse(*text) : std::nullopt;
}

TraceParent start_trace(CallContext& context, RandomSource& random)
{
    if (const auto existing = trace_parent(context)) {
        return *existing;
    }
    const TraceParent parent = TraceParent::start(random);
    context.set(CallContext::traceparent, parent.to_string());
    return parent;
}

}  // namespace remoting
