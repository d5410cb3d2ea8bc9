// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/proxies/call_options.hpp>

#include <memory>
#include <utility>

namespace remoting {

class RemoteReference;

/// Where a proxy's calls go, and what is special about them. Opaque to generated code; a cheap handle.
class ProxyTarget {
public:
    explicit ProxyTarget(std::shared_ptr<RemoteReference> reference, CallOptions options = {}) noexcept
        : reference_(std::move(reference)),
          options_(std::move(options))
    {
    }

    RemoteReference& reference() const noexcept { return *reference_; }
    const std::shared_ptr<RemoteReference>& share() const noexcept { return reference_; }
    const CallOptions& options() const noexcept { return options_; }

private:
    std::shared_ptr<RemoteReference> reference_;
    CallOptions options_;
};

}  // namespace remoting
