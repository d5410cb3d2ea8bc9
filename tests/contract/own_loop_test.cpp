// SPDX-License-Identifier: BSL-1.0
// Clients and servers on an io_context of the user's start no thread.
#include "calls.remoting.async.hpp"
#include "calls_servant.hpp"

#include "errors.hpp"
#include "waiting.hpp"
#include "way.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using contract::Control;
using contract::ControlServant;
using remoting::Client;
using remoting::Server;
using remoting::test::ChannelTest;
using remoting::test::every_channel;

class OwnLoop : public ChannelTest {
protected:
    /// Threads of Clients and Servers in this process, but for a server's workers, of which there may be more at any time.
    int threads() const
    {
        int count = 0;
        for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
            std::string name;
            std::ifstream file(task.path() / "comm");
            std::getline(file, name);
            count += name == "remoting-keep" || name == "remoting-call" || name == "remoting-apart" ? 1 : 0;
        }
        return count;
    }
    remoting::ServerOptions server_options(asio::io_context& context)
    {
        auto options = place().server_options();
        options.io_context = &context;
        return options;
    }
    remoting::ClientOptions client_options(asio::io_context& context)
    {
        auto options = place().client_options();
        options.io_context = &context;
        return options;
    }
};
INSTANTIATE_TEST_SUITE_P(Contract, OwnLoop, every_channel(), remoting::test::name_of);

TEST_P(OwnLoop, CarriesBothSidesOnOneThread)
{
    asio::io_context context;
    Server server(server_options(context));
    server.publish<Control>("control", std::make_shared<ControlServant>());
    const std::string url = server.listen(place().free_address());
    Client client(client_options(context));
    const auto control = client.get_object<Control>(remoting::test::at(url, "control"));
    const auto before = threads();
    int sum = 0;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            for (int i = 0; i < 100; ++i) {
                sum += co_await control->async_Add(i, 1, asio::use_awaitable);
            }
            EXPECT_EQ(threads(), before);
            server.stop(0ms);
        },
        [](std::exception_ptr error) { EXPECT_EQ(error, nullptr); });
    context.run();
    EXPECT_EQ(sum, 5050);
}

TEST_P(OwnLoop, ReturnsWhenAClientHasNothingLeftToDo)
{
    const auto servant = std::make_shared<ControlServant>();
    rig().server().publish<Control>("control", servant);
    asio::io_context context;
    Client client(client_options(context));
    const auto control = client.get_object<Control>(rig().url_of("control"));
    for (int round = 0; round < 3; ++round) {
        int sum = 0;
        control->async_Add(round, 1, [&](std::exception_ptr, int result) { sum = result; });
        context.restart();
        context.run();
        EXPECT_EQ(sum, round + 1);
    }
}

TEST_P(OwnLoop, IsNotNeededForSynchronousCalls)
{
    const auto others = threads();  // of this test, or left by what ran before it
    const auto by_threads = rig().serve<Control>(std::make_shared<ControlServant>());
    rig().server().publish<Control>("control", std::make_shared<ControlServant>());
    EXPECT_EQ(by_threads->Add(1, 1), 2);
    ASSERT_TRUE(remoting::test::eventually([&] { return threads() == others + 2; })) << "a server's, a client's";
    asio::io_context context;
    Client client(client_options(context));
    const auto control = client.get_object<Control>(rig().url_of("control"));
    const auto before = threads();
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(control->Add(i, 1), i + 1);
    }
    EXPECT_EQ(threads(), before);
}

TEST_P(OwnLoop, ServesCallsThatCallBack)
{
    asio::io_context context;
    Server server(server_options(context));
    server.publish<Control>("control", std::make_shared<ControlServant>());
    const std::string url = server.listen(place().free_address());
    std::thread runner([&] { context.run(); });
    Client client(place().client_options());
    const auto control = client.get_object<Control>(remoting::test::at(url, "control"));
    const auto here = std::make_shared<ControlServant>();
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(control->Relay(here, i), i + 1);
    }
    server.stop(1s);
    context.stop();
    runner.join();
}

TEST_P(OwnLoop, MayBeRunByManyThreads)
{
    asio::io_context context;
    Server server(server_options(context));
    server.publish<Control>("control", std::make_shared<ControlServant>(),
                            {.concurrency = remoting::Concurrency::concurrent});
    const std::string url = server.listen(place().free_address());
    Client client(client_options(context));
    const auto control = client.get_object<Control>(remoting::test::at(url, "control"));
    std::atomic<int> done = 0;
    for (int i = 0; i < 500; ++i) {
        asio::co_spawn(
            context,
            [&, i]() -> asio::awaitable<void> {
                EXPECT_EQ(co_await control->async_Add(i, 1, asio::use_awaitable), i + 1);
                if (++done == 500) {
                    context.stop();
                }
            },
            [](std::exception_ptr error) { EXPECT_EQ(error, nullptr); });
    }
    std::vector<std::thread> runners;
    for (int t = 0; t < 4; ++t) {
        runners.emplace_back([&] { context.run(); });
    }
    for (auto& runner : runners) {
        runner.join();
    }
    EXPECT_EQ(done, 500);
}

TEST_P(OwnLoop, MayOutliveClientsAndServers)
{
    asio::io_context context;
    for (int round = 0; round < 3; ++round) {
        Server server(server_options(context));
        server.publish<Control>("control", std::make_shared<ControlServant>());
        const std::string url = server.listen(place().free_address());
        Client client(client_options(context));
        const auto control = client.get_object<Control>(remoting::test::at(url, "control"));
        control->async_Add(1, 2, [](std::exception_ptr, int) {});
        context.restart();
        context.poll();
    }
    context.restart();
    context.run_for(50ms);
}

}  // namespace
