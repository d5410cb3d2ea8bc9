// SPDX-License-Identifier: BSL-1.0
// Calls that wait for a first connection: in what order they leave, and whose failure is whose.
#include "faulty_stream.hpp"
#include "pair_stream.hpp"
#include "raw_peer.hpp"
#include "stream_fixture.hpp"
#include "watched_stream.hpp"

#include "probe.remoting.async.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/proxies/call_options.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace remoting::test {

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// Keeps attempts that nobody waits for until the test lets them go on.
class GatedChannel final : public ClientChannel {
public:
    struct Attempt {
        ObjectUrl url;
        ChannelHost& host;
        TimePoint deadline;
        Connected done;
    };

    explicit GatedChannel(std::shared_ptr<ClientChannel> channel) : channel_(std::move(channel)) {}

    std::shared_ptr<Connection> connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline) override
    {
        connects.add();
        return channel_->connect(url, host, deadline);
    }
    void async_connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline, Connected done) override
    {
        const std::lock_guard lock(mutex_);
        attempts_.push_back({url, host, deadline, std::move(done)});
        attempts.add();
    }

    Attempt take()
    {
        const std::lock_guard lock(mutex_);
        Attempt attempt = std::move(attempts_.at(0));
        attempts_.pop_front();
        return attempt;
    }
    void go_on()
    {
        const Attempt attempt = take();
        attempt.done(nullptr, channel_->connect(attempt.url, attempt.host, attempt.deadline));
    }
    void fail(ErrorCode code)
    {
        take().done(std::make_exception_ptr(RemotingError(code, Executed::no, "told to")), nullptr);
    }

    Tally attempts;
    Tally connects;

private:
    const std::shared_ptr<ClientChannel> channel_;
    std::mutex mutex_;
    std::deque<Attempt> attempts_;
};

class Connecting : public StreamFixture {
protected:
    Connecting()
    {
        servant->on_run = [this](std::int32_t value) {
            const std::lock_guard lock(mutex_);
            values_.push_back(value);
            return value;
        };
    }

    ClientOptions gated_options()
    {
        ClientOptions options;
        options.channels.add("test", gated, nullptr);
        return options;
    }
    std::vector<std::int32_t> values()
    {
        const std::lock_guard lock(mutex_);
        return values_;
    }

    const std::shared_ptr<GatedChannel> gated = std::make_shared<GatedChannel>(channel);

private:
    std::mutex mutex_;
    std::vector<std::int32_t> values_;
};

ErrorCode code_of(std::future<std::int32_t>& result)
{
    try {
        result.get();
    } catch (const RemotingError& error) {
        return error.code();
    }
    return ErrorCode::ok;
}

}  // namespace

TEST_F(Connecting, SendsWhatWaitedInOrderAndBeforeWhatCameLater)
{
    std::shared_ptr<probe::Probe> object;
    std::future<std::int32_t> later;
    std::thread other;
    channel->wrap_client = [&](std::unique_ptr<ByteStream> stream) {
        // Amid the first request another thread makes a call, which finds two waiting.
        return std::make_unique<WatchedStream>(std::move(stream), std::make_shared<StreamWatch>(),
                                               [&](int number, IoResult&) {
                                                   if (number == 2) {
                                                       const auto is_made = std::make_shared<Gate>();
                                                       other = std::thread([&, is_made] {
                                                           later = object->async_Run(4, asio::use_future);
                                                           is_made->open();
                                                       });
                                                       static_cast<void>(is_made->wait(2s));
                                                   }
                                                   return false;
                                               });
    };
    start();
    Client client(gated_options());
    object = client.get_object<probe::Probe>("test://server/probe");
    auto first = object->async_Run(1, asio::use_future);
    auto second = object->async_Run(2, asio::use_future);
    auto third = object->async_Run(3, asio::use_future);
    gated->go_on();
    EXPECT_EQ(first.get() + second.get() + third.get(), 6);
    other.join();
    EXPECT_EQ(later.get(), 4);
    EXPECT_EQ(values(), (std::vector<std::int32_t>{1, 2, 3, 4}));
    EXPECT_EQ(gated->attempts.value(), 1);
}

TEST_F(Connecting, FailsNobodyForTheDeadlineOfAnother)
{
    start();
    Client client(gated_options());
    const auto object = client.get_object<probe::Probe>("test://server/probe");
    auto hasty = object->async_Run(CallOptions{.deadline = 50ms}, 1, asio::use_future);
    auto patient = object->async_Run(2, asio::use_future);
    gated->fail(ErrorCode::deadline_exceeded);
    EXPECT_EQ(code_of(hasty), ErrorCode::deadline_exceeded);
    ASSERT_TRUE(gated->attempts.wait_until_at_least(2));
    gated->go_on();
    EXPECT_EQ(patient.get(), 2);
}

TEST_F(Connecting, FailsAllWhoWaitWhenTheServerIsNotThere)
{
    start();
    ClientOptions options = gated_options();
    options.retry.attempts = 1;
    Client client(std::move(options));
    const auto object = client.get_object<probe::Probe>("test://server/probe");
    auto first = object->async_Run(1, asio::use_future);
    auto second = object->async_Run(2, asio::use_future);
    gated->fail(ErrorCode::permission_denied);
    EXPECT_EQ(code_of(first), ErrorCode::permission_denied);
    EXPECT_EQ(code_of(second), ErrorCode::permission_denied);
    EXPECT_EQ(gated->attempts.value(), 1);
}

TEST_F(Connecting, WaitsForNoAttemptThatNeedsTheThreadThatWouldWait)
{
    Tally closed;
    server_options.on_disconnected = [&](const auto&...) { closed.add(); };
    start();
    asio::io_context context;
    ClientOptions options = gated_options();
    options.io_context = &context;
    {
        Client client(std::move(options));
        const auto object = client.get_object<probe::Probe>("test://server/probe");
        auto started = object->async_Run(1, asio::use_future);
        EXPECT_EQ(object->Run(2), 2);
        context.restart();
        while (started.wait_for(0s) != std::future_status::ready) {
            context.run_one_for(10ms);
        }
        EXPECT_EQ(started.get(), 1);
        EXPECT_EQ(values(), (std::vector<std::int32_t>{1, 2}));
        EXPECT_EQ(gated->connects.value(), 1);
        gated->go_on();  // a spare one by now, and closed again
        EXPECT_TRUE(closed.wait_until_at_least(1));
        EXPECT_EQ(object->Run(3), 3);
    }
    EXPECT_TRUE(closed.wait_until_at_least(2));
}

TEST_F(Connecting, SpreadsProxiesOverAsManyConnectionsAsTheOptionsSay)
{
    start();
    Tally opened;
    ClientOptions options = client_options();
    options.connections_per_endpoint = 3;
    options.on_connected = [&](const auto&) { opened.add(); };
    Client client(std::move(options));
    std::vector<std::shared_ptr<probe::Probe>> objects;
    for (int i = 0; i < 7; ++i) {
        objects.push_back(client.get_object<probe::Probe>("test://server/other"));
        EXPECT_EQ(objects.back()->Add(i, 1), i + 1);
        EXPECT_EQ(objects.back()->async_Add(i, 2, asio::use_future).get(), i + 2);
    }
    EXPECT_EQ(opened.value(), 3);
    ClientOptions none;
    none.connections_per_endpoint = 0;
    EXPECT_THROW(Client(std::move(none)), RemotingError);
}

TEST_F(Connecting, KeepsNothingOfAClientThatIsGoneMeanwhile)
{
    start();
    auto token = std::make_shared<int>(0);
    const std::weak_ptr<int> alive = token;
    std::future<std::int32_t> result;
    {
        ClientOptions options = gated_options();
        options.on_connected = [token = std::move(token)](const auto&...) {};
        Client client(std::move(options));
        result = client.get_object<probe::Probe>("test://server/probe")->async_Run(1, asio::use_future);
    }
    EXPECT_EQ(code_of(result), ErrorCode::shutting_down);
    static_cast<void>(gated->take());
    EXPECT_TRUE(eventually([&] { return alive.expired(); }));
}

TEST_F(Connecting, TakesAHelloThatComesInPartsOnTheUsersLoop)
{
    asio::io_context context;
    ClientOptions options = gated_options();
    options.io_context = &context;
    Client client(std::move(options));
    const auto object = client.get_object<probe::Probe>("test://server/probe");
    auto result = object->async_Run(1, asio::use_future);  // told elsewhere, but the loop has to go on for it
    const auto [near, far] = make_descriptor_pair();
    RawPeer peer(far);
    const auto attempt = gated->take();
    const auto counts = std::make_shared<FaultPlan>();
    attempt.host.async_open(std::make_unique<FaultyStream>(std::make_unique<PairStream>(near), counts), attempt.url,
                            attempt.deadline, attempt.done);
    const ByteVector hello = hello_of();
    peer.send(std::span(hello).first(20));
    EXPECT_TRUE(eventually([&] {
        context.poll();
        return counts->reads == 1;
    }));
    peer.send(std::span(hello).subspan(20));
    EXPECT_TRUE(eventually([&] {
        context.poll();
        return peer.receive(FrameKind::request, 1ms).has_value();
    }));
    client.close();
    EXPECT_EQ(code_of(result), ErrorCode::shutting_down);
}

}  // namespace remoting::test
