// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "open_descriptors.hpp"
#include "probe_servant.hpp"
#include "waiting.hpp"
#include "wrapping_channel.hpp"

#include <remoting/client.hpp>
#include <remoting/server.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace remoting::test {

/// A server of two probes, on a channel whose streams can be wrapped and dialled by hand.
class StreamFixture : public testing::Test {
protected:
    ~StreamFixture() override { gate.open(); }

    /// With `server_options` and the channel's wrappers as they are now.
    void start()
    {
        server_options.channels = registry_of(channel);
        server.emplace(server_options);
        server->publish<probe::Probe>("probe", servant);
        server->publish<probe::Probe>("other", other_servant);
        server->register_activated<probe::Session, SessionServant>();
        server->listen("test://server");
    }
    int dial() { return channel->dial("server"); }

    ClientOptions client_options()
    {
        ClientOptions options;
        options.channels = registry_of(channel);
        options.deadline = std::chrono::seconds(30);
        return options;
    }
    /// One call, for what is made once.
    void ping_pong()
    {
        Client client(client_options());
        EXPECT_EQ(client.get_object<probe::Probe>("test://server/other")->Add(1, 1), 2);
    }

    Gate gate;
    const std::shared_ptr<WrappingChannel> channel = std::make_shared<WrappingChannel>();
    const std::shared_ptr<ProbeServant> servant = std::make_shared<ProbeServant>();
    const std::shared_ptr<ProbeServant> other_servant = std::make_shared<ProbeServant>();
    ServerOptions server_options;
    std::optional<Server> server;
};

}  // namespace remoting::test
