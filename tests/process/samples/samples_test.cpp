// SPDX-License-Identifier: BSL-1.0
#include "errors.hpp"
#include "program.hpp"
#include "temporary_directory.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace remoting::test {
namespace {

constexpr const char* hello_server = HELLO_SERVER;
constexpr const char* hello_client = HELLO_CLIENT;
constexpr const char* lifetimes_server = LIFETIMES_SERVER;
constexpr const char* lifetimes_client = LIFETIMES_CLIENT;
constexpr const char* files_server = FILES_SERVER;
constexpr const char* files_client = FILES_CLIENT;
constexpr const char* oracles_server = ORACLES_SERVER;
constexpr const char* oracles_client = ORACLES_CLIENT;

/// Runs the programs as a user would, with pipes in a directory of the test's own.
class Samples : public testing::TestWithParam<const char*> {
protected:
    Samples() { ::setenv("XDG_RUNTIME_DIR", directory_.path().c_str(), 1); }

    static std::string url_in(const std::string& line)
    {
        const std::string start = "listening on ";
        EXPECT_TRUE(line.starts_with(start)) << line;
        return line.substr(std::min(start.size(), line.size()));
    }
    static void expect_to_stop(Program& server, int signal)
    {
        server.signal(signal);
        EXPECT_EQ(server.read_all(), "stopped\n");
        EXPECT_EQ(server.wait(), 0);
    }
    void write(const std::string& name, const std::string& content) const
    {
        std::filesystem::create_directories(std::filesystem::path(root() + "/" + name).parent_path());
        std::ofstream(root() + "/" + name, std::ios::binary) << content;
    }
    std::string root() const { return directory_ / "served"; }
    std::string destination() const { return directory_ / "mirror"; }

private:
    TemporaryDirectory directory_;
};

std::string read_file(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << path;
    return {std::istreambuf_iterator<char>(file), {}};
}

int occurrences(const std::string& text, const std::string& part)
{
    int count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) {
        ++count;
    }
    return count;
}

std::string channel_of(const testing::TestParamInfo<const char*>& info)
{
    const std::string url = info.param;
    return url.substr(0, url.find(':'));
}

INSTANTIATE_TEST_SUITE_P(Channels, Samples, testing::Values("tcp://127.0.0.1:0", "pipe://sample"), channel_of);

TEST_P(Samples, HelloGreets)
{
    Program server({hello_server, GetParam()});
    const std::string url = server.read_line();

    const Outcome client = run({hello_client, url + "/greeter"});

    EXPECT_EQ(client.output, "Hello, world!\n");
    EXPECT_EQ(client.status, 0);
}

TEST_P(Samples, OraclesAnswerAndTheirRivalsGiveUp)
{
    Program server({oracles_server, GetParam()});
    const std::string url = url_in(server.read_line());

    const Outcome client = run({oracles_client, url});

    EXPECT_EQ(client.status, 0) << client.output;
    EXPECT_TRUE(contains(client.output, "first answer: oracle ")) << client.output;
    EXPECT_TRUE(contains(client.output, " calls were cancelled\n")) << client.output;
    EXPECT_TRUE(contains(client.output, "100 answers after ")) << client.output;
    EXPECT_TRUE(contains(client.output, " questions given up\n")) << client.output;
    expect_to_stop(server, SIGTERM);
}

TEST_P(Samples, LifetimesKeepAndForgetWhatTheySayTheyDo)
{
    Program server({lifetimes_server, GetParam()});
    const std::string url = url_in(server.read_line());

    const Outcome first = run({lifetimes_client, url, "11.5"});
    const Outcome second = run({lifetimes_client, url, "20.5"});

    ASSERT_EQ(first.status, 0) << first.output;
    ASSERT_EQ(second.status, 0) << second.output;
    const std::string set = " after it was set to ";
    EXPECT_TRUE(contains(first.output, "FloatProperty         0" + set + "11.5")) << first.output;
    EXPECT_EQ(occurrences(first.output, "FloatProperty         11.5" + set + "11.5"), 2) << first.output;
    EXPECT_EQ(occurrences(first.output, "FloatProperty         12.5" + set + "12.5"), 1) << first.output;
    EXPECT_EQ(occurrences(first.output, "11.5 is still what the first one has"), 1) << first.output;
    EXPECT_EQ(occurrences(second.output, "11.5 at first"), 1) << "only the singleton is shared\n" << second.output;
    EXPECT_EQ(occurrences(second.output, "0 at first"), 3) << second.output;
    expect_to_stop(server, SIGTERM);
}

TEST_P(Samples, LifetimesAreServedOverTwoChannelsAtOnce)
{
    Program server({lifetimes_server, GetParam(), "pipe://second"});
    const std::string url = url_in(server.read_line());
    EXPECT_EQ(url_in(server.read_line()), "pipe://second");

    const Outcome first = run({lifetimes_client, url, "11.5"});
    const Outcome second = run({lifetimes_client, "pipe://second", "20.5"});

    EXPECT_EQ(first.status, 0) << first.output;
    EXPECT_EQ(occurrences(second.output, "11.5 at first"), 1) << second.output;
    expect_to_stop(server, SIGINT);
}

TEST_P(Samples, FilesAreMirroredToTheLastByte)
{
    const std::string large(3'500'000, 'x');
    write("empty", "");
    write("large", large + "end");
    write("deep/er/file", std::string("\0\xff\n", 3));
    std::filesystem::create_directory(root() + "/hollow");
    std::filesystem::create_symlink("deep/er", root() + "/inner");
    std::filesystem::create_symlink("../../etc/passwd", root() + "/outer");
    Program server({files_server, root(), GetParam()});
    const std::string url = url_in(server.read_line());

    const Outcome client = run({files_client, url, "mirror", "--to", destination()});

    EXPECT_EQ(client.status, 0) << client.output;
    EXPECT_TRUE(contains(client.output, "mirrored 3 files of 3500006 bytes, 3 folders and 1 links")) << client.output;
    EXPECT_TRUE(contains(client.output, "skipped 1:\n  outer: link that leaves the tree, to ../../etc/passwd\n"))
        << client.output;
    EXPECT_EQ(read_file(destination() + "/empty"), "");
    EXPECT_EQ(read_file(destination() + "/large"), large + "end");
    EXPECT_EQ(read_file(destination() + "/deep/er/file"), std::string("\0\xff\n", 3));
    EXPECT_TRUE(std::filesystem::is_directory(destination() + "/hollow"));
    EXPECT_EQ(std::filesystem::read_symlink(destination() + "/inner"), "deep/er");
    EXPECT_FALSE(std::filesystem::is_symlink(destination() + "/outer"));
    expect_to_stop(server, SIGTERM);
}

TEST_P(Samples, FilesAreListedPrintedSearchedAndSummed)
{
    write("a.txt", "abc");
    write("b/c.txt", "first\nsecond needle\n");
    Program server({files_server, root(), GetParam()});
    const std::string url = url_in(server.read_line());

    EXPECT_EQ(run({files_client, url, "print", "b/c.txt"}).output, "first\nsecond needle\n");
    EXPECT_EQ(run({files_client, url, "search", "needle"}).output, "b/c.txt:2: second needle\n");
    EXPECT_EQ(run({files_client, url, "checksum", "a.txt"}).output,
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a.txt\n");
    const std::string listing = run({files_client, url, "list"}).output;
    EXPECT_TRUE(contains(listing, "File\t3\ta.txt\nFolder\t")) << listing;
}

TEST_P(Samples, FilesOutsideTheRootAreRefused)
{
    write("a.txt", "abc");
    Program server({files_server, root(), GetParam()});
    const std::string url = url_in(server.read_line());

    const Outcome client = run({files_client, url, "print", "../mirror/secret"});

    EXPECT_EQ(client.output, "refused: ../mirror/secret: the path leads out of the folder that is served\n");
    EXPECT_EQ(client.status, 1);
}

TEST_F(Samples, AServerWhoseFolderIsMissingSaysSo)
{
    const Outcome server = run({files_server, root() + "/nowhere", "tcp://127.0.0.1:0"});

    EXPECT_EQ(server.status, 1);
    EXPECT_TRUE(contains(server.output, "cannot serve " + root() + "/nowhere")) << server.output;
}

TEST_F(Samples, AClientWhoseServerIsMissingSaysSo)
{
    const Outcome client = run({lifetimes_client, "pipe://nobody", "1"});

    EXPECT_EQ(client.status, 1);
    EXPECT_TRUE(contains(client.output, "connect_failed")) << client.output;
}

}  // namespace
}  // namespace remoting::test
