// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>

namespace remoting {

/// A growable, contiguous block of bytes that messages are encoded into. In front of the content lies head room, so
/// that a frame header is put directly before a payload that is already there. New bytes are uninitialized. A buffer
/// is reused from message to message: clear() keeps its memory. Not thread-safe.
class Buffer final {
public:
    static constexpr std::size_t default_head_room = 64;
    static constexpr std::size_t max_limit = std::numeric_limits<std::uint32_t>::max();

    /// Allocates nothing yet.
    /// @param limit the largest size the content may reach; at most max_limit, which lengths on the wire can express.
    explicit Buffer(std::size_t limit = max_limit, std::size_t head_room = default_head_room) noexcept;
    Buffer(Buffer&& other) noexcept;
    Buffer& operator=(Buffer&& other) noexcept;
    ~Buffer() = default;

    /// `n` more bytes at the end, to be written by the caller; valid until the next append.
    /// @throws RemotingError limit_exceeded (executed: no); the content stays as it was.
    std::byte* append(std::size_t n)
    {
        if (static_cast<std::size_t>(room_end_ - end_) < n) [[unlikely]] {
            grow(n);
        }
        std::byte* const position = end_;
        end_ += n;
        return position;
    }
    void append(std::span<const std::byte> content);

    /// `n` more bytes in front of the content, taken from the head room; nothing moves.
    /// @throws std::length_error when less than `n` is left of the head room.
    std::span<std::byte> prepend(std::size_t n);

    std::byte* data() noexcept { return begin_; }
    const std::byte* data() const noexcept { return begin_; }
    std::size_t size() const noexcept { return static_cast<std::size_t>(end_ - begin_); }
    bool empty() const noexcept { return begin_ == end_; }
    std::span<const std::byte> bytes() const noexcept { return {begin_, size()}; }
    std::span<std::byte> bytes() noexcept { return {begin_, size()}; }
    std::size_t head_room_left() const noexcept;

    /// Cuts the content off behind its first `size` bytes; `size` must not exceed size().
    void truncate(std::size_t size) noexcept { end_ = begin_ + size; }
    /// Empties it and restores the head room; keeps the memory.
    void clear() noexcept;
    /// Bytes of content that fit without allocating.
    std::size_t capacity() const noexcept { return capacity_; }
    /// Makes room for `size` bytes of content, at most limit().
    void reserve(std::size_t size);
    /// Gives memory back that `limit` bytes of content, or the present content if that is more, do not need.
    void shrink(std::size_t limit) noexcept;

    std::size_t limit() const noexcept { return limit_; }
    /// Takes effect at the next append; content that is longer already stays.
    void set_limit(std::size_t limit) noexcept;

private:
    /// Small ones come from malloc, for realloc; large ones from the block pool.
    struct Free {
        Free() noexcept : size(0) {}
        explicit Free(std::size_t bytes) noexcept : size(bytes) {}
        std::size_t size;
        void operator()(std::byte* memory) const noexcept;
    };

    [[gnu::cold, gnu::noinline]] void grow(std::size_t n);
    bool reallocate(std::size_t capacity) noexcept;
    void set_room_end() noexcept;
    /// Bytes before end_ that count against the limit and the capacity: what was prepended does not.
    std::size_t payload_size() const noexcept;

    using Memory = std::unique_ptr<std::byte[], Free>;

    Memory memory_;
    std::byte* begin_ = nullptr;
    std::byte* end_ = nullptr;
    std::byte* room_end_ = nullptr;  // of the capacity or of the limit, whichever comes first
    std::size_t capacity_ = 0;
    std::size_t head_room_;
    std::size_t limit_;
};

}  // namespace remoting
