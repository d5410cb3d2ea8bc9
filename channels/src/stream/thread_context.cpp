// SPDX-License-Identifier: BSL-1.0
#include "thread_context.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace remoting {

ThreadContext::~ThreadContext()
{
    if (wake_descriptor_ >= 0) {
        ::close(wake_descriptor_);
    }
}

int ThreadContext::wake_descriptor() noexcept
{
    if (wake_descriptor_ < 0) {
        wake_descriptor_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    }
    return wake_descriptor_;
}

ThreadContext& this_thread() noexcept
{
    thread_local ThreadContext context;
    return context;
}

}  // namespace remoting
