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

int ThreadContext::wake_descriptor()
{
    if (wake_descriptor_ < 0) {
        wake_descriptor_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (wake_descriptor_ < 0) {
            throw std::system_error(errno, std::generic_category(), "eventfd");
        }
    }
    return wake_descriptor_;
}

ThreadContext& this_thread() noexcept
{
    thread_local ThreadContext context;
    return context;
}

}  // namespace remoting
