// SPDX-License-Identifier: BSL-1.0
#include "fake_channel_host.hpp"
#include "stream_tools.hpp"

#include <remoting/channels/tcp_channel.hpp>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <boost/asio/post.hpp>

#include <future>
#include <vector>
#include <thread>

namespace remoting::test {

namespace {

using namespace std::chrono_literals;

struct Tcp : testing::Test {
    TcpChannel channel;
    FakeChannelHost host;

    std::unique_ptr<Listener> listen(const std::string& url) { return channel.listen(ObjectUrl::parse(url), host); }
    void connect(const std::string& url, TimePoint deadline = soon())
    {
        channel.connect(ObjectUrl::parse(url), host, deadline);
    }
    std::string port_of(const Listener& listener) { return ObjectUrl::parse(listener.url()).port; }
};

/// Listens, never accepts, and has no room left: a further SYN gets no answer.
class DeafListener final {
public:
    DeafListener()
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const raw = reinterpret_cast<sockaddr*>(&address);
        const int listening = add_socket();
        if (::bind(listening, raw, size) != 0 || ::listen(listening, 0) != 0 ||
            ::getsockname(listening, raw, &size) != 0) {
            throw std::runtime_error("cannot listen");
        }
        port_ = ntohs(address.sin_port);
        for (int i = 0; i < 4; ++i) {
            const int client = add_socket();
            if (::connect(client, raw, size) != 0) {
                pollfd waiting{.fd = client, .events = POLLOUT, .revents = 0};
                full_ = ::poll(&waiting, 1, 100) == 0;
            }
        }
    }
    ~DeafListener()
    {
        for (const int fd : sockets_) {
            ::close(fd);
        }
    }
    bool is_full() const { return full_; }
    std::string url() const { return "tcp://127.0.0.1:" + std::to_string(port_); }

private:
    int add_socket() { return sockets_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)); }

    std::vector<int> sockets_;
    int port_ = 0;
    bool full_ = false;
};

TEST_F(Tcp, ResolvesPortZeroInTheListenersUrl)
{
    const auto listener = listen("tcp://127.0.0.1:0/ignored");
    EXPECT_NE(port_of(*listener), "0");
    EXPECT_EQ(listener->url(), "tcp://127.0.0.1:" + port_of(*listener));
}

TEST_F(Tcp, SendsSmallMessagesAtOnce)
{
    const auto listener = listen("tcp://127.0.0.1:0");
    connect(listener->url());
    for (const auto& stream : {host.take_opened(), host.take_accepted()}) {
        int no_delay = 0;
        socklen_t size = sizeof no_delay;
        ::getsockopt(stream->descriptor(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &size);
        EXPECT_NE(no_delay, 0);
    }
}

TEST_F(Tcp, NamesThePeersAddress)
{
    const auto listener = listen("tcp://127.0.0.1:0");
    connect(listener->url());
    EXPECT_EQ(host.take_opened()->peer().address, "127.0.0.1:" + port_of(*listener));
    EXPECT_EQ(host.take_accepted()->peer().address.substr(0, 10), "127.0.0.1:");
}

TEST_F(Tcp, TakesLocalhostForLoopback)
{
    const auto listener = listen("tcp://LocalHost:0");
    connect("tcp://localhost:" + port_of(*listener));
    EXPECT_TRUE(host.take_opened()->peer().is_local);
}

TEST_F(Tcp, TriesTheNextAddressWhenOneIsRefused)
{
    std::unique_ptr<Listener> listener;
    try {
        listener = listen("tcp://[::1]:0");
    } catch (const RemotingError& error) {
        GTEST_SKIP() << "no IPv6 here: " << error.what();
    }
    connect("tcp://localhost:" + port_of(*listener));  // 127.0.0.1 comes first and is refused
    EXPECT_EQ(host.take_opened()->peer().address, "[::1]:" + port_of(*listener));
}

TEST_F(Tcp, SaysThatAPortIsInUseAndWhichOne)
{
    const auto listener = listen("tcp://127.0.0.1:0");
    const RemotingError error = error_of([&] { listen(listener->url()); });
    EXPECT_EQ(error.code(), ErrorCode::address_in_use);
    EXPECT_TRUE(mentions(error, "127.0.0.1:" + port_of(*listener)));
}

TEST_F(Tcp, TakesItsPortBackWhileOldConnectionsLinger)
{
    auto listener = listen("tcp://127.0.0.1:0");
    const std::string url = listener->url();
    connect(url);
    auto client = host.take_opened();
    host.take_accepted().reset();  // the server closes first and keeps TIME_WAIT
    EXPECT_EQ(read_to_event(*client).status, IoResult::Status::closed);
    client.reset();
    listener.reset();
    EXPECT_NO_THROW(listener = listen(url));
}

TEST_F(Tcp, SaysWhyNobodyAnswers)
{
    auto listener = listen("tcp://127.0.0.1:0");
    const std::string url = listener->url();
    listener.reset();
    const RemotingError error = error_of([&] { connect(url); });
    EXPECT_EQ(error.code(), ErrorCode::connect_failed);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_EQ(error.address(), url);
    EXPECT_TRUE(mentions(error, "Connection refused"));
}

TEST_F(Tcp, GivesUpAtTheDeadlineWhenNothingAnswers)
{
    const DeafListener deaf;
    if (!deaf.is_full()) {
        GTEST_SKIP() << "this kernel answers although the queue is full";
    }
    const auto start = std::chrono::steady_clock::now();
    const RemotingError error = error_of([&] { connect(deaf.url(), system_clock().now() + 150ms); });
    const auto took = std::chrono::steady_clock::now() - start;
    EXPECT_EQ(error.code(), ErrorCode::deadline_exceeded);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_TRUE(mentions(error, "no answer"));
    EXPECT_GE(took, 150ms);
    EXPECT_LT(took, 5s);
}

TEST_F(Tcp, GivesUpWhenTheHostStops)
{
    const DeafListener deaf;
    if (!deaf.is_full()) {
        GTEST_SKIP() << "this kernel answers although the queue is full";
    }
    std::thread stopper([&] { host.stops = true; });
    const RemotingError error = error_of([&] { connect(deaf.url(), TimePoint::max()); });
    stopper.join();
    EXPECT_EQ(error.code(), ErrorCode::shutting_down);
    EXPECT_EQ(error.executed(), Executed::no);
}

TEST_F(Tcp, FailsAtOnceWhenTheDeadlineIsOver)
{
    const DeafListener deaf;
    if (!deaf.is_full()) {
        GTEST_SKIP() << "this kernel answers although the queue is full";
    }
    EXPECT_EQ(error_of([&] { connect(deaf.url(), system_clock().now() - 1s); }).code(), ErrorCode::deadline_exceeded);
}

TEST_F(Tcp, ConnectsWithoutADeadline)
{
    const auto listener = listen("tcp://127.0.0.1:0");
    EXPECT_NO_THROW(connect(listener->url(), TimePoint::max()));
}

TEST_F(Tcp, KeepsToThisMachineUnlessInsecureIsSpelled)
{
    for (const char* address :
         {"0.0.0.0", "[::]", "192.0.2.1", "[::ffff:192.0.2.1]", "169.254.169.254", "0xc0.0x201"}) {
        const std::string url = "tcp://" + std::string(address) + ":6100";
        for (const RemotingError& error : {error_of([&] { listen(url); }), error_of([&] { connect(url); })}) {
            EXPECT_EQ(error.code(), ErrorCode::permission_denied) << url;
            EXPECT_TRUE(mentions(error, "?insecure"));
        }
    }
}

TEST_F(Tcp, TakesAMappedLoopbackAddressForLoopback)
{
    std::unique_ptr<Listener> listener;
    try {
        listener = listen("tcp://[::1]:0");
    } catch (const RemotingError& error) {
        GTEST_SKIP() << "no IPv6 here: " << error.what();
    }
    listener = listen("tcp://[::ffff:127.0.0.1]:0");
    connect("tcp://[::ffff:127.0.0.1]:" + port_of(*listener));
    EXPECT_TRUE(host.take_accepted()->peer().is_local);
}

TEST_F(Tcp, ListensBeyondThisMachineWhenToldTo)
{
    const auto listener = listen("tcp://0.0.0.0:0?insecure");
    EXPECT_EQ(listener->url(), "tcp://0.0.0.0:" + port_of(*listener) + "?insecure");
    EXPECT_NO_THROW(connect(listener->url()));
    EXPECT_NO_THROW(connect("tcp://127.0.0.1:" + port_of(*listener)));
}

TEST_F(Tcp, RefusesAnAddressThatIsNotThisMachines)
{
    const RemotingError error = error_of([&] { listen("tcp://192.0.2.1:0?insecure"); });
    EXPECT_EQ(error.code(), ErrorCode::invalid_url);
    EXPECT_TRUE(mentions(error, "192.0.2.1"));
}

TEST_F(Tcp, RefusesMalformedUrls)
{
    for (const char* text :
         {"tcp://127.0.0.1", "tcp://127.0.0.1:", "tcp://127.0.0.1:65536", "tcp://127.0.0.1:99999999999999999999",
          "tcp://127.0.0.1:1?secure", "tcp://127.0.0.1:1?insecure=0", "tcp://127.0.0.1:1?insecure&x=1",
          "tcp://local%00host:1", "tcp://a%20b:1", "tcp://a%0ab:1", "tcp://a%2fb:1"}) {
        const ObjectUrl url = ObjectUrl::parse(text);
        EXPECT_EQ(error_of([&] { channel.listen(url, host); }).code(), ErrorCode::invalid_url) << text;
        EXPECT_EQ(error_of([&] { channel.connect(url, host, soon()); }).code(), ErrorCode::invalid_url) << text;
    }
    EXPECT_EQ(error_of([&] { connect("tcp://127.0.0.1:0"); }).code(), ErrorCode::invalid_url);
}

// 0x7f.1 is a name to everyone but the system's resolver, which needs no network to know it as 127.0.0.1.

TEST_F(Tcp, ResolvesHostNames)
{
    const auto listener = listen("tcp://0x7f.1:0");
    connect(listener->url());
    EXPECT_EQ(host.take_opened()->peer().address, "127.0.0.1:" + port_of(*listener));
}

TEST_F(Tcp, ResolvesHostNamesOnTheIoContextsOwnThread)
{
    const auto listener = listen("tcp://127.0.0.1:0");
    std::promise<bool> connected;
    boost::asio::post(host.io_context(), [&] {
        try {
            connect("tcp://0x7f.1:" + port_of(*listener));
            connected.set_value(host.take_opened() != nullptr);
        } catch (...) {
            connected.set_exception(std::current_exception());
        }
    });
    EXPECT_TRUE(connected.get_future().get());
}

TEST_F(Tcp, GivesUpAtTheDeadlineWhenNobodyRunsTheResolver)
{
    FakeChannelHost idle(Runs::when_told);
    const ObjectUrl url = ObjectUrl::parse("tcp://0x7f.1:1");
    const RemotingError error =
        error_of([&] { channel.connect(url, idle, system_clock().now() + std::chrono::milliseconds(50)); });
    EXPECT_EQ(error.code(), ErrorCode::deadline_exceeded);
    EXPECT_TRUE(mentions(error, "0x7f.1"));
}

TEST_F(Tcp, ConnectsToAddressesWhenNobodyRunsTheIoContext)
{
    const auto listener = listen("tcp://127.0.0.1:0");
    FakeChannelHost idle(Runs::when_told);
    EXPECT_NO_THROW(channel.connect(ObjectUrl::parse(listener->url()), idle, soon()));
    idle.io_context().stop();
    EXPECT_NO_THROW(channel.connect(ObjectUrl::parse("tcp://0x7f.1:" + port_of(*listener)), idle, soon()));
}

TEST_F(Tcp, SaysWhichHostNameHasNoAddress)
{
    const std::string name(70, 'a');  // longer than any label, so that no server is asked
    const RemotingError error = error_of([&] { connect("tcp://" + name + ":1"); });
    EXPECT_EQ(error.code(), ErrorCode::connect_failed);
    EXPECT_TRUE(mentions(error, name));
}

TEST_F(Tcp, DoesNotConnectToItself)
{
    // A port that clients get, and that is free: Linux gives out every other port in turn, so that one of so many
    // sockets gets the very port it connects to.
    std::string url;
    {
        const auto listener = listen("tcp://127.0.0.1:0");
        connect(listener->url());
        const auto client = host.take_opened();
        const auto server = host.take_accepted();
        url = "tcp://" + server->peer().address;
        const linger reset{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(client->descriptor(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    for (int i = 0; i < 15'000; ++i) {
        ASSERT_EQ(error_of([&] { connect(url); }).code(), ErrorCode::connect_failed) << i;
    }
}

}  // namespace

}  // namespace remoting::test
