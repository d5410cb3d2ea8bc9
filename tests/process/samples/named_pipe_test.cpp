// SPDX-License-Identifier: BSL-1.0
#include "errors.hpp"
#include "program.hpp"
#include "temporary_directory.hpp"
#include "waiting.hpp"

#include <remoting/channels/named_pipe.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace remoting::test {
namespace {

constexpr const char* server_program = NAMED_PIPE_SERVER;
constexpr const char* client_program = NAMED_PIPE_CLIENT;

/// The programs of samples/11_named_pipe, with pipes in a directory of the test's own.
class NamedPipeSample : public testing::Test {
protected:
    NamedPipeSample() { ::setenv("XDG_RUNTIME_DIR", directory_.path().c_str(), 1); }

    void start(const std::vector<std::string>& access = {})
    {
        std::vector<std::string> command{server_program, "hello"};
        command.insert(command.end(), access.begin(), access.end());
        server_.emplace(command);
        ASSERT_EQ(server_->read_line(), "listening on hello");
    }
    Program& server() { return *server_; }

    TemporaryDirectory directory_;
    std::optional<Program> server_;
};

TEST_F(NamedPipeSample, ExchangesMessagesAndStopsWhenAsked)
{
    start();
    const Outcome outcome = run({client_program, "hello", "Hello", "two words", "", "stop"});
    EXPECT_EQ(outcome.output, "World\nYou said: two words\nYou said: \n");
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(server().read_all(), "stopped\n");
    EXPECT_EQ(server().wait(), 0);
}

TEST_F(NamedPipeSample, ServesSeveralClientsAtOnce)
{
    start();
    std::vector<std::thread> clients;
    for (int i = 0; i < 8; ++i) {
        clients.emplace_back([] { EXPECT_EQ(run({client_program, "hello", "Hello"}).output, "World\n"); });
    }
    for (std::thread& client : clients) {
        client.join();
    }
}

TEST_F(NamedPipeSample, RefusesAMessageThatIsTooLong)
{
    start();
    const Outcome outcome = run({client_program, "hello", std::string(64 * 1024 + 1, 'x')});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_TRUE(contains(outcome.output, "limit_exceeded")) << outcome.output;
    EXPECT_EQ(run({client_program, "hello", "Hello"}).output, "World\n");
}

TEST_F(NamedPipeSample, SaysThatThereIsNoServerOrTheNameIsBad)
{
    Outcome outcome = run({client_program, "hello", "Hello"});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_TRUE(contains(outcome.output, "nobody listens on pipe 'hello'")) << outcome.output;
    outcome = run({client_program, "../hello", "Hello"});
    EXPECT_TRUE(contains(outcome.output, "invalid_url")) << outcome.output;
}

TEST_F(NamedPipeSample, HasOneServerAndANewOneAfterItWasKilled)
{
    start();
    const Outcome second = run({server_program, "hello"});
    EXPECT_EQ(second.status, 1);
    EXPECT_TRUE(contains(second.output, "name_in_use")) << second.output;
    server().signal(SIGKILL);
    EXPECT_EQ(server().wait(), -1);
    start();
    EXPECT_EQ(run({client_program, "hello", "Hello"}).output, "World\n");
}

TEST_F(NamedPipeSample, TellsAClientThatItsServerWasKilled)
{
    start();
    NamedPipeOptions options;
    NamedPipe pipe = NamedPipe::connect("hello", patience, options);
    server().signal(SIGKILL);
    EXPECT_EQ(server().wait(), -1);
    EXPECT_FALSE(pipe.read(patience).has_value());
    expect_error(ErrorCode::connection_lost, Executed::no, [&] { pipe.write("anybody?", patience); });
}

}  // namespace
}  // namespace remoting::test
