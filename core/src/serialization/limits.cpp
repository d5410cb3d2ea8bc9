// SPDX-License-Identifier: BSL-1.0
#include <remoting/errors/exceptions.hpp>
#include <remoting/serialization/limits.hpp>

#include <string>
#include <string_view>

namespace remoting {
namespace {

// Structs are decoded by recursion: the stack of the smallest usual thread must hold the deepest nesting.
constexpr std::uint64_t largest_depth = 1000;
constexpr std::uint64_t largest_message = std::uint64_t{1} << 30;
constexpr std::uint64_t smallest_message = 256;
constexpr std::uint64_t largest_count = 10'000'000;
constexpr std::uint64_t largest_factor = 1'000'000;

void check(std::string_view name, std::uint64_t value, std::uint64_t least, std::uint64_t most)
{
    if (value < least || value > most) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                            "the limit " + std::string(name) + " is " + std::to_string(value) + "; it must be from " +
                                std::to_string(least) + " to " + std::to_string(most));
    }
}

void check(std::string_view name, std::chrono::milliseconds value)
{
    constexpr std::chrono::milliseconds longest = std::chrono::hours(24);
    if (value.count() < 1 || value > longest) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                            "the limit " + std::string(name) + " is " + std::to_string(value.count()) +
                                " ms; it must be from 1 ms to " + std::to_string(longest.count()) + " ms");
    }
}

}  // namespace

void Limits::validate() const
{
    check("message_size", message_size, smallest_message, largest_message);
    check("header_size", header_size, smallest_message, message_size);
    check("unauthenticated_size", unauthenticated_size, smallest_message, message_size);
    check("unauthenticated_time", unauthenticated_time);
    check("unauthenticated_connections", unauthenticated_connections, 1, largest_count);
    check("call_depth", call_depth, 1, largest_depth);
    check("decode.depth", decode.depth, 1, largest_depth);
    check("decode.memory_factor", decode.memory_factor, 1, largest_factor);
    check("decode.memory_base", decode.memory_base, 0, largest_message);
    check("requests_in_flight", requests_in_flight, 1, largest_count);
    check("connections", connections, 1, largest_count);
    check("activated_per_session", activated_per_session, 0, largest_count);
    check("activated_per_principal", activated_per_principal, 0, largest_count);
    check("activated", activated, 0, largest_count);
    check("subscriptions", subscriptions, 0, largest_count);
    check("event_queue", event_queue, 1, largest_count);
    check("write_stall", write_stall);
    check("ping_interval", ping_interval);
    if (idle_close != std::chrono::milliseconds(0)) {
        check("idle_close", idle_close);
    }
    check("ping_timeout", ping_timeout);
    check("drain", drain);
}

}  // namespace remoting
