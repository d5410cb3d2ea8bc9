// SPDX-License-Identifier: BSL-1.0
#include "fake_channel_host.hpp"

#include <remoting/channels/default_channels.hpp>

#include <gtest/gtest.h>

namespace remoting::test {

namespace {

TEST(DefaultChannels, AreTcpAndPipe)
{
    const ChannelRegistry registry = default_channels();
    EXPECT_NO_THROW(registry.client("tcp"));
    EXPECT_NO_THROW(registry.server("tcp"));
    EXPECT_NO_THROW(registry.client("pipe"));
    EXPECT_NO_THROW(registry.server("pipe"));
}

TEST(DefaultChannels, HaveInProcessOnlyWithANetwork)
{
    const RemotingError error = error_of([] { default_channels().client("inproc"); });
    EXPECT_EQ(error.code(), ErrorCode::invalid_url);
    const ChannelRegistry registry = default_channels(std::make_shared<LocalNetwork>());
    EXPECT_NO_THROW(registry.client("inproc"));
    EXPECT_NO_THROW(registry.server("inproc"));
}

TEST(DefaultChannels, SayWhereMailslotsAre)
{
    const RemotingError error = error_of([] { default_channels().server("mailslot"); });
    EXPECT_EQ(error.code(), ErrorCode::invalid_url);
    EXPECT_TRUE(mentions(error, "link remoting::mailslot and add a MailslotChannel")) << error.what();
}

}  // namespace

}  // namespace remoting::test
