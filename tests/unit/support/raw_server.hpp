// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "pair_stream.hpp"
#include "raw_peer.hpp"

#include <remoting/channels/channel_host.hpp>
#include <remoting/channels/client_channel.hpp>

#include <memory>
#include <optional>

namespace remoting::test {

/// A client's other end, written by hand; it reads only what the test receives.
class RawServer final : public ClientChannel {
public:
    std::shared_ptr<Connection> connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline) override
    {
        const auto [near, far] = make_descriptor_pair();
        peer.emplace(far);
        peer->send(hello_of());
        return host.open(std::make_unique<PairStream>(near), url, deadline);
    }

    std::optional<RawPeer> peer;
};

}  // namespace remoting::test
