// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/serialization/buffer.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace remoting {

/// A transformation of encoded payloads (compression, encryption): arguments or results with the call's context, not
/// frame headers, nor the texts of errors. Both peers must be given the same sinks in the same order.
///
/// Threads: called for many messages at once, on the thread that sends or dispatches, which waits; so not to be slow.
/// An exception fails that call only; core/README.md says how.
class ByteSink {
public:
    virtual ~ByteSink() = default;
    /// Replaces the content of `payload`.
    virtual void outgoing(Buffer& payload) = 0;
    /// Appends to `payload` what outgoing() was given. `received` is hostile.
    virtual void incoming(std::span<const std::byte> received, Buffer& payload) = 0;
};

/// Outgoing payloads pass in the order written, incoming ones in reverse. Immutable once calls run.
using ByteSinks = std::vector<std::shared_ptr<ByteSink>>;

}  // namespace remoting
