// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/lifetime/clock.hpp>

#include <memory>
#include <utility>

namespace remoting {

class RemoteReference;

/// Where a proxy's calls go, and how long they may take. Opaque to generated code; a cheap handle.
class ProxyTarget {
public:
    ProxyTarget(std::shared_ptr<RemoteReference> reference, Duration deadline) noexcept
        : reference_(std::move(reference)), deadline_(deadline)
    {
    }

    RemoteReference& reference() const noexcept { return *reference_; }
    const std::shared_ptr<RemoteReference>& share() const noexcept { return reference_; }
    Duration deadline() const noexcept { return deadline_; }

private:
    std::shared_ptr<RemoteReference> reference_;
    Duration deadline_;
};

}  // namespace remoting
