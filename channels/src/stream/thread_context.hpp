// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace remoting {

class StreamConnection;

/// What a thread owns while it takes part in calls. Its address stands for the thread as a connection's reader.
class ThreadContext {
public:
    ThreadContext() = default;
    ~ThreadContext();
    ThreadContext(const ThreadContext&) = delete;
    ThreadContext& operator=(const ThreadContext&) = delete;

    /// An eventfd that ends this thread's sleep in poll; made at first use. -1 when there is no descriptor left.
    int wake_descriptor() noexcept;

    /// The connection whose incoming calls this thread runs while it is that connection's reader; null mostly.
    StreamConnection* serving = nullptr;
    bool is_worker = false;

private:
    int wake_descriptor_ = -1;
};

ThreadContext& this_thread() noexcept;

}  // namespace remoting
