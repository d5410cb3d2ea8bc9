// SPDX-License-Identifier: BSL-1.0
#include <remoting/types/bytes.hpp>

#include <algorithm>

namespace remoting {

void Bytes::grow(std::size_t size)
{
    // The first size is taken as it is: most byte blocks are filled once.
    reallocate(capacity_ == 0 ? size : std::max(size, capacity_ + capacity_ / 2));
}

void Bytes::reallocate(std::size_t capacity)
{
    std::unique_ptr<std::byte[]> content(new std::byte[capacity]);
    if (size_ != 0) {
        std::memcpy(content.get(), content_.get(), size_);
    }
    content_ = std::move(content);
    capacity_ = capacity;
}

}  // namespace remoting
