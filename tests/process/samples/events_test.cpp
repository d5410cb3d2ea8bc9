// SPDX-License-Identifier: BSL-1.0
// The programs of samples/03_callbacks, 04_leases and 05_property_events.
#include "errors.hpp"
#include "program.hpp"
#include "temporary_directory.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace remoting::test {
namespace {

std::string channel_of(const testing::TestParamInfo<const char*>& info)
{
    const std::string url = info.param;
    return url.substr(0, url.find(':'));
}

class EventSample : public testing::TestWithParam<const char*> {
protected:
    EventSample() { ::setenv("XDG_RUNTIME_DIR", directory_.path().c_str(), 1); }

    void start(const char* program) { start(std::vector<std::string>{program, GetParam()}); }
    void start(const std::vector<std::string>& command)
    {
        server_.emplace(command);
        const std::string line = server_->read_line();
        url_ = line.substr(line.rfind(' ') + 1);
    }
    Program& server() { return *server_; }
    const std::string& url() const { return url_; }
    void expect_to_stop()
    {
        server().signal(SIGTERM);
        EXPECT_TRUE(contains(server().read_all(), "stopped\n"));
        EXPECT_EQ(server().wait(), 0);
    }
    /// Lines up to the one that is `last`.
    static std::vector<std::string> read_until(Program& program, const std::string& last)
    {
        std::vector<std::string> lines;
        do {
            lines.push_back(program.read_line());
        } while (lines.back() != last && !lines.back().empty());
        EXPECT_EQ(lines.back(), last);
        return lines;
    }

private:
    TemporaryDirectory directory_;
    std::optional<Program> server_;
    std::string url_;
};

INSTANTIATE_TEST_SUITE_P(Channels, EventSample, testing::Values("tcp://127.0.0.1:0", "pipe://events"), channel_of);

TEST_P(EventSample, TheRoomOutlivesMembersThatDieAndDoesNotWaitForSlowOnes)
{
    start(CHAT_SERVER);
    Program ada({CHAT_MEMBER, url(), "Ada"});
    EXPECT_EQ(ada.read_line(), "Ada came");
    Program slow({CHAT_MEMBER, url(), "Snail", "300"});
    EXPECT_EQ(ada.read_line(), "Snail came");
    std::optional<Program> doomed(std::in_place, std::vector<std::string>{CHAT_MEMBER, url(), "Doomed"});
    EXPECT_EQ(ada.read_line(), "Doomed came");

    doomed->write_line("famous last words");
    EXPECT_EQ(ada.read_line(), "Doomed: famous last words");
    doomed.reset();  // kill -9
    EXPECT_EQ(ada.read_line(), "Doomed left");

    for (int i = 1; i <= 100; ++i) {
        ada.write_line("line " + std::to_string(i));
        EXPECT_EQ(ada.read_line(), "Ada: line " + std::to_string(i));
    }
    const auto seen = read_until(slow, "Ada: line 100");
    EXPECT_LT(seen.size(), 100);
    bool has_missed = false;
    for (const std::string& line : seen) {
        has_missed = has_missed || contains(line, " lines missed)");
    }
    EXPECT_TRUE(has_missed);

    ada.close_input();
    EXPECT_EQ(ada.wait(), 0);
    read_until(slow, "Ada left");
    server().signal(SIGTERM);
    read_until(slow, "the room is gone");
    EXPECT_TRUE(contains(server().read_all(), "stopped\n"));
}

TEST_P(EventSample, ANameIsTakenWhileItsOwnerLives)
{
    start(CHAT_SERVER);
    Program ada({CHAT_MEMBER, url(), "Ada"});
    EXPECT_EQ(ada.read_line(), "Ada came");
    const Outcome other = run({CHAT_MEMBER, url(), "Ada"});
    EXPECT_EQ(other.status, 1);
    EXPECT_TRUE(contains(other.output, "NameTaken")) << other.output;
    expect_to_stop();
}

TEST_P(EventSample, AnObjectThatNobodyCallsIsGoneAndALateCallerIsToldWhy)
{
    start({LEASES_SERVER, "300", GetParam()});
    const Outcome watching = run({LEASES_CLIENT, url(), "watch", "Ada"});
    EXPECT_EQ(watching.status, 0);
    EXPECT_TRUE(contains(watching.output, "active, 0.")) << watching.output;
    EXPECT_TRUE(contains(watching.output, "gone: lease expired 0 s ago\nand a call ends with object_not_found\n"))
        << watching.output;
    EXPECT_EQ(server().read_line(), "Ada came");
    EXPECT_EQ(server().read_line(), "a visitor is gone: lease expired");
    EXPECT_EQ(server().read_line(), "Ada left");
    expect_to_stop();
}

TEST_P(EventSample, ASponsorKeepsAnObjectAsLongAsItLikes)
{
    start({LEASES_SERVER, "300", GetParam()});
    const Outcome sponsored = run({LEASES_CLIENT, url(), "sponsor", "Bob", "2"});
    EXPECT_EQ(sponsored.status, 0);
    EXPECT_TRUE(contains(sponsored.output, "1 sponsors")) << sponsored.output;
    EXPECT_TRUE(contains(sponsored.output, "the sponsor has had enough\n")) << sponsored.output;
    EXPECT_TRUE(contains(sponsored.output, "gone: lease expired")) << sponsored.output;
    expect_to_stop();
}

TEST_P(EventSample, TheObjectOfAKilledClientGoesWhenItsSessionEnds)
{
    start({LEASES_SERVER, "2000", GetParam()});
    std::optional<Program> client(std::in_place, std::vector<std::string>{LEASES_CLIENT, url(), "hold", "Eve"});
    EXPECT_EQ(client->read_line(), "hello from Eve");
    EXPECT_EQ(server().read_line(), "Eve came");
    client.reset();  // kill -9
    EXPECT_EQ(server().read_line(), "a visitor is gone: owner disconnected");
    EXPECT_EQ(server().read_line(), "Eve left");
    expect_to_stop();
}

TEST_P(EventSample, APropertyAsksBeforeItChangesAndTellsWhenItHas)
{
    start(PROPERTY_SERVER);
    Program watcher({PROPERTY_CLIENT, url(), "watch", "7"});
    EXPECT_EQ(watcher.read_line(), "FloatProperty is 0");
    EXPECT_EQ(run({PROPERTY_CLIENT, url(), "set", "11.5"}).output, "FloatProperty is 11.5\n");
    EXPECT_EQ(watcher.read_line(), "FloatProperty is 11.5");

    Program guard({PROPERTY_CLIENT, url(), "guard", "100"});
    EXPECT_EQ(guard.read_line(), "on guard");
    EXPECT_EQ(run({PROPERTY_CLIENT, url(), "set", "-1"}).output, "FloatProperty is 11.5\n");
    EXPECT_EQ(guard.read_line(), "from 11.5 to -1: no");
    EXPECT_EQ(run({PROPERTY_CLIENT, url(), "set", "1000"}).output, "FloatProperty is 100\n");
    EXPECT_EQ(guard.read_line(), "from 11.5 to 1000: yes, but not so much");
    EXPECT_EQ(watcher.read_line(), "FloatProperty is 100");

    guard.signal(SIGSTOP);  // has no say, and is not waited for again
    EXPECT_EQ(run({PROPERTY_CLIENT, url(), "set", "-5"}).output, "FloatProperty is -5\n");
    EXPECT_EQ(watcher.read_line(), "FloatProperty is -5");
    guard.signal(SIGCONT);
    EXPECT_EQ(run({PROPERTY_CLIENT, url(), "set", "7"}).output, "FloatProperty is 7\n");
    EXPECT_EQ(watcher.read_line(), "FloatProperty is 7");
    EXPECT_EQ(watcher.wait(), 0);
    expect_to_stop();
}

}  // namespace
}  // namespace remoting::test
