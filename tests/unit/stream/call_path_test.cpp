// SPDX-License-Identifier: BSL-1.0
#include "pair_stream.hpp"
#include "stream_fixture.hpp"
#include "watched_stream.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/proxies/objects.hpp>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

// The path of a call, one situation at a time: who reads, who writes, who runs what, and what is said when it breaks.

namespace remoting::test {

namespace {

constexpr const char* probe_url = "test://server/probe";
constexpr const char* other_url = "test://server/other";

class CallPath : public StreamFixture {
protected:
    void TearDown() override
    {
        EXPECT_EQ(watch->double_reads, 0) << "two threads read one stream";
        EXPECT_EQ(watch->double_writes, 0) << "two threads wrote one stream";
    }

    /// The client's connections are watched; `before` and `after` as in WatchedStream.
    void watch_client(WatchedStream::BeforeWrite before = {}, WatchedStream::AfterWrite after = {})
    {
        channel->wrap_client = [this, before, after](std::unique_ptr<ByteStream> stream) {
            return std::make_unique<WatchedStream>(std::move(stream), watch, before, after);
        };
    }
    void watch_server(WatchedStream::BeforeWrite before = {}, WatchedStream::AfterWrite after = {})
    {
        channel->wrap_server = [this, before, after](std::unique_ptr<ByteStream> stream) {
            auto watched = std::make_unique<WatchedStream>(std::move(stream), watch, before, after);
            served = watched.get();
            return watched;
        };
    }
    void watch_both()
    {
        watch_client();
        watch_server();
    }

    const std::shared_ptr<StreamWatch> watch = std::make_shared<StreamWatch>();
    ByteStream* served = nullptr;  ///< the server's end of the last connection
};

std::optional<RemotingError> error_of(const std::function<void()>& call)
{
    try {
        call();
    } catch (const RemotingError& error) {
        return error;
    }
    return std::nullopt;
}

}  // namespace

TEST_F(CallPath, LetsOthersOfTheConnectionGoOnWhileAServantBlocks)
{
    watch_both();
    servant->on_run = [this](std::int32_t value) { return gate.wait() ? value : -1; };
    start();
    Client client(client_options());
    const auto blocked = client.get_object<probe::Probe>(probe_url);
    const auto other = client.get_object<probe::Probe>(other_url);
    std::thread caller([&] { EXPECT_EQ(blocked->Run(7), 7); });
    ASSERT_TRUE(eventually([&] { return servant->runs == 1; }));
    const Stopwatch watch_time;
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(other->Add(i, 1), i + 1);
    }
    EXPECT_LT(watch_time.elapsed(), std::chrono::seconds(5));
    gate.open();
    caller.join();
}

TEST_F(CallPath, LetsOthersGoOnWhileACallbackBlocks)
{
    watch_both();
    start();
    Client client(client_options());
    const auto probe = client.get_object<probe::Probe>(probe_url);
    const auto other = client.get_object<probe::Probe>(other_url);
    const auto watcher = std::make_shared<WatcherServant>();
    watcher->on_changed = [this](std::int32_t value) { return gate.wait() ? value : -1; };
    std::thread caller([&] { EXPECT_EQ(probe->Ask(watcher, 7), 8); });
    ASSERT_TRUE(eventually([&] { return watcher->changes == 1; }));
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(other->Add(i, 1), i + 1);
    }
    gate.open();
    caller.join();
}

TEST_F(CallPath, RunsCallbacksOnTheThreadThatWaits)
{
    watch_both();
    start();
    Client client(client_options());
    const auto probe = client.get_object<probe::Probe>(probe_url);
    const auto watcher = std::make_shared<WatcherServant>();
    std::thread::id ran_on;
    watcher->on_changed = [&](std::int32_t value) {
        ran_on = std::this_thread::get_id();
        return value;
    };
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(probe->Ask(watcher, i), i + 1);
        EXPECT_EQ(ran_on, std::this_thread::get_id());
    }
}

TEST_F(CallPath, NestsToTheDepthLimitWithTheFewestThreads)
{
    watch_both();
    server_options.threads = 2;
    server_options.limits.call_depth = 33;
    start();
    ClientOptions options = client_options();
    options.limits.call_depth = 33;
    Client client(std::move(options));
    const auto probe = client.get_object<probe::Probe>(probe_url);
    const auto own = std::make_shared<ProbeServant>();
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(probe->Dive(own, 32), 32);
    }
    const auto error = error_of([&] { probe->Dive(own, 33); });
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(to_string(error->code()), "depth_exceeded");
    EXPECT_EQ(probe->Dive(own, 32), 32);
}

TEST_F(CallPath, GoesRoundThreePartiesWithSmallPools)
{
    watch_both();
    server_options.threads = 2;
    start();
    ServerOptions middle_options;
    middle_options.channels = registry_of(channel);
    middle_options.threads = 2;
    middle_options.deadline = std::chrono::seconds(30);
    Server middle(std::move(middle_options));

    // Client -> middle -> server -> client -> middle ...
    struct Hop final : ProbeServant {
        std::int32_t Dive(const std::shared_ptr<probe::Probe>& origin, std::int32_t depth) override
        {
            return depth == 0 ? 0 : next->Dive(origin, depth - 1) + 1;
        }
        std::shared_ptr<probe::Probe> next;
    };
    const auto hop = std::make_shared<Hop>();
    middle.publish<probe::Probe>("hop", hop);
    middle.listen("test://middle");
    hop->next = middle.client().get_object<probe::Probe>(probe_url);

    Client client(client_options());
    const auto home = std::make_shared<Hop>();
    home->next = client.get_object<probe::Probe>("test://middle/hop");
    const Stopwatch time;
    constexpr int rounds = 20;
    for (int i = 0; i < rounds; ++i) {
        // The server's probe calls origin, which is `home`, through the middle.
        EXPECT_EQ(home->Dive(home, 30), 30);
    }
    EXPECT_LT(time.elapsed(), std::chrono::seconds(10)) << "some hop waits for a tick instead of being woken";
    hop->next = nullptr;
    home->next = nullptr;
}

TEST_F(CallPath, HandsOnAChainThatComesBackOverAnotherConnection)
{
    // The client calls the middle, which calls the server, which calls the middle over a connection of its own,
    // where the chain's thread waits.
    watch_both();
    server_options.threads = 2;
    start();
    ServerOptions middle_options;
    middle_options.channels = registry_of(channel);
    middle_options.threads = 2;
    middle_options.deadline = std::chrono::seconds(30);
    Server middle(std::move(middle_options));
    const auto middle_servant = std::make_shared<ProbeServant>();
    const auto to_server = middle.client().get_object<probe::Probe>(probe_url);
    const auto to_middle = server->client().get_object<probe::Probe>("test://middle/probe");
    middle_servant->on_run = [&](std::int32_t value) { return value == 0 ? 0 : to_server->Run(value - 1) + 1; };
    servant->on_run = [&](std::int32_t value) { return value == 0 ? 0 : to_middle->Run(value - 1) + 1; };
    middle.publish<probe::Probe>("probe", middle_servant);
    middle.listen("test://middle");
    Client client(client_options());
    const auto first = client.get_object<probe::Probe>("test://middle/probe");
    EXPECT_EQ(first->Run(30), 30);
    const Stopwatch time;
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(first->Run(30), 30);
    }
    EXPECT_LT(time.elapsed(), std::chrono::seconds(5)) << "600 hops; each waits for a tick instead of being woken";
    server->stop(Duration::zero());
}

TEST_F(CallPath, MovesLargeMessagesBothWaysAtOnce)
{
    watch_both();
    start();
    Client client(client_options());
    const Bytes large(std::size_t{4'000'000}, std::byte{0x42});
    std::vector<std::thread> callers;
    for (int t = 0; t < 4; ++t) {
        callers.emplace_back([&, t] {
            const auto probe = client.get_object<probe::Probe>(t % 2 == 0 ? probe_url : other_url);
            for (int i = 0; i < 4; ++i) {
                EXPECT_EQ(probe->Echo(large), large);
            }
        });
    }
    for (std::thread& caller : callers) {
        caller.join();
    }
}

TEST_F(CallPath, GoesOnAfterRepliesHavePiledUp)
{
    // The replies exceed what is kept for a peer that does not read; it does read, a little later.
    watch_both();
    start();
    Client client(client_options());
    const auto probe = client.get_object<probe::Probe>(probe_url);
    for (const std::size_t size : {std::size_t{1} << 20U, (std::size_t{1} << 20U) + 1, std::size_t{3} << 20U}) {
        const Bytes content(size, std::byte{1});
        EXPECT_EQ(probe->Echo(content).size(), size);
    }
    std::vector<std::thread> callers;
    for (int t = 0; t < 8; ++t) {
        callers.emplace_back([&] {
            const auto own = client.get_object<probe::Probe>(other_url);
            for (int i = 0; i < 5; ++i) {
                EXPECT_EQ(own->Echo(Bytes(std::size_t{900'000})).size(), 900'000U);
            }
        });
    }
    for (std::thread& caller : callers) {
        caller.join();
    }
}

TEST_F(CallPath, KeepsOneWayCallsInOrderWhenTheServantIsSlowNowAndThen)
{
    constexpr std::int32_t count = 3000;
    watch_both();
    std::int32_t last = 0;
    std::atomic<int> out_of_order{0};
    Gate never;
    servant->on_post = [&](std::int32_t value) {
        out_of_order += value == last + 1 ? 0 : 1;
        last = value;
        if (value % 100 == 0) {
            static_cast<void>(never.wait(std::chrono::milliseconds(4)));  // long enough for the reading to move on
        }
    };
    start();
    Client client(client_options());
    const auto probe = client.get_object<probe::Probe>(probe_url);
    for (std::int32_t i = 1; i <= count; ++i) {
        probe->Post(i);
    }
    EXPECT_EQ(probe->Add(1, 1), 2);
    EXPECT_EQ(servant->posts, count);
    EXPECT_EQ(out_of_order, 0);
}

TEST_F(CallPath, KeepsOneReaderWhenNestedServantsAreSlow)
{
    watch_both();
    server_options.threads = 3;
    Gate never;
    const auto linger = [&] { static_cast<void>(never.wait(std::chrono::milliseconds(4))); };
    const auto watcher = std::make_shared<WatcherServant>();
    start();
    Client client(client_options());
    const auto probe = client.get_object<probe::Probe>(probe_url);
    const auto other = client.get_object<probe::Probe>(other_url);
    // Ask on the server -> Changed here -> Run on the server, by the waiting thread, slowly -> back; Ask lingers.
    watcher->on_changed = [&](std::int32_t value) {
        linger();
        return other->Run(value);
    };
    other_servant->on_run = [&](std::int32_t value) {
        linger();
        return value;
    };
    std::atomic<bool> is_over{false};
    std::vector<std::thread> others;
    for (int t = 0; t < 3; ++t) {
        others.emplace_back([&] {
            const auto own = client.get_object<probe::Probe>(other_url);
            for (std::int32_t i = 0; !is_over; ++i) {
                EXPECT_EQ(own->Add(i, 1), i + 1);
            }
        });
    }
    for (std::int32_t i = 0; i < 60; ++i) {
        EXPECT_EQ(probe->Ask(watcher, i), i + 1);
    }
    is_over = true;
    for (std::thread& thread : others) {
        thread.join();
    }
}

TEST_F(CallPath, NeverSaysThatARequestDidNotRunWhichAStalledWriteSentLater)
{
    // The write of the request would block at first; it leaves, runs, and then the connection breaks.
    watch_client([](int number, IoResult& instead) {
        instead = {.status = IoResult::Status::would_block};
        return number == 2;
    });
    watch_server();
    servant->on_run = [this](std::int32_t value) {
        served->shutdown();
        return value;
    };
    start();
    Client client(client_options());
    const auto error = error_of([&] { client.get_object<probe::Probe>(probe_url)->Run(1); });
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(to_string(error->executed()), "maybe") << error->what();
    EXPECT_EQ(servant->runs, 1);
}

TEST_F(CallPath, NeverSaysThatARequestDidNotRunWhoseWriteWasUnderWayWhenTheConnectionEnded)
{
    // Another thread reads. This one's write has moved everything but not returned when the reader sees the end.
    Gate ended;
    watch_client({}, [&](int number, const IoResult&) {
        if (number == 3) {
            static_cast<void>(ended.wait());
        }
    });
    watch_server();
    other_servant->on_run = [this](std::int32_t value) { return gate.wait() ? value : -1; };
    servant->on_run = [this](std::int32_t value) {
        served->shutdown();
        return value;
    };
    start();
    Client client(client_options());
    std::thread reader([&] {
        const auto error = error_of([&] { client.get_object<probe::Probe>(other_url)->Run(1); });
        EXPECT_TRUE(error.has_value());
        ended.open();
    });
    ASSERT_TRUE(eventually([&] { return other_servant->runs == 1; }));
    const auto error = error_of([&] { client.get_object<probe::Probe>(probe_url)->Run(1); });
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(to_string(error->executed()), "maybe") << error->what();
    reader.join();
    EXPECT_EQ(servant->runs, 1);
}

TEST_F(CallPath, GivesCreditBackBeforeThePeerCanSeeTheReply)
{
    // The thread that wrote the reply is held up; the next request is read by another one meanwhile.
    server_options.limits.requests_in_flight = 1;
    Tally read_meanwhile;
    watch_client();
    watch_server({}, [&](int, const IoResult&) {
        static_cast<void>(read_meanwhile.wait_until_at_least(servant->runs * 2 - 1, std::chrono::milliseconds(20)));
    });
    Gate never;
    servant->on_run = [&](std::int32_t value) {
        static_cast<void>(never.wait(std::chrono::milliseconds(4)));  // the reading moves on to another worker
        return value;
    };
    start();
    Client client(client_options());
    const auto probe = client.get_object<probe::Probe>(probe_url);
    for (std::int32_t i = 0; i < 30; ++i) {
        EXPECT_EQ(probe->Run(i), i);
    }
    server.reset();  // the last reply's write is still held up by what is on this stack
}

TEST_F(CallPath, WaitsForCreditAndSaysNotExecutedWhenThereIsNoneInTime)
{
    watch_both();
    server_options.limits.requests_in_flight = 2;
    servant->on_run = [this](std::int32_t value) { return gate.wait() ? value : -1; };
    start();
    server->publish<probe::Probe>("free", servant, {Concurrency::concurrent});
    Client client(client_options());
    const auto probe = client.get_object<probe::Probe>("test://server/free");
    std::vector<std::thread> callers;
    for (int t = 0; t < 2; ++t) {
        callers.emplace_back([&, t] { EXPECT_EQ(probe->Run(t), t); });
    }
    ASSERT_TRUE(eventually([&] { return servant->runs == 2; }));
    const auto error = error_of([&] { with_deadline(probe, std::chrono::milliseconds(30))->Run(9); });
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(to_string(error->code()), "deadline_exceeded");
    EXPECT_EQ(to_string(error->executed()), "no");
    std::thread waiting([&] { EXPECT_EQ(probe->Run(5), 5); });
    gate.open();
    waiting.join();
    for (std::thread& caller : callers) {
        caller.join();
    }
    EXPECT_EQ(servant->runs, 3);
}

TEST_F(CallPath, EndsAtTheDeadlineAndTheLateReplyHarmsNobody)
{
    watch_both();
    servant->on_run = [this](std::int32_t value) { return gate.wait() ? value : -1; };
    start();
    Client client(client_options());
    const auto probe = client.get_object<probe::Probe>(probe_url);
    const auto other = client.get_object<probe::Probe>(other_url);
    EXPECT_EQ(other->Add(1, 1), 2);
    for (const auto deadline : {std::chrono::milliseconds(20), std::chrono::milliseconds(300)}) {
        const Stopwatch time;
        const auto error = error_of([&] { with_deadline(probe, deadline)->Run(1); });
        ASSERT_TRUE(error.has_value());
        EXPECT_EQ(to_string(error->code()), "deadline_exceeded");
        EXPECT_EQ(to_string(error->executed()), "maybe");
        EXPECT_GE(time.elapsed(), deadline);
        EXPECT_LT(time.elapsed(), deadline + std::chrono::milliseconds(250 * slack));
    }
    gate.open();
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(other->Add(i, 1), i + 1);
    }
}

TEST_F(CallPath, WorksWithoutADescriptorLeft)
{
    watch_both();
    start();
    Client client(client_options());
    const auto probe = client.get_object<probe::Probe>(probe_url);
    EXPECT_EQ(probe->Add(1, 1), 2);
    std::atomic<int> sum{0};
    std::atomic<int> started{0};
    // With so little time it waits in poll, which wants a descriptor of each thread to wake it by.
    const auto hurry = [&](Gate& starts) {
        ++started;
        ASSERT_TRUE(starts.wait());
        const auto hurried = with_deadline(probe, std::chrono::milliseconds(240));
        for (int i = 0; i < 10; ++i) {
            error_of([&] { sum += hurried->Add(i, 1); });
        }
    };
    gate.open();
    std::thread([&] { hurry(gate); }).join();  // UBSan needs descriptors for classes it has not seen before
    sum = 0;
    Gate none_left;
    std::thread caller([&] { hurry(none_left); });
    ASSERT_TRUE(eventually([&] { return started == 2; }));
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit none = before;
    none.rlim_cur = 0;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    none_left.open();
    caller.join();
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_EQ(sum, 55);
    EXPECT_EQ(probe->Add(1, 1), 2);
}

/// Connects to somebody who says nothing.
class SilentChannel final : public ClientChannel {
public:
    std::shared_ptr<Connection> connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline) override
    {
        auto [ours, theirs] = make_stream_pair();
        silent_ = std::move(theirs);
        ++connects;
        return host.open(std::move(ours), url, deadline);
    }
    std::atomic<int> connects{0};

private:
    std::unique_ptr<ByteStream> silent_;
};

TEST_F(CallPath, GivesUpConnectingWhenTheClientIsClosed)
{
    const auto silent = std::make_shared<SilentChannel>();
    ClientOptions options;
    options.channels.add("silent", silent, nullptr);
    options.deadline = patience * 2;
    Client client(std::move(options));
    const auto probe = client.get_object<probe::Probe>("silent://server/probe");
    const Stopwatch stopwatch;
    std::optional<RemotingError> error;
    std::thread caller([&] { error = error_of([&] { probe->Run(1); }); });
    EXPECT_TRUE(eventually([&] { return silent->connects == 1; }));
    client.close();
    caller.join();
    EXPECT_LT(stopwatch.elapsed(), patience);
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(to_string(error->code()), "shutting_down") << error->what();
    EXPECT_EQ(to_string(error->executed()), "no");
}

TEST_F(CallPath, UsesObjectsBeyondThoseThePeerKeepsNamesFor)
{
    watch_both();
    start();
    Client client(client_options());
    std::vector<std::shared_ptr<probe::Session>> sessions;
    for (int i = 0; i < 8000; ++i) {
        sessions.push_back(client.create_object<probe::Session>("test://server", "s" + std::to_string(i)));
        ASSERT_EQ(sessions.back()->Next(), 1);
    }
    for (std::size_t i = 0; i < sessions.size(); i += 7) {
        ASSERT_EQ(sessions[i]->Name(), "s" + std::to_string(i));
    }
    EXPECT_EQ(SessionServant::alive, 8000);
    sessions.clear();
    EXPECT_TRUE(eventually([] { return SessionServant::alive == 0; }));
    const auto probe = client.get_object<probe::Probe>(probe_url);
    EXPECT_EQ(probe->Add(1, 1), 2);
}

TEST_F(CallPath, LetsAWithdrawnObjectGoAlthoughItsCallersAreStillConnected)
{
    watch_both();
    start();
    Client client(client_options());
    auto withdrawn = std::make_shared<ProbeServant>();
    const std::weak_ptr<ProbeServant> alive = withdrawn;
    server->publish<probe::Probe>("withdrawn", std::move(withdrawn));
    const auto proxy = client.get_object<probe::Probe>("test://server/withdrawn");
    EXPECT_EQ(proxy->Add(1, 1), 2);
    EXPECT_TRUE(server->withdraw("withdrawn"));
    EXPECT_TRUE(eventually([&] { return alive.expired(); }));
    const auto error = error_of([&] { proxy->Add(1, 1); });
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(to_string(error->code()), "object_not_found");
}

TEST_F(CallPath, FollowsALongStreamOfObjectsThatComeAndGo)
{
    watch_both();
    start();
    Client client(client_options());
    for (int i = 0; i < 5000; ++i) {
        const auto session = client.create_object<probe::Session>("test://server", "s");
        ASSERT_EQ(session->Next(), 1);
    }
    EXPECT_TRUE(eventually([] { return SessionServant::alive == 0; }));
}

}  // namespace remoting::test
