// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/outbox.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace remoting {

namespace {

constexpr std::size_t small_frame = 4096;
constexpr std::size_t chunk_size = std::size_t{16} * 1024;

}  // namespace

void Outbox::append(std::span<const std::byte> frame)
{
    if (frame.empty()) {
        return;
    }
    if (chunks_.empty() || chunks_.back().buffer.size() + frame.size() > chunks_.back().buffer.capacity()) {
        Buffer buffer = std::exchange(spare_, Buffer());
        buffer.clear();
        buffer.reserve(std::max(chunk_size, frame.size()));
        chunks_.push_back({std::move(buffer), 0});
    }
    chunks_.back().buffer.append(frame);
    size_ += frame.size();
}

void Outbox::append(Buffer&& frame)
{
    append_rest(std::move(frame), 0);
}

void Outbox::append_rest(Buffer&& frame, std::size_t sent)
{
    const std::size_t rest = frame.size() - sent;
    if (rest <= small_frame) {
        append(std::as_const(frame).bytes().subspan(sent));
        return;
    }
    chunks_.push_back({std::move(frame), sent});
    size_ += rest;
}

void Outbox::append(Outbox& other)
{
    if (chunks_.empty()) {
        std::swap(*this, other);
        return;
    }
    std::ranges::move(other.chunks_, std::back_inserter(chunks_));
    size_ += other.size_;
    other.clear();
}

std::size_t Outbox::gather(Gathered& out, std::size_t limit) const noexcept
{
    std::size_t count = 0;
    for (const Chunk& chunk : chunks_) {
        if (count == limit) {
            break;
        }
        out[count++] = chunk.buffer.bytes().subspan(chunk.begin);
    }
    return count;
}

void Outbox::consume(std::size_t bytes) noexcept
{
    size_ -= bytes;
    while (bytes != 0) {
        Chunk& first = chunks_.front();
        const std::size_t held = first.buffer.size() - first.begin;
        if (bytes < held) {
            first.begin += bytes;
            return;
        }
        bytes -= held;
        if (first.buffer.capacity() <= 2 * chunk_size) {
            spare_ = std::move(first.buffer);
        }
        chunks_.pop_front();
    }
}

void Outbox::clear() noexcept
{
    chunks_.clear();
    size_ = 0;
}

}  // namespace remoting
