// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/byte_stream.hpp>

#include <atomic>
#include <memory>
#include <utility>

namespace remoting::test {

/// A byte stream over one end of a socket pair, written from the public header alone.
class PairStream final : public ByteStream {
public:
    /// Owns `descriptor`.
    explicit PairStream(int descriptor);
    ~PairStream() override;
    PairStream(const PairStream&) = delete;
    PairStream& operator=(const PairStream&) = delete;

    IoResult read_some(std::span<std::byte> buffer) override;
    IoResult read_some_wait(std::span<std::byte> buffer) override;
    IoResult write_some(std::span<const std::span<const std::byte>> buffers) override;
    int descriptor() const noexcept override { return descriptor_; }
    void shutdown() noexcept override;
    const PeerIdentity& peer() const noexcept override { return peer_; }

private:
    IoResult failure() const noexcept;

    const int descriptor_;
    const PeerIdentity peer_{.address = "the other end", .is_local = true, .user_id = {}, .group_id = {}};
    std::atomic<bool> is_shut_down_{false};
};

/// Two connected descriptors; the caller owns them.
std::pair<int, int> make_descriptor_pair();
std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> make_stream_pair();

}  // namespace remoting::test
