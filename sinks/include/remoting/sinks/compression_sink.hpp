// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/serialization/limits.hpp>
#include <remoting/sinks/byte_sink.hpp>

#include <cstddef>
#include <memory>

namespace remoting {

struct CompressionOptions {
    int level = 3;                 ///< of zstd: -7, the fastest, to 22
    std::size_t threshold = 1024;  ///< bytes; shorter payloads stay as they are
};

/// Compresses payloads with zstd where that makes them shorter. One byte behind each payload says what was done.
///
/// A payload may grow to `message_size` when it is decompressed, and no further than DecodeLimits allows for the bytes
/// that came: more is limit_exceeded, before anything is allocated. What would shrink by more than that leaves as it
/// is. So both peers must have the same of these limits. Thread-safe.
class CompressionSink final : public ByteSink {
public:
    /// @throws RemotingError invalid_argument for a level that zstd does not have
    explicit CompressionSink(CompressionOptions options = {}, const Limits& limits = {});
    ~CompressionSink() override;
    CompressionSink(const CompressionSink&) = delete;
    CompressionSink& operator=(const CompressionSink&) = delete;

    void outgoing(Buffer& payload) override;
    void incoming(std::span<const std::byte> received, Buffer& payload) override;

private:
    class Contexts;

    std::size_t may_become(std::size_t received) const noexcept;
    bool compress(Buffer& payload);

    const CompressionOptions options_;
    const std::size_t message_size_;
    const DecodeLimits decode_;
    const std::unique_ptr<Contexts> contexts_;
};

}  // namespace remoting
