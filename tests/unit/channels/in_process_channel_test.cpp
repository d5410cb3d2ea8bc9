// SPDX-License-Identifier: BSL-1.0
#include "fake_channel_host.hpp"
#include "stream_tools.hpp"

#include <remoting/channels/in_process_channel.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace remoting::test {

namespace {

struct InProcess : testing::Test {
    ObjectUrl url = ObjectUrl::parse("inproc://bank");
    std::shared_ptr<LocalNetwork> network = std::make_shared<LocalNetwork>();
    InProcessChannel channel{network};
    FakeChannelHost host{Runs::when_told};
};

TEST_F(InProcess, RefusesANameThatIsListenedOn)
{
    const auto listener = channel.listen(url, host);
    EXPECT_EQ(listener->url(), "inproc://bank");
    EXPECT_EQ(error_of([&] { channel.listen(url, host); }).code(), ErrorCode::name_in_use);
    EXPECT_NO_THROW(channel.connect(url, host, soon()));  // the refused one took nothing away
}

TEST_F(InProcess, GivesTheNameBackWithTheListener)
{
    channel.listen(url, host).reset();
    EXPECT_NO_THROW(channel.listen(url, host));
}

TEST_F(InProcess, FindsNobodyInAnotherNetwork)
{
    const auto listener = channel.listen(url, host);
    InProcessChannel elsewhere(std::make_shared<LocalNetwork>());
    const RemotingError error = error_of([&] { elsewhere.connect(url, host, soon()); });
    EXPECT_EQ(error.code(), ErrorCode::connect_failed);
    EXPECT_TRUE(mentions(error, "nobody listens on 'bank'"));
}

TEST_F(InProcess, HandsTheStreamToTheListenerBeforeTheClientWaitsForAHello)
{
    const auto listener = channel.listen(url, host);
    channel.connect(url, host, soon());
    EXPECT_EQ(host.accepted_count(), 1U);
}

TEST_F(InProcess, MayListenLongerThanTheNetworkObjectLives)
{
    auto listener = InProcessChannel(std::make_shared<LocalNetwork>()).listen(url, host);
    EXPECT_EQ(listener->url(), "inproc://bank");
    EXPECT_NO_THROW(listener.reset());
}

TEST_F(InProcess, RefusesOptionsPortsAndBadNames)
{
    for (const char* text : {"inproc://bank?insecure", "inproc://bank:1", "inproc://.bank", "inproc://b%2fk"}) {
        const ObjectUrl bad = ObjectUrl::parse(text);
        EXPECT_EQ(error_of([&] { channel.listen(bad, host); }).code(), ErrorCode::invalid_url) << text;
        EXPECT_EQ(error_of([&] { channel.connect(bad, host, soon()); }).code(), ErrorCode::invalid_url) << text;
    }
}

TEST_F(InProcess, DoesNotUseTheHostAfterTheListenerIsGone)
{
    std::atomic<bool> listening{false};
    std::atomic<bool> late{false};
    std::atomic<bool> stop{false};
    host.on_accept = [&] { late = late || !listening; };
    std::vector<std::thread> clients;
    for (int i = 0; i < 3; ++i) {
        clients.emplace_back([&] {
            FakeChannelHost own(Runs::when_told);
            while (!stop) {
                try {
                    channel.connect(url, own, soon());
                } catch (const RemotingError&) {
                }
            }
        });
    }
    for (int i = 0; i < 200; ++i) {
        listening = true;
        auto listener = channel.listen(url, host);
        while (host.accepted_count() == 0) {
            std::this_thread::yield();
        }
        listener.reset();
        listening = false;
        while (host.accepted_count() != 0) {
            host.take_accepted();
        }
    }
    stop = true;
    for (auto& client : clients) {
        client.join();
    }
    EXPECT_FALSE(late);
}

TEST_F(InProcess, LetsTheHostDropTheListenerWhileItAccepts)
{
    auto listener = channel.listen(url, host);
    host.on_accept = [&] { listener.reset(); };
    channel.connect(url, host, soon());
    EXPECT_EQ(listener, nullptr);
}

}  // namespace

}  // namespace remoting::test
