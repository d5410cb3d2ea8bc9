// SPDX-License-Identifier: BSL-1.0
#include <remoting/channels/in_process_channel.hpp>

#include "socket/url_rules.hpp"

#include <exception>
#include <utility>

namespace remoting {

InProcessChannel::InProcessChannel(std::shared_ptr<LocalNetwork> network) : network_(std::move(network)) {}

std::shared_ptr<Connection> InProcessChannel::connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline)
{
    require_known_options(url, {});
    require_name(url);
    return host.open(network_->connect(url), url, deadline);
}

void InProcessChannel::async_connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline, Connected done)
{
    std::unique_ptr<ByteStream> stream;
    try {
        require_known_options(url, {});
        require_name(url);
        stream = network_->connect(url);
    } catch (...) {
        done(std::current_exception(), nullptr);
        return;
    }
    host.async_open(std::move(stream), url, deadline, std::move(done));
}

std::unique_ptr<Listener> InProcessChannel::listen(const ObjectUrl& url, ChannelHost& host)
{
    require_known_options(url, {});
    require_name(url);
    return network_->listen(url, host);
}

}  // namespace remoting
