// SPDX-License-Identifier: BSL-1.0
#include "errors.hpp"
#include "program.hpp"
#include "temporary_directory.hpp"
#include "waiting.hpp"

#include <remoting/channels/mailslot.hpp>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace remoting::test {
namespace {

constexpr const char* server_program = MAILSLOT_SERVER;
constexpr const char* client_program = MAILSLOT_CLIENT;
constexpr const char* brief = "0.01";

/// The programs of samples/10_mailslot, with slots in a directory of the test's own.
class MailslotSample : public testing::Test {
protected:
    MailslotSample()
    {
        ::setenv("XDG_RUNTIME_DIR", directory_.path().c_str(), 1);
        ::setenv("XDG_STATE_HOME", directory_.path().c_str(), 1);
    }
    void start(const std::string& url)
    {
        server_.emplace(std::vector<std::string>{server_program, url, brief});
        ASSERT_EQ(server_->read_line(), "listening on " + url);
    }
    /// The next note, without what is said of the slot.
    std::string note()
    {
        for (;;) {
            std::string line = server_->read_line();
            if (line.empty() || !contains(line, " waiting, the next has ")) {
                return line;
            }
        }
    }
    static Outcome leave(const std::string& url, const std::string& text)
    {
        return run({client_program, url, "Ada", text});
    }

    TemporaryDirectory directory_;
    std::optional<Program> server_;
};

class EachMailslotSample : public MailslotSample, public testing::WithParamInterface<const char*> {};

INSTANTIATE_TEST_SUITE_P(Slots, EachMailslotSample,
                         testing::Values("mailslot://./notes", "mailslot://./notes?durable"));

TEST_P(EachMailslotSample, BringsNotesOfSeveralClients)
{
    start(GetParam());
    EXPECT_EQ(run({client_program, GetParam(), "Ada", "first", "second"}).output, "left note 1\nleft note 2\n");
    EXPECT_EQ(note(), "Ada: first");
    EXPECT_EQ(note(), "Ada: second");
    std::vector<std::thread> clients;
    for (int i = 0; i < 5; ++i) {
        clients.emplace_back([&, i] { EXPECT_EQ(leave(GetParam(), std::to_string(i)).status, 0); });
    }
    std::set<std::string> notes;
    for (int i = 0; i < 5; ++i) {
        notes.insert(note());
    }
    EXPECT_EQ(notes.size(), 5U);
    for (std::thread& client : clients) {
        client.join();
    }
    server_->signal(SIGTERM);
    EXPECT_TRUE(server_->read_all().ends_with("stopped\n"));
    EXPECT_EQ(server_->wait(), 0);
}

TEST_P(EachMailslotSample, HasOneOwnerAndANewOneAfterItWasKilled)
{
    start(GetParam());
    const Outcome second = run({server_program, GetParam()});
    EXPECT_EQ(second.status, 1);
    EXPECT_TRUE(contains(second.output, "name_in_use")) << second.output;
    server_->signal(SIGKILL);
    EXPECT_EQ(server_->wait(), -1);
    start(GetParam());
    EXPECT_EQ(leave(GetParam(), "to the new one").status, 0);
    EXPECT_EQ(note(), "Ada: to the new one");
}

TEST_P(EachMailslotSample, RefusesANoteThatIsTooLong)
{
    start(GetParam());
    const Outcome outcome = leave(GetParam(), std::string(70'000, 'x'));
    EXPECT_EQ(outcome.status, 1);
    EXPECT_TRUE(contains(outcome.output, "limit_exceeded")) << outcome.output;
    EXPECT_EQ(leave(GetParam(), "short").status, 0);
    EXPECT_EQ(note(), "Ada: short");
}

TEST_F(MailslotSample, SaysThatNobodyOwnsAVolatileSlotAndThatNamesAreNoPaths)
{
    EXPECT_TRUE(contains(leave("mailslot://./notes", "x").output, "connect_failed"));
    for (const char* url : {"mailslot://./../notes", "mailslot://./%2Ftmp%2Fnotes", "mailslot://*/notes"}) {
        EXPECT_TRUE(contains(leave(url, "x").output, "invalid_url")) << url;
        EXPECT_TRUE(contains(run({server_program, url}).output, "invalid_url")) << url;
    }
}

TEST_F(MailslotSample, KeepsDurableNotesWhileNobodyReadsAndWhenTheServerIsKilled)
{
    const std::string url = "mailslot://./notes?durable";
    EXPECT_EQ(leave(url, "before").status, 0);
    start(url);
    EXPECT_EQ(note(), "Ada: before");
    server_->signal(SIGKILL);
    EXPECT_EQ(server_->wait(), -1);
    EXPECT_EQ(leave(url, "meanwhile").status, 0);
    start(url);
    // The first note again, if the server was killed before it wrote down that it was read.
    const std::string next = note();
    EXPECT_EQ(next == "Ada: before" ? note() : next, "Ada: meanwhile");
}

TEST_F(MailslotSample, ReachesAGroup)
{
    start("mailslot://./notes-1");
    Program other({server_program, "mailslot://./notes-2", brief});
    ASSERT_EQ(other.read_line(), "listening on mailslot://./notes-2");
    EXPECT_EQ(leave("mailslot://./notes-*", "to all").status, 0);
    EXPECT_EQ(note(), "Ada: to all");
    EXPECT_TRUE(contains(other.read_line(), "1 waiting"));
    EXPECT_EQ(other.read_line(), "Ada: to all");
}

TEST_F(MailslotSample, TakesNothingFromAnotherUser)
{
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root can become another user";
    }
    start("mailslot://./notes");
    const pid_t other = ::fork();
    if (other == 0) {
        bool refused = false;
        try {
            MailslotOptions options;
            options.directory = directory_.path() + "/remoting";
            if (::setgid(1001) == 0 && ::setuid(1001) == 0) {
                MailslotWriter("notes", std::chrono::seconds(5), options).write("x", std::chrono::seconds(5));
            }
        } catch (const RemotingError& error) {
            refused = error.code() == ErrorCode::permission_denied;
        }
        ::_exit(refused ? 0 : 1);
    }
    int status = 0;
    ::waitpid(other, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace remoting::test
