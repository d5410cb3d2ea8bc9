// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/remote_object.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace remoting {

/// Keeps proxies that a message mentions alive until the message has left: otherwise the last one could go between
/// encoding and sending, and its release would reach the peer before the message. One scope around encoding and
/// sending of each message, on the stack of the thread that does both; scopes nest.
class SentReferences {
public:
    SentReferences() noexcept;
    ~SentReferences();
    SentReferences(const SentReferences&) = delete;
    SentReferences& operator=(const SentReferences&) = delete;

    /// Until the end of the thread's innermost scope; without a scope nothing happens.
    static void keep(std::shared_ptr<RemoteObject> object);
    /// What this scope keeps, for the caller to keep instead: the message leaves later.
    std::vector<std::shared_ptr<RemoteObject>> take() noexcept { return std::move(objects_); }

private:
    SentReferences* outer_;
    std::vector<std::shared_ptr<RemoteObject>> objects_;
};

}  // namespace remoting
