// SPDX-License-Identifier: BSL-1.0
#include <remoting/channels/default_channels.hpp>

#include <remoting/channels/in_process_channel.hpp>
#include <remoting/channels/pipe_channel.hpp>
#include <remoting/channels/tcp_channel.hpp>

#include <utility>

namespace remoting {

ChannelRegistry default_channels(std::shared_ptr<LocalNetwork> network)
{
    ChannelRegistry registry;
    const auto tcp = std::make_shared<TcpChannel>();
    registry.add("tcp", tcp, tcp);
    const auto pipe = std::make_shared<PipeChannel>();
    registry.add("pipe", pipe, pipe);
    if (network != nullptr) {
        const auto in_process = std::make_shared<InProcessChannel>(std::move(network));
        registry.add("inproc", in_process, in_process);
    }
    return registry;
}

}  // namespace remoting
