// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/messaging/random_source.hpp>

#include <cstdint>

namespace remoting {

/// The causality of nested calls: every call made while serving another one belongs to its chain. A thread that
/// waits in a call runs incoming calls of the same chain itself, and a serialized object admits its own chain, so
/// that nesting cannot deadlock.
///
/// The first call of a chain spends no bytes on it: its chain is its connection's token plus its call id, which both
/// ends can compute and nobody else can guess.
struct CallChain {
    Id128 id;
    std::uint16_t depth = 0;  ///< calls above this one: 0 for the first

    static Id128 root(const Id128& token, std::uint64_t call_id) noexcept { return {token.high, token.low + call_id}; }
    /// The call id that root() was made from, if `chain` was made from `token`.
    static std::uint64_t root_call(const Id128& token, const Id128& chain) noexcept { return chain.low - token.low; }
};

}  // namespace remoting
