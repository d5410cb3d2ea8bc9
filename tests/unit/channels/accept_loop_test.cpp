// SPDX-License-Identifier: BSL-1.0
#include "child_process.hpp"
#include "fake_channel_host.hpp"
#include "stream_tools.hpp"

#include <remoting/channels/tcp_channel.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cerrno>
#include <latch>
#include <system_error>
#include <thread>
#include <vector>

namespace remoting::test {

namespace {

using namespace std::chrono_literals;

const ObjectUrl any_port = ObjectUrl::parse("tcp://127.0.0.1:0");

/// Connects through a host of its own and keeps the client's end.
std::unique_ptr<ByteStream> connect_to(const Listener& listener)
{
    FakeChannelHost host(Runs::when_told);
    TcpChannel().connect(ObjectUrl::parse(listener.url()), host, soon());
    return host.take_opened();
}

class DescriptorHog final {
public:
    DescriptorHog()
    {
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = 64;
        ::setrlimit(RLIMIT_NOFILE, &limit);
        for (int fd = 0; fd >= 0;) {
            fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
            if (fd >= 0) {
                taken_.push_back(fd);
            }
        }
    }
    ~DescriptorHog()
    {
        for (const int fd : taken_) {
            ::close(fd);
        }
    }

private:
    std::vector<int> taken_;
};

bool run_until_accepted(FakeChannelHost& host, std::size_t count)
{
    for (int i = 0; i < 200 && host.accepted_count() < count; ++i) {
        host.io_context().run_one_for(100ms);
    }
    return host.accepted_count() == count;
}

/// In a child, because the limit is the process's. 0, or the number of the step that went wrong.
int run_out_of_descriptors()
{
    ManualClock clock;
    FakeChannelHost host(Runs::when_told, clock);
    std::vector<std::string> log;
    TcpChannel channel([&](const std::string& problem) { log.push_back(problem); });
    const auto listener = channel.listen(any_port, host);
    // UBSan needs descriptors when it sees a class for the first time; so all that is needed below is used before.
    const ChannelHost& base = host;
    base.clock().now();
    boost::asio::steady_timer(host.io_context(), 0ms).async_wait([](const boost::system::error_code&) {});
    const auto earlier = connect_to(*listener);
    run_until_accepted(host, 1);
    const std::string reason = std::generic_category().message(EMFILE);
    const auto client = connect_to(*listener);
    {
        const DescriptorHog hog;
        // Spinning would run thousands of handlers; at one in 100 ms there are 3 or 4.
        const auto handlers = host.io_context().run_for(350ms);
        if (handlers < 2 || handlers > 8) {
            return 1;
        }
        if (log.size() != 1 || log.front().find(reason) == std::string::npos ||
            log.front().find(listener->url()) == std::string::npos) {
            return 2;
        }
        clock.advance(1001ms);
        host.io_context().run_for(250ms);
        if (log.size() != 2) {
            return 3;
        }
    }
    return run_until_accepted(host, 2) ? 0 : 4;
}

TEST(AcceptLoop, BacksOffWhileDescriptorsHaveRunOutAndAcceptsAfterwards)
{
    ChildProcess child([](const ChildProcess::Line&) { return run_out_of_descriptors(); });
    EXPECT_EQ(child.wait(), 0);
}

TEST(AcceptLoop, SurvivesAPeerThatIsGoneBeforeItIsAccepted)
{
    FakeChannelHost host(Runs::when_told);
    TcpChannel channel;
    const auto listener = channel.listen(any_port, host);
    {
        const auto rude = connect_to(*listener);
        const linger reset{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(rude->descriptor(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    const auto client = connect_to(*listener);
    ASSERT_TRUE(write_all(*client, bytes_of("hello")));
    std::thread runner([&] { host.io_context().run(); });
    // Whether the kernel shows the reset one at all is its business.
    auto accepted = host.take_accepted();
    if (accepted != nullptr && read_exactly(*accepted, 5) != bytes_of("hello")) {
        accepted = host.take_accepted();
        EXPECT_EQ(read_exactly(*accepted, 5), bytes_of("hello"));
    }
    host.io_context().stop();
    runner.join();
}

TEST(AcceptLoop, WaitsForTheHostBeforeItEnds)
{
    FakeChannelHost host;
    TcpChannel channel;
    auto listener = channel.listen(any_port, host);
    std::latch entered(1);
    std::atomic<bool> ending{false};
    std::atomic<bool> left{false};
    host.on_accept = [&] {
        entered.count_down();
        while (!ending) {
            std::this_thread::yield();
        }
        for (int i = 0; i < 1000; ++i) {  // give a destructor that does not wait the time to show it
            std::this_thread::yield();
        }
        left = true;
    };
    const auto client = connect_to(*listener);
    entered.wait();
    ending = true;
    listener.reset();
    EXPECT_TRUE(left);
}

TEST(AcceptLoop, EndsWhenItsHostDropsItWhileAccepting)
{
    FakeChannelHost host;
    TcpChannel channel;
    auto listener = channel.listen(any_port, host);
    host.on_accept = [&] { listener.reset(); };
    const auto first = connect_to(*listener);
    EXPECT_NE(host.take_accepted(), nullptr);
    EXPECT_EQ(listener, nullptr);
}

TEST(AcceptLoop, EndsOnTheIoContextsThread)
{
    FakeChannelHost host;
    TcpChannel channel;
    auto listener = channel.listen(any_port, host);
    std::latch done(1);
    boost::asio::post(host.io_context(), [&] {
        listener.reset();
        done.count_down();
    });
    done.wait();
    EXPECT_EQ(listener, nullptr);
}

TEST(AcceptLoop, EndsWhenNobodyRunsTheIoContext)
{
    FakeChannelHost host(Runs::when_told);
    TcpChannel channel;
    auto listener = channel.listen(any_port, host);
    const ObjectUrl url = ObjectUrl::parse(listener->url());
    listener.reset();
    EXPECT_NO_THROW(channel.listen(url, host));  // the address is free again
    host.io_context().poll();                    // what it left behind touches nothing
    EXPECT_EQ(host.accepted_count(), 0U);
}

TEST(AcceptLoop, StartsAndEndsUnderLoadWithoutLosingTheHost)
{
    for (int i = 0; i < 30; ++i) {
        FakeChannelHost host;
        TcpChannel channel;
        auto listener = channel.listen(any_port, host);
        const ObjectUrl url = ObjectUrl::parse(listener->url());
        std::thread client([&] {
            FakeChannelHost own(Runs::when_told);
            try {
                for (;;) {
                    channel.connect(url, own, soon());
                }
            } catch (const RemotingError& error) {
                EXPECT_EQ(error.code(), ErrorCode::connect_failed) << error.what();
            }
        });
        EXPECT_NE(host.take_accepted(), nullptr);
        listener.reset();
        client.join();
    }
}

}  // namespace

}  // namespace remoting::test
