// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/serialization/buffer.hpp>

#include <memory>

namespace remoting {

/// A buffer of the calling thread's, given back to it at the end of the scope, so that encoding a message allocates
/// nothing in the steady state. Scopes nest.
class ScopedBuffer {
public:
    ScopedBuffer();
    ~ScopedBuffer();
    ScopedBuffer(const ScopedBuffer&) = delete;
    ScopedBuffer& operator=(const ScopedBuffer&) = delete;

    Buffer& operator*() noexcept { return *buffer_; }
    Buffer* operator->() noexcept { return buffer_.get(); }

private:
    std::unique_ptr<Buffer> buffer_;
};

}  // namespace remoting
