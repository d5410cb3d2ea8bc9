// SPDX-License-Identifier: BSL-1.0
#include "wrapping_channel.hpp"

#include "pair_stream.hpp"

#include <remoting/errors/exceptions.hpp>

#include <utility>

namespace remoting::test {

class WrappingChannel::NameListener final : public Listener {
public:
    NameListener(WrappingChannel& channel, std::string name)
        : channel_(channel),
          name_(std::move(name)),
          url_("test://" + name_)
    {
    }
    ~NameListener() override
    {
        const std::lock_guard lock(channel_.mutex_);
        channel_.hosts_.erase(name_);
    }
    const std::string& url() const noexcept override { return url_; }

private:
    WrappingChannel& channel_;
    std::string name_;
    std::string url_;
};

std::shared_ptr<Connection> WrappingChannel::connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline)
{
    auto [near, far] = make_stream_pair();
    if (wrap_client) {
        near = wrap_client(std::move(near));
    }
    {
        const std::lock_guard lock(mutex_);
        const auto found = hosts_.find(url.host);
        if (found == hosts_.end()) {
            throw RemotingError(ErrorCode::connect_failed, Executed::no, "nobody listens on '" + url.host + "'");
        }
        if (wrap_server) {
            far = wrap_server(std::move(far));
        }
        found->second->accept(std::move(far), "test://" + url.host);
    }
    return host.open(std::move(near), url, deadline);
}

std::unique_ptr<Listener> WrappingChannel::listen(const ObjectUrl& url, ChannelHost& host)
{
    const std::lock_guard lock(mutex_);
    if (!hosts_.emplace(url.host, &host).second) {
        throw RemotingError(ErrorCode::name_in_use, Executed::no, "'" + url.host + "' is listened on already");
    }
    return std::make_unique<NameListener>(*this, url.host);
}

int WrappingChannel::dial(const std::string& name)
{
    const auto [near, far] = make_descriptor_pair();
    const std::lock_guard lock(mutex_);
    hosts_.at(name)->accept(std::make_unique<PairStream>(far), "test://" + name);
    return near;
}

ChannelRegistry registry_of(const std::shared_ptr<WrappingChannel>& channel)
{
    ChannelRegistry registry;
    registry.add("test", channel, channel);
    return registry;
}

}  // namespace remoting::test
