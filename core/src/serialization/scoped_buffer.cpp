// SPDX-License-Identifier: BSL-1.0
#include <remoting/serialization/scoped_buffer.hpp>

#include <utility>
#include <vector>

namespace remoting {

namespace {

constexpr std::size_t kept_buffers = 8;
constexpr std::size_t kept_capacity = std::size_t{64} * 1024;

using Buffers = std::vector<std::unique_ptr<Buffer>>;

Buffers& buffers()
{
    thread_local Buffers kept = [] {
        Buffers empty;
        empty.reserve(kept_buffers);
        return empty;
    }();
    return kept;
}

}  // namespace

ScopedBuffer::ScopedBuffer()
{
    auto& kept = buffers();
    if (kept.empty()) {
        buffer_ = std::make_unique<Buffer>();
    } else {
        buffer_ = std::move(kept.back());
        kept.pop_back();
    }
}

ScopedBuffer::~ScopedBuffer()
{
    auto& kept = buffers();
    if (kept.size() < kept_buffers) {
        buffer_->clear();
        buffer_->shrink(kept_capacity);
        kept.push_back(std::move(buffer_));
    }
}

}  // namespace remoting
