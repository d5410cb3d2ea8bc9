// SPDX-License-Identifier: BSL-1.0
#include "oracles.remoting.async.hpp"

#include <remoting/client.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace asio = boost::asio;

constexpr std::size_t oracle_count = 100;

using Oracles = std::vector<std::shared_ptr<oracles::Oracle>>;

void show_progress(std::size_t done, std::size_t all)
{
    if (isatty(STDERR_FILENO) != 0) {
        const std::size_t filled = 40 * done / all;
        std::cerr << "\r[" << std::string(filled, '#') << std::string(40 - filled, '.') << "] " << done << '/' << all
                  << (done == all ? "\n" : "") << std::flush;
    }
}

/// Asks all at once with callbacks; the first answer is taken, the other calls are cancelled.
void ask_all(const Oracles& oracles, asio::io_context& context)
{
    struct Race {
        std::vector<asio::cancellation_signal> signals = std::vector<asio::cancellation_signal>(oracle_count);
        std::string answer;
        std::size_t cancelled = 0;
    };
    const auto race = std::make_shared<Race>();
    for (std::size_t i = 0; i < oracles.size(); ++i) {
        oracles[i]->async_Answer(
            "will it rain?", asio::bind_executor(context, asio::bind_cancellation_slot(
                                 race->signals[i].slot(), [race, i](std::exception_ptr error, std::string answer) {
                                     if (error != nullptr) {
                                         ++race->cancelled;
                                     } else if (race->answer.empty()) {
                                         race->answer = std::move(answer);
                                         for (std::size_t other = 0; other < oracle_count; ++other) {
                                             if (other != i) {
                                                 race->signals[other].emit(asio::cancellation_type::terminal);
                                             }
                                         }
                                     }
                                 })));
    }
    context.run();
    std::cout << "first answer: " << race->answer << '\n' << race->cancelled << " calls were cancelled\n";
}

/// The same question to each of them, from a hundred coroutines on this one thread.
asio::awaitable<void> ask_one(std::shared_ptr<oracles::Oracle> oracle, std::size_t& answered)
{
    co_await oracle->async_Answer("is it late?", asio::use_awaitable);
    show_progress(++answered, oracle_count);
}

void ask(const std::string& url)
{
    asio::io_context context;
    remoting::ClientOptions options;
    options.io_context = &context;  // no thread but this one
    remoting::Client client(options);
    Oracles oracles;
    for (std::size_t i = 0; i < oracle_count; ++i) {
        oracles.push_back(client.get_object<oracles::Oracle>(url + "/oracle/" + std::to_string(i)));
    }
    ask_all(oracles, context);

    const auto start = std::chrono::steady_clock::now();
    std::size_t answered = 0;
    for (const auto& oracle : oracles) {
        asio::co_spawn(context, ask_one(oracle, answered), [](std::exception_ptr error) {
            if (error != nullptr) {
                std::rethrow_exception(error);
            }
        });
    }
    context.restart();
    context.run();
    const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::cout << answered << " answers after " << took << " s\n";
    std::cout << "the temple saw " << client.get_object<oracles::Temple>(url + "/temple")->get_GivenUp()
              << " questions given up\n";
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 2 || std::string_view(argv[1]).starts_with('-')) {
        std::cerr << "usage: oracles_client URL\nfor example: oracles_client pipe://oracles\n";
        return 2;
    }
    try {
        ask(argv[1]);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "oracles_client: " << error.what() << '\n';
        return 1;
    }
}
