// SPDX-License-Identifier: BSL-1.0
#include "oracles.remoting.async.hpp"

#include <remoting/server.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <string_view>

namespace {

namespace asio = boost::asio;

constexpr int oracle_count = 100;

using Counter = std::shared_ptr<std::atomic<std::uint32_t>>;

/// A servant whose methods are coroutines: a hundred of them that wait cost no thread. When the client gives a call
/// up, what the coroutine waits for ends with an exception.
class OracleServant final : public oracles::OracleAsync {
public:
    OracleServant(int number, Counter given_up) : number_(number), given_up_(std::move(given_up)) {}

    asio::awaitable<std::string> Answer(std::string question) override
    {
        asio::steady_timer thinking(co_await asio::this_coro::executor, std::chrono::milliseconds(any_time()));
        try {
            co_await thinking.async_wait(asio::use_awaitable);
        } catch (...) {
            ++*given_up_;
            throw;
        }
        co_return "oracle " + std::to_string(number_) + " says yes to '" + question + "'";
    }

private:
    static int any_time()
    {
        std::random_device random;
        return std::uniform_int_distribution<>(50, 1500)(random);
    }

    const int number_;
    const Counter given_up_;
};

/// A servant with ordinary methods; both kinds are registered alike.
class TempleServant final : public oracles::Temple {
public:
    explicit TempleServant(Counter given_up) : given_up_(std::move(given_up)) {}
    std::uint32_t get_GivenUp() override { return *given_up_; }

private:
    const Counter given_up_;
};

void serve(int url_count, char** urls)
{
    const auto given_up = std::make_shared<std::atomic<std::uint32_t>>(0);
    remoting::Server server;
    for (int i = 0; i < oracle_count; ++i) {
        server.register_singleton<oracles::Oracle>("oracle/" + std::to_string(i), [i, given_up] {
            return std::make_shared<OracleServant>(i, given_up);
        });
    }
    server.publish<oracles::Temple>("temple", std::make_shared<TempleServant>(given_up));
    server.stop_on_signals();
    for (int i = 0; i < url_count; ++i) {
        std::cout << "listening on " << server.listen(urls[i]) << std::endl;
    }
    server.run();
    std::cout << "stopped" << std::endl;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 2 || std::string_view(argv[1]).starts_with('-')) {
        std::cerr << "usage: oracles_server URL...\n"
                     "for example: oracles_server tcp://127.0.0.1:6600 pipe://oracles\n";
        return 2;
    }
    try {
        serve(argc - 1, argv + 1);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "oracles_server: " << error.what() << '\n';
        return 1;
    }
}
