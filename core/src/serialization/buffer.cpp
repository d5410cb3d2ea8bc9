// SPDX-License-Identifier: BSL-1.0
#include <remoting/errors/exceptions.hpp>
#include <remoting/serialization/block_pool.hpp>
#include <remoting/serialization/buffer.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace remoting {
namespace {

constexpr std::size_t smallest_capacity = 512 - Buffer::default_head_room;

constexpr std::size_t pooled = std::size_t{128} * 1024;

}  // namespace

void Buffer::Free::operator()(std::byte* memory) const noexcept
{
    if (size < pooled) {
        std::free(memory);
    } else {
        free_block(memory, size);
    }
}

Buffer::Buffer(std::size_t limit, std::size_t head_room) noexcept
    : head_room_(head_room),
      limit_(std::min(limit, max_limit))
{
}

Buffer::Buffer(Buffer&& other) noexcept
    : memory_(std::move(other.memory_)),
      begin_(std::exchange(other.begin_, nullptr)),
      end_(std::exchange(other.end_, nullptr)),
      room_end_(std::exchange(other.room_end_, nullptr)),
      capacity_(std::exchange(other.capacity_, 0)),
      head_room_(other.head_room_),
      limit_(other.limit_)
{
}

Buffer& Buffer::operator=(Buffer&& other) noexcept
{
    memory_ = std::move(other.memory_);
    begin_ = std::exchange(other.begin_, nullptr);
    end_ = std::exchange(other.end_, nullptr);
    room_end_ = std::exchange(other.room_end_, nullptr);
    capacity_ = std::exchange(other.capacity_, 0);
    head_room_ = other.head_room_;
    limit_ = other.limit_;
    return *this;
}

void Buffer::append(std::span<const std::byte> content)
{
    if (!content.empty()) {
        std::memcpy(append(content.size()), content.data(), content.size());
    }
}

std::span<std::byte> Buffer::prepend(std::size_t n)
{
    if (memory_ == nullptr) {
        reserve(std::min(smallest_capacity, limit_));
    }
    if (head_room_left() < n) {
        throw std::length_error("the head room of a remoting::Buffer is used up");
    }
    begin_ -= n;
    return {begin_, n};
}

std::size_t Buffer::head_room_left() const noexcept
{
    return memory_ == nullptr ? head_room_ : static_cast<std::size_t>(begin_ - memory_.get());
}

void Buffer::clear() noexcept
{
    if (memory_ != nullptr) {
        begin_ = end_ = memory_.get() + head_room_;
    }
    set_room_end();
}

void Buffer::reserve(std::size_t size)
{
    size = std::min(size, limit_);
    if ((size > capacity_ || memory_ == nullptr) && !reallocate(size)) {
        throw std::bad_alloc();
    }
}

void Buffer::shrink(std::size_t limit) noexcept
{
    const std::size_t wanted = std::max(limit, payload_size());
    if (wanted >= capacity_) {
        return;
    }
    if (wanted == 0 && empty()) {
        memory_.reset();
        begin_ = end_ = room_end_ = nullptr;
        capacity_ = 0;
        return;
    }
    // Failing to give memory back leaves it where it is.
    reallocate(wanted);
}

void Buffer::set_limit(std::size_t limit) noexcept
{
    limit_ = std::min(limit, max_limit);
    set_room_end();
}

void Buffer::grow(std::size_t n)
{
    const std::size_t used = payload_size();
    if (used > limit_ || n > limit_ - used) {
        throw RemotingError(ErrorCode::limit_exceeded, Executed::no,
                            "the message would be longer than the limit of " + std::to_string(limit_) + " bytes");
    }
    const std::size_t capacity = std::min(std::max({used + n, 2 * capacity_, smallest_capacity}), limit_);
    if (!reallocate(capacity)) {
        throw std::bad_alloc();
    }
}

bool Buffer::reallocate(std::size_t capacity) noexcept
{
    const auto front = memory_ == nullptr ? head_room_ : static_cast<std::size_t>(begin_ - memory_.get());
    const std::size_t content = size();
    const std::size_t wanted = head_room_ + std::max<std::size_t>(capacity, 1);
    std::byte* memory = nullptr;
    if (wanted < pooled && memory_.get_deleter().size < pooled) {
        memory = static_cast<std::byte*>(std::realloc(memory_.get(), wanted));
        if (memory == nullptr) {
            return false;
        }
        static_cast<void>(memory_.release());
    } else {
        try {
            memory = static_cast<std::byte*>(wanted < pooled ? std::malloc(wanted) : allocate_block(wanted));
        } catch (const std::bad_alloc&) {
        }
        if (memory == nullptr) {
            return false;
        }
        if (memory_ != nullptr) {
            std::memcpy(memory, memory_.get(), front + content);
        }
    }
    memory_ = Memory(memory, Free{wanted});
    begin_ = memory + front;
    end_ = begin_ + content;
    capacity_ = capacity;
    set_room_end();
    return true;
}

void Buffer::set_room_end() noexcept
{
    if (memory_ != nullptr) {
        room_end_ = std::max(end_, memory_.get() + head_room_ + std::min(capacity_, limit_));
    }
}

std::size_t Buffer::payload_size() const noexcept
{
    const auto used = memory_ == nullptr ? 0 : static_cast<std::size_t>(end_ - memory_.get());
    return used > head_room_ ? used - head_room_ : 0;
}

}  // namespace remoting
