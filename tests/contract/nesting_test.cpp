// SPDX-License-Identifier: BSL-1.0
// Calls that come back, to every depth, whatever waits for them: a thread, a coroutine, a handle.
#include "nesting_players.hpp"
#include "objects_servants.hpp"

#include "errors.hpp"
#include "process_usage.hpp"
#include "threads.hpp"
#include "waiting.hpp"
#include "way.hpp"

#include <remoting/proxies/objects.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace contract {
namespace {

namespace asio = boost::asio;
using remoting::Client;
using remoting::ErrorCode;
using remoting::Executed;
using remoting::RemotingError;
using remoting::Server;
using remoting::test::at;
using remoting::test::ChannelTest;
using remoting::test::contains;
using remoting::test::every_channel;
using remoting::test::run_at_once;
using remoting::test::thrown;

constexpr int limit = 64;

/// With one thread, the user's, or with the fewest of its own.
class OneThread final {
public:
    ~OneThread()
    {
        guard_.reset();
        context_.stop();
        thread_.join();
    }
    template <class Options>
    Options on_it(Options options)
    {
        options.io_context = &context_;
        return options;
    }

private:
    asio::io_context context_;
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard_{asio::make_work_guard(context_)};
    std::thread thread_{[this] { context_.run(); }};
};

class Nesting : public ChannelTest {
protected:
    remoting::ServerOptions narrow() const
    {
        auto options = const_cast<Nesting*>(this)->place().server_options();
        options.threads = 2;
        options.custom_errors = remoting::CustomErrors::off;
        options.log = {};
        return options;
    }

    /// A player of a server in `style`, and one here, pass calls to each other.
    void bounce_between(Server& server, const std::string& url, Client& client, Style style)
    {
        const std::string uri = name_of(style);
        server.register_singleton<Player>(uri, [style] { return make_player(style); });
        const auto theirs = client.get_object<Player>(at(url, uri));
        const auto mine = std::make_shared<PlainPlayer>(theirs);
        for (int depth = 1; depth <= 32; ++depth) {
            ASSERT_EQ(theirs->Bounce(depth - 1, mine), depth) << uri;
            ASSERT_EQ(theirs->async_Bounce(depth - 1, mine, asio::use_future).get(), depth) << uri;
        }
        EXPECT_EQ(theirs->Bounce(limit - 1, mine), limit) << uri;
        EXPECT_EQ(theirs->async_Bounce(limit - 1, mine, asio::use_future).get(), limit) << uri;
        expect_too_deep([&] { theirs->Bounce(limit, mine); });
        expect_too_deep([&] { theirs->async_Bounce(limit, mine, asio::use_future).get(); });
        EXPECT_EQ(theirs->Bounce(limit - 1, mine), limit) << uri << ": and the connection is unharmed";
    }

    /// The call that is one too deep never ran; those above it did.
    template <class F>
    static void expect_too_deep(F&& call)
    {
        const auto error =
            remoting::test::expect_error(ErrorCode::depth_exceeded, Executed::yes, std::forward<F>(call));
        EXPECT_EQ(error.method(), "contract.Player.Bounce");
        EXPECT_TRUE(contains(error.cause(), "64")) << error.what();
    }
};
INSTANTIATE_TEST_SUITE_P(Contract, Nesting, every_channel(), remoting::test::name_of);

TEST_P(Nesting, WorksToEveryDepthUpToTheLimitWhoeverAnswersAndHowever)
{
    Server server(narrow());
    const std::string url = server.listen(place().free_address());
    Client client(place().client_options());
    for (const Style style : every_style) {
        bounce_between(server, url, client, style);
    }
}

TEST_P(Nesting, WorksWithOneThreadAtBothEnds)
{
    OneThread theirs;
    OneThread mine;
    Server server(theirs.on_it(narrow()));
    const std::string url = server.listen(place().free_address());
    Client client(mine.on_it(place().client_options()));
    for (const Style style : every_style) {
        bounce_between(server, url, client, style);
    }
}

/// A player in each server that calls the next one's; the last one's calls the first one's.
class Circle final {
public:
    Circle(std::vector<std::unique_ptr<Server>> servers, const std::vector<std::string>& urls,
           std::array<Style, 3> styles)
        : servers_(std::move(servers))
    {
        for (std::size_t i = 0; i < servers_.size(); ++i) {
            Server& server = *servers_[i];
            const auto next = server.client().get_object<Player>(at(urls[(i + 1) % urls.size()], "player"));
            server.register_singleton<Player>("player", [style = styles[i], next] { return make_player(style, next); });
            remoting::ping(*next,
                           remoting::test::patience);  // a loop of one thread accepts nobody while that waits in a call
        }
    }

private:
    std::vector<std::unique_ptr<Server>> servers_;
};

class Circles : public Nesting {
protected:
    void go_round(const std::vector<remoting::ServerOptions>& options, std::array<Style, 3> styles)
    {
        std::vector<std::unique_ptr<Server>> servers;
        std::vector<std::string> urls;
        for (const auto& each : options) {
            servers.push_back(std::make_unique<Server>(each));
            urls.push_back(servers.back()->listen(place().free_address()));
        }
        const Circle circle(std::move(servers), urls, styles);
        Client client(place().client_options());
        const auto first = client.get_object<Player>(at(urls[0], "player"));
        const auto partner = std::make_shared<PlainPlayer>();
        for (const int depth : {1, 2, 3, 4, 5, 16, 32, limit}) {
            ASSERT_EQ(first->Bounce(depth - 1, partner), depth);
            ASSERT_EQ(first->async_Bounce(depth - 1, partner, asio::use_future).get(), depth);
        }
        expect_too_deep([&] { first->Bounce(limit, partner); });
        EXPECT_EQ(first->Bounce(3, partner), 4);
    }
    static constexpr std::array all_plain{Style::plain, Style::plain, Style::plain};
    static constexpr std::array mixed{Style::plain, Style::coroutine, Style::deferred};
    static constexpr std::array all_coroutines{Style::coroutine, Style::coroutine, Style::coroutine};
};
INSTANTIATE_TEST_SUITE_P(Contract, Circles, every_channel(), remoting::test::name_of);

TEST_P(Circles, OfThreeServersNestToTheLimit)
{
    for (const auto& styles : {all_plain, mixed, all_coroutines}) {
        go_round({narrow(), narrow(), narrow()}, styles);
    }
}

TEST_P(Circles, OfThreeServersWithOneThreadEachNestToTheLimit)
{
    for (const auto& styles : {all_coroutines, mixed, all_plain}) {
        OneThread a;
        OneThread b;
        OneThread c;
        go_round({a.on_it(narrow()), b.on_it(narrow()), c.on_it(narrow())}, styles);
    }
}

TEST_P(Nesting, OfAThousandChainsAtATime)
{
    constexpr int chains = remoting::test::is_slowed_down ? 200 : 1000;
    Server server(narrow());
    const std::string url = server.listen(place().free_address());
    for (const Style style : every_style) {
        server.register_single_call<Player>(name_of(style), [style] { return make_player(style); });
    }
    Client client(place().client_options());
    std::vector<std::future<std::int32_t>> answers;
    std::vector<std::shared_ptr<Player>> players;
    for (int i = 0; i < chains; ++i) {
        const auto theirs = client.get_object<Player>(at(url, name_of(every_style[static_cast<std::size_t>(i) % 3])));
        players.push_back(std::make_shared<PlainPlayer>(theirs));
        answers.push_back(
            theirs->async_Bounce({.deadline = std::chrono::seconds(20)}, 3, players.back(), asio::use_future));
    }
    for (auto& answer : answers) {
        ASSERT_EQ(answer.get(), 4);
    }
}

}  // namespace
}  // namespace contract
