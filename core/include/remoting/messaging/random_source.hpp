// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace remoting {

/// Where ids come from; injected so that tests can repeat a run. Implementations are thread-safe.
class RandomSource {
public:
    virtual ~RandomSource() = default;
    virtual void fill(std::span<std::byte> bytes) = 0;
};

/// The kernel's cryptographic generator, getrandom(2).
RandomSource& system_random();

/// 128 random bits: object ids, session tokens, call chains.
struct Id128 {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    bool is_zero() const noexcept { return (high | low) == 0; }
    auto operator<=>(const Id128&) const = default;

    static Id128 random(RandomSource& source);
    /// 32 lower-case hexadecimal digits.
    std::string to_string() const;
};

struct Id128Hash {
    std::size_t operator()(const Id128& id) const noexcept { return static_cast<std::size_t>(id.high ^ id.low); }
};

}  // namespace remoting
