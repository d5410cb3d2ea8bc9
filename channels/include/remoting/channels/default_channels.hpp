// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/channel_registry.hpp>
#include <remoting/channels/local_network.hpp>

#include <memory>

namespace remoting {

/// tcp and pipe, and inproc when there is a network to find peers in. More can be added to the result.
ChannelRegistry default_channels(std::shared_ptr<LocalNetwork> network = nullptr);

}  // namespace remoting
