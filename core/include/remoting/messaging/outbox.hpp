// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/serialization/buffer.hpp>

#include <array>
#include <cstddef>
#include <deque>
#include <span>
#include <vector>

namespace remoting {

/// Frames that wait to be written, in order; pure. Small ones are gathered into shared chunks, large ones keep the
/// buffer they were encoded in. Not thread-safe.
class Outbox {
public:
    void append(std::span<const std::byte> frame);
    /// Takes a large frame's memory over; copies a small one.
    void append(Buffer&& frame);
    /// What is left of a frame after its first `sent` bytes.
    void append_rest(Buffer&& frame, std::size_t sent);

    /// Everything that waits in `other`, which is empty afterwards.
    void append(Outbox& other);

    static constexpr std::size_t gather_limit = 64;
    using Gathered = std::array<std::span<const std::byte>, gather_limit>;
    /// Views of the first chunks, for one write; returns how many.
    /// @param limit at most so many
    std::size_t gather(Gathered& out, std::size_t limit = gather_limit) const noexcept;
    /// The first `bytes` bytes were written.
    void consume(std::size_t bytes) noexcept;

    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }
    void clear() noexcept;

private:
    struct Chunk {
        Buffer buffer;
        std::size_t begin = 0;
    };

    std::deque<Chunk> chunks_;
    Buffer spare_;  // the last small chunk's memory, for the next one
    std::size_t size_ = 0;
};

}  // namespace remoting
