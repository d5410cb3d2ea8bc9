// SPDX-License-Identifier: BSL-1.0
// The programs of samples/03_callbacks and 05_property_events.
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

    void start(const char* program)
    {
        server_.emplace(std::vector<std::string>{program, GetParam()});
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
