// SPDX-License-Identifier: BSL-1.0
#include "errors.hpp"
#include "program.hpp"
#include "temporary_directory.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace remoting::test {
namespace {

namespace fs = std::filesystem;

/// The server of samples/07_streams, and its clients.
class StreamsSample : public testing::TestWithParam<const char*> {
protected:
    StreamsSample()
    {
        ::setenv("XDG_RUNTIME_DIR", directory_.path().c_str(), 1);
        fs::create_directory(served());
        server_.emplace(std::vector<std::string>{STREAMS_SERVER, served(), GetParam()});
        const std::string line = server_->read_line();
        url_ = line.substr(line.rfind(' ') + 1);
    }

    Program& server() { return *server_; }
    std::vector<std::string> client(std::vector<std::string> words) const
    {
        words.insert(words.begin(), {STREAMS_CLIENT, url_});
        return words;
    }
    std::string served() const { return directory_ / "served"; }
    std::string local() const { return directory_ / "local"; }
    static void append(const std::string& path, const std::string& text)
    {
        fs::create_directories(fs::path(path).parent_path());
        std::ofstream(path, std::ios::binary | std::ios::app) << text;
    }
    static std::string read_file(const std::string& path)
    {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void expect_to_stop()
    {
        server().signal(SIGTERM);
        EXPECT_EQ(server().read_all(), "stopped\n");
        EXPECT_EQ(server().wait(), 0);
    }

private:
    TemporaryDirectory directory_;
    std::optional<Program> server_;
    std::string url_;
};

std::string channel_of(const testing::TestParamInfo<const char*>& info)
{
    const std::string url = info.param;
    return url.substr(0, url.find(':'));
}

INSTANTIATE_TEST_SUITE_P(Channels, StreamsSample, testing::Values("tcp://127.0.0.1:0", "pipe://depot"), channel_of);

TEST_P(StreamsSample, ALogFileIsFollowedWhileItGrows)
{
    const std::string log = served() + "/app.log";
    for (int i = 1; i <= 15; ++i) {
        append(log, "line " + std::to_string(i) + "\n");
    }
    Program tail(client({"tail", "app.log", "12"}));
    for (int i = 6; i <= 15; ++i) {
        EXPECT_EQ(tail.read_line(), "line " + std::to_string(i));
    }
    append(log, "half a li");
    append(log, "ne\nnot UTF-8: \xff\n");
    EXPECT_EQ(tail.read_line(), "half a line");
    EXPECT_EQ(tail.read_line(), "not UTF-8: ?");
    EXPECT_EQ(tail.wait(), 0);
    expect_to_stop();
}

TEST_P(StreamsSample, AServerThatStopsEndsTheTail)
{
    append(served() + "/app.log", "only\n");
    Program tail(client({"tail", "app.log"}));
    EXPECT_EQ(tail.read_line(), "only");
    expect_to_stop();
    EXPECT_TRUE(contains(tail.read_all(), "streams_client: "));
    EXPECT_EQ(tail.wait(), 1);
}

TEST_P(StreamsSample, AFolderArrivesWhole)
{
    const std::string large(3'000'000, 'x');
    append(local() + "/a.txt", "a");
    append(local() + "/empty", "");
    append(local() + "/deep/er/large.bin", large);

    const Outcome first = run(client({"upload", local(), "copy"}));
    EXPECT_EQ(first.status, 0) << first.output;
    EXPECT_EQ(first.output, "stored 3 files of 3000001 bytes as copy\n");
    EXPECT_EQ(read_file(served() + "/copy/a.txt"), "a");
    EXPECT_EQ(read_file(served() + "/copy/deep/er/large.bin"), large);
    EXPECT_TRUE(fs::exists(served() + "/copy/empty"));

    const Outcome again = run(client({"upload", local(), "copy"}));
    EXPECT_EQ(again.status, 1);
    EXPECT_TRUE(contains(again.output, "is there already")) << again.output;
    expect_to_stop();
}

TEST_P(StreamsSample, NamesThatLeadElsewhereAreRefused)
{
    append(local() + "/a.txt", "a");
    const Outcome log = run(client({"tail", "../local/a.txt"}));
    EXPECT_EQ(log.status, 1);
    EXPECT_TRUE(contains(log.output, "has no log file")) << log.output;
    const Outcome folder = run(client({"upload", local(), "../elsewhere"}));
    EXPECT_EQ(folder.status, 1);
    EXPECT_TRUE(contains(folder.output, "refuses")) << folder.output;
    expect_to_stop();
}

}  // namespace
}  // namespace remoting::test
