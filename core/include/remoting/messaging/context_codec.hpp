// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/messaging/call_context.hpp>
#include <remoting/serialization/buffer.hpp>

#include <cstddef>
#include <span>

namespace remoting {

struct Limits;

// A context stands behind the arguments or results of a payload: for each entry u16+bytes key and u16+bytes value, in
// rising order of the keys; then u16, the bytes of all that. Whether there is one is said by flag_context.

/// Appends `context` if it is not empty; false when it is.
bool append_context(Buffer& payload, const CallContext& context);
/// The same for what the context's holder has changed in it, `traceparent` excepted.
bool append_changes(Buffer& payload, const CallContext& context);

/// Takes the context off the end of `payload`, which is hostile. A `traceparent` that is malformed is left out.
/// @throws RemotingError invalid_payload; limit_exceeded
CallContext take_context(std::span<const std::byte>& payload, const Limits& limits);

}  // namespace remoting
