// SPDX-License-Identifier: BSL-1.0
// A process with one thread: a coroutine that passes each call on to the next process, and the reference that came with
// it.
#include "objects.remoting.async.hpp"

#include <remoting/server.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;

class PassingPlayer final : public contract::PlayerAsync {
public:
    explicit PassingPlayer(std::shared_ptr<contract::Player> next) : next_(std::move(next)) {}

    /// At depth 0 the one who began is called, through all who passed his reference on.
    asio::awaitable<std::int32_t> Bounce(std::int32_t depth, std::shared_ptr<contract::Player> beginner) override
    {
        const auto& to = depth == 0 ? beginner : next_;
        co_return 1 + co_await to->async_Bounce(depth == 0 ? 0 : depth - 1, beginner, asio::use_awaitable);
    }
    asio::awaitable<void> Tell(std::string) override { co_return; }

private:
    const std::shared_ptr<contract::Player> next_;
};

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::cerr << "usage: process_player <url>; then the next player's URL on standard input\n";
        return 2;
    }
    try {
        asio::io_context context;
        remoting::ServerOptions options;
        options.io_context = &context;
        remoting::Server server(std::move(options));
        std::cout << "listening " << server.listen(argv[1]) << std::endl;
        std::string next_url;
        std::getline(std::cin, next_url);
        const auto next = server.client().get_object<contract::Player>(next_url);
        server.register_singleton<contract::Player>("player", [next] { return std::make_shared<PassingPlayer>(next); });
        std::cout << "ready" << std::endl;
        context.run();
    } catch (const std::exception& error) {
        std::cout << "failed " << error.what() << std::endl;
        return 1;
    }
    return 0;
}
