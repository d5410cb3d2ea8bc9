// SPDX-License-Identifier: BSL-1.0
#include <remoting/proxies/proxy.hpp>

#include "remote_reference.hpp"

#include <utility>

namespace remoting {

Proxy::Proxy(ProxyTarget target, const InterfaceDescriptor& interface)
    : target_(std::move(target)), interface_(interface)
{
}

Proxy::~Proxy() = default;

void Proxy::remoting_call(std::size_t method, Values values)
{
    target_.reference().call(interface_, interface_.methods[method], values, target_.options());
}

}  // namespace remoting
