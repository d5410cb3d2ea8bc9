// SPDX-License-Identifier: BSL-1.0
#include <remoting/serialization/scoped_buffer.hpp>

#include <utility>
#include <vector>

namespace remoting {

namespace {

constexpr std::size_t kept_buffers = 8;
constexpr std::size_t kept_capacity = std::size_t{64} * 1024;

std::vector<Buffer>& buffers()
{
    thread_local std::vector<Buffer> kept = [] {
        std::vector<Buffer> empty;
        empty.reserve(kept_buffers);
        return empty;
    }();
    return kept;
}

}  // namespace

ScopedBuffer::ScopedBuffer()
{
    auto& kept = buffers();
    if (!kept.empty()) {
        buffer_ = std::move(kept.back());
        kept.pop_back();
    }
}

ScopedBuffer::~ScopedBuffer()
{
    auto& kept = buffers();
    if (kept.size() < kept_buffers && buffer_.capacity() != 0) {
        buffer_.clear();
        buffer_.shrink(kept_capacity);
        kept.push_back(std::move(buffer_));
    }
}

}  // namespace remoting
