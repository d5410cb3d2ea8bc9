// SPDX-License-Identifier: BSL-1.0
#include "stream_fixture.hpp"
#include "watched_stream.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/proxies/objects.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <random>
#include <thread>
#include <vector>

// Everything at once: threads that share connections, callbacks, large messages, deadlines, ends of connections. For
// the sanitizers as much as for the assertions.

namespace remoting::test {

namespace {

class Stress : public StreamFixture {
protected:
    void SetUp() override
    {
        const auto wrap = [this](std::unique_ptr<ByteStream> stream) {
            return std::make_unique<WatchedStream>(std::move(stream), watch);
        };
        channel->wrap_client = wrap;
        channel->wrap_server = wrap;
    }
    void TearDown() override
    {
        EXPECT_EQ(watch->double_reads, 0) << "two threads read one stream";
        EXPECT_EQ(watch->double_writes, 0) << "two threads wrote one stream";
    }

    template <class F>
    static void run_threads(int count, F work)
    {
        std::vector<std::thread> threads;
        for (int t = 0; t < count; ++t) {
            threads.emplace_back([&work, t] { work(t); });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
    }

    const std::shared_ptr<StreamWatch> watch = std::make_shared<StreamWatch>();
};

/// Sometimes takes a moment, so that readers change.
void dawdle(std::mt19937& random)
{
    if (random() % 16 == 0) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 4000);
        while (std::chrono::steady_clock::now() < end) {
            std::this_thread::yield();
        }
    }
}

constexpr int calls_of_a_thread = 250;

}  // namespace

class Connections : public Stress, public testing::WithParamInterface<bool> {};

TEST_P(Connections, MixUpNothingBetweenManyThreads)
{
    server_options.threads = 3;
    server_options.adaptive_waiting = GetParam();
    std::atomic<unsigned> seed{1};
    const auto slow = [&](std::int32_t value) {
        thread_local std::mt19937 random(seed++);
        dawdle(random);
        return value;
    };
    servant->on_run = slow;
    other_servant->on_run = slow;
    start();
    ClientOptions options = client_options();
    options.adaptive_waiting = GetParam();
    Client client(std::move(options));
    const auto own = std::make_shared<ProbeServant>();
    run_threads(8, [&](int t) {
        std::mt19937 random(static_cast<unsigned>(t) + 100);
        const auto probe = client.get_object<probe::Probe>(t % 2 == 0 ? "test://server/probe" : "test://server/other");
        const auto watcher = std::make_shared<WatcherServant>();
        watcher->on_changed = slow;
        int lost_posts = 0;
        for (std::int32_t i = 0; i < calls_of_a_thread; ++i) {
            switch (random() % 8) {
                case 0:
                    ASSERT_EQ(probe->Ask(watcher, i), i + 1);
                    break;
                case 1: {
                    const Bytes content(random() % 200'000, static_cast<std::byte>(i));
                    ASSERT_EQ(probe->Echo(content), content);
                    break;
                }
                case 2:
                    probe->Post(i);
                    ++lost_posts;
                    break;
                case 3: {
                    const auto session = client.create_object<probe::Session>("test://server", "s");
                    ASSERT_EQ(session->Next(), 1);
                    break;
                }
                case 4:
                    try {
                        probe->Refuse("no");
                        FAIL();
                    } catch (const probe::Forbidden& error) {
                        ASSERT_EQ(error.level, 3);
                    }
                    break;
                case 5:
                    ASSERT_EQ(probe->Dive(own, 5), 5);
                    break;
                case 6:
                    ASSERT_EQ(probe->Run(i), i);
                    break;
                default:
                    ASSERT_EQ(probe->Add(i, t), i + t);
            }
        }
    });
    EXPECT_TRUE(eventually([] { return SessionServant::alive == 0; }));
}

INSTANTIATE_TEST_SUITE_P(Waiting, Connections, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Adaptively" : "AtOnce"; });

TEST_F(Stress, OfHurriedCallsLeavesTheOthersAlone)
{
    server_options.threads = 3;
    std::atomic<unsigned> seed{1};
    servant->on_run = [&](std::int32_t value) {
        thread_local std::mt19937 random(seed++);
        dawdle(random);
        return value;
    };
    start();
    server->publish<probe::Probe>("free", servant, {remoting::Concurrency::concurrent});
    Client client(client_options());
    std::atomic<int> late{0};
    run_threads(6, [&](int t) {
        std::mt19937 random(static_cast<unsigned>(t));
        const auto probe = client.get_object<probe::Probe>("test://server/free");
        for (std::int32_t i = 0; i < calls_of_a_thread; ++i) {
            if (t % 2 == 0) {
                ASSERT_EQ(probe->Run(i), i);
                continue;
            }
            try {
                ASSERT_EQ(with_deadline(probe, std::chrono::microseconds(200 + random() % 2000))->Run(i), i);
            } catch (const RemotingError& error) {
                ASSERT_EQ(to_string(error.code()), "deadline_exceeded") << error.what();
                ++late;
            }
        }
    });
    RecordProperty("late", late);
}

TEST_F(Stress, OfEndingConnectionsGivesEveryCallOneEnd)
{
    server_options.threads = 3;
    start();
    std::atomic<int> done{0};
    std::atomic<int> failed{0};
    for (int round = 0; round < 25; ++round) {
        std::optional<Client> client(std::in_place, client_options());
        std::vector<std::thread> threads;
        std::atomic<int> started{0};
        for (int t = 0; t < 5; ++t) {
            threads.emplace_back([&, t] {
                const auto watcher = std::make_shared<WatcherServant>();
                try {
                    const auto probe = client->get_object<probe::Probe>("test://server/probe");
                    for (std::int32_t i = 0;; ++i) {
                        if (t % 2 == 0) {
                            ASSERT_EQ(probe->Ask(watcher, i), i * 2 + 1);
                        } else {
                            ASSERT_EQ(client->create_object<probe::Session>("test://server", "s")->Next(), 1);
                        }
                        started += i == 0 ? 1 : 0;
                        ++done;
                    }
                } catch (const RemotingError& error) {
                    const std::string_view code = to_string(error.code());
                    ASSERT_TRUE(code == "shutting_down" || code == "connection_lost" || code == "object_not_found")
                        << error.what();
                    ++failed;
                } catch (const RemoteException& error) {
                    ++failed;  // the callback was cut
                }
            });
        }
        ASSERT_TRUE(eventually([&] { return started == 5; }));
        client->close();
        for (std::thread& thread : threads) {
            thread.join();
        }
    }
    EXPECT_EQ(failed, 25 * 5);
    EXPECT_TRUE(eventually([] { return SessionServant::alive == 0; }));
    server->stop(std::chrono::seconds(5));
}

TEST_F(Stress, OfCallsInBothDirectionsOnOneConnectionEndsWell)
{
    server_options.threads = 4;
    start();
    Client client(client_options());
    const auto probe = client.get_object<probe::Probe>("test://server/probe");
    const auto watcher = std::make_shared<WatcherServant>();
    probe->Keep(watcher);
    std::atomic<bool> is_over{false};
    // The server calls whenever it likes, from threads of its own, while the client calls and waits.
    std::vector<std::thread> callers;
    for (int t = 0; t < 3; ++t) {
        callers.emplace_back([&] {
            for (std::int32_t i = 0; !is_over; ++i) {
                ASSERT_EQ(servant->kept()->Changed(i), i * 2);
            }
        });
    }
    run_threads(3, [&](int) {
        const Bytes content(std::size_t{300'000}, std::byte{1});
        const auto other = client.get_object<probe::Probe>("test://server/other");
        for (std::int32_t i = 0; i < calls_of_a_thread; ++i) {
            if (i % 25 == 0) {
                ASSERT_EQ(other->Echo(content).size(), content.size());
            } else {
                ASSERT_EQ(other->Add(i, 1), i + 1);
            }
        }
    });
    // And with a client that makes no calls at all.
    const int changes = watcher->changes;
    EXPECT_TRUE(eventually([&] { return watcher->changes > changes + 100; }));
    is_over = true;
    for (std::thread& caller : callers) {
        caller.join();
    }
    probe->Keep(nullptr);
}

TEST_F(Stress, OfStoppingAServerEndsWithinItsDeadline)
{
    for (int round = 0; round < 15; ++round) {
        server_options.threads = 3;
        start();
        Client client(client_options());
        std::atomic<int> running{0};
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&] {
                try {
                    const auto probe = client.get_object<probe::Probe>("test://server/probe");
                    const auto watcher = std::make_shared<WatcherServant>();
                    for (std::int32_t i = 0;; ++i) {
                        ASSERT_EQ(probe->Ask(watcher, i), i * 2 + 1);
                        running += i == 0 ? 1 : 0;
                    }
                } catch (const RemotingError&) {
                } catch (const RemoteException&) {
                }
            });
        }
        ASSERT_TRUE(eventually([&] { return running == 4; }));
        const Stopwatch time;
        server->stop(std::chrono::seconds(2));
        EXPECT_LT(time.elapsed(), std::chrono::milliseconds(2000 + 250 * slack));
        server.reset();
        for (std::thread& thread : threads) {
            thread.join();
        }
    }
}

}  // namespace remoting::test
