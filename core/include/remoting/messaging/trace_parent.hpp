// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/messaging/call_context.hpp>
#include <remoting/messaging/random_source.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace remoting {

/// A `traceparent` of W3C Trace Context: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".
struct TraceParent {
    Id128 trace;             ///< the whole trace; not zero
    std::uint64_t span = 0;  ///< the caller's part of it; not zero
    std::uint8_t flags = 1;  ///< bit 0: the caller may have recorded it

    /// A new trace.
    static TraceParent start(RandomSource& random = system_random());
    /// Empty for what W3C calls invalid. Of a newer version the known part is read.
    static std::optional<TraceParent> parse(std::string_view text) noexcept;
    /// A new span of the same trace.
    TraceParent child(RandomSource& random = system_random()) const;
    std::string to_string() const;

    bool operator==(const TraceParent&) const = default;
};

/// The trace that `context` belongs to, if any.
std::optional<TraceParent> trace_parent(const CallContext& context) noexcept;
/// The same; starts one when there is none.
TraceParent start_trace(CallContext& context, RandomSource& random = system_random());

}  // namespace remoting
