// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/messaging/random_source.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace remoting {

/// The first frame in either direction. The connecting side offers a range of versions; the answer has the chosen
/// one twice, or is a close frame with version_mismatch. Bytes after the known fields are skipped.
struct Hello {
    std::uint16_t minimum_version = 0;
    std::uint16_t maximum_version = 0;
    std::uint64_t features = 0;          ///< unknown bits are ignored
    std::uint32_t maximum_message = 0;   ///< bytes of the largest frame body the sender accepts
    std::uint32_t maximum_in_flight = 0; ///< requests the sender accepts at once
    Id128 token;                         ///< names the sender's side of this connection; roots its call chains
    /// With feature_session: what the two sides hold of each other outlives this connection under this name, which is a secret
    /// of theirs. In the answer: it goes on; else a new one has begun.
    Id128 session{};
};

inline constexpr std::uint64_t feature_session = 1;

/// The whole frame.
std::vector<std::byte> make_hello_frame(const Hello& hello);
/// Empty when the magic or the length is wrong.
std::optional<Hello> read_hello_body(std::span<const std::byte> body) noexcept;

}  // namespace remoting
