// SPDX-License-Identifier: BSL-1.0
#include "fake_channel_host.hpp"
#include "temporary_directory.hpp"

#include <remoting/channels/pipe_channel.hpp>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

namespace remoting::test {

namespace {

namespace fs = std::filesystem;

class RuntimeDirectory final {
public:
    explicit RuntimeDirectory(const std::optional<std::string>& value)
    {
        if (const char* before = std::getenv("XDG_RUNTIME_DIR")) {
            before_ = before;
        }
        set(value);
    }
    ~RuntimeDirectory() { set(before_); }

private:
    static void set(const std::optional<std::string>& value)
    {
        value ? ::setenv("XDG_RUNTIME_DIR", value->c_str(), 1) : ::unsetenv("XDG_RUNTIME_DIR");
    }
    std::optional<std::string> before_;
};

struct PipeDirectoryRules : testing::Test {
    TemporaryDirectory temporary;
    FakeChannelHost host{Runs::when_told};
    PipeChannel channel;

    ObjectUrl url_in(const std::string& directory)
    {
        ObjectUrl url = ObjectUrl::parse("pipe://bank");
        url.options["directory"] = directory;
        return url;
    }
    ErrorCode listen_error(const ObjectUrl& url)
    {
        return error_of([&] { channel.listen(url, host); }).code();
    }
    ErrorCode connect_error(const ObjectUrl& url)
    {
        return error_of([&] { channel.connect(url, host, soon()); }).code();
    }
    void expect_refused(const std::string& directory)
    {
        EXPECT_EQ(listen_error(url_in(directory)), ErrorCode::permission_denied) << directory;
        EXPECT_EQ(connect_error(url_in(directory)), ErrorCode::permission_denied) << directory;
    }
};

TEST_F(PipeDirectoryRules, MakeTheDirectoryAndTheSocketPrivateWhateverTheUmask)
{
    const mode_t before = ::umask(0);
    const auto listener = channel.listen(url_in(temporary / "new"), host);
    ::umask(before);
    struct stat status {};
    ASSERT_EQ(::stat((temporary / "new").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0700U);
    ASSERT_EQ(::lstat((temporary / "new/bank").c_str(), &status), 0);
    EXPECT_TRUE(S_ISSOCK(status.st_mode));
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
    ASSERT_EQ(::lstat((temporary / "new/.bank.lock").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(PipeDirectoryRules, ReportTheDirectoryInTheListenersUrl)
{
    const auto listener = channel.listen(url_in(temporary / "d"), host);
    EXPECT_EQ(listener->url(), "pipe://bank?directory=" + (temporary / "d"));
    EXPECT_NO_THROW(channel.connect(ObjectUrl::parse(listener->url()), host, soon()));
}

TEST_F(PipeDirectoryRules, RefuseADirectoryThatOthersMayEnter)
{
    for (const mode_t mode : {0701U, 0710U, 0740U, 0755U, 0777U, 01777U}) {
        ASSERT_EQ(::chmod(temporary.path().c_str(), mode), 0);
        expect_refused(temporary.path());
    }
    const RemotingError error = error_of([&] { channel.listen(url_in(temporary.path()), host); });
    EXPECT_TRUE(mentions(error, temporary.path()));
    ::chmod(temporary.path().c_str(), 0700);
}

TEST_F(PipeDirectoryRules, RefuseASymbolicLinkEvenToADirectoryOfOurs)
{
    fs::create_directory(temporary / "real");
    fs::permissions(temporary / "real", fs::perms::owner_all);
    fs::create_directory_symlink(temporary / "real", temporary / "link");
    expect_refused(temporary / "link");
    expect_refused(temporary / "link/");
    EXPECT_NO_THROW(channel.listen(url_in(temporary / "real"), host));
}

TEST_F(PipeDirectoryRules, RefuseADanglingLinkAndAFile)
{
    fs::create_symlink(temporary / "nowhere", temporary / "dangling");
    expect_refused(temporary / "dangling");
    EXPECT_FALSE(fs::exists(temporary / "nowhere"));
    std::ofstream(temporary / "file") << "x";
    expect_refused(temporary / "file");
}

TEST_F(PipeDirectoryRules, RefuseADirectoryOfAnotherUser)
{
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root can give a directory away";
    }
    fs::create_directory(temporary / "theirs");
    fs::permissions(temporary / "theirs", fs::perms::owner_all);
    ASSERT_EQ(::chown((temporary / "theirs").c_str(), 1001, 1001), 0);
    expect_refused(temporary / "theirs");
}

TEST_F(PipeDirectoryRules, RefusePathsThatAreNotAbsolute)
{
    for (const std::string& path : {std::string(), std::string("pipes"), std::string("./pipes"), std::string("../x"),
                                    std::string("/tmp\0/x", 7)}) {
        EXPECT_EQ(listen_error(url_in(path)), ErrorCode::invalid_url) << path;
        EXPECT_EQ(connect_error(url_in(path)), ErrorCode::invalid_url) << path;
    }
    expect_refused("/");
    expect_refused("/proc");
}

TEST_F(PipeDirectoryRules, MakeTheLastComponentOnly)
{
    EXPECT_EQ(listen_error(url_in(temporary / "missing/pipes")), ErrorCode::permission_denied);
    EXPECT_FALSE(fs::exists(temporary / "missing"));
}

TEST_F(PipeDirectoryRules, LeaveNothingBehindWhenAClientFindsNoDirectory)
{
    const RemotingError error = error_of([&] { channel.connect(url_in(temporary / "none"), host, soon()); });
    EXPECT_EQ(error.code(), ErrorCode::connect_failed);
    EXPECT_TRUE(mentions(error, "nobody listens on pipe 'bank'"));
    EXPECT_FALSE(fs::exists(temporary / "none"));
}

TEST_F(PipeDirectoryRules, AllowPathsLongerThanASocketAddress)
{
    if (!fs::exists("/proc/self/fd")) {
        GTEST_SKIP() << "/proc is not mounted here";
    }
    std::string path = temporary.path();
    for (int i = 0; i < 3; ++i) {
        path += "/" + std::string(100, 'd');
        fs::create_directory(path);
    }
    fs::permissions(path, fs::perms::owner_all);
    ObjectUrl url = url_in(path);
    url.host = std::string(64, 'n');
    const auto listener = channel.listen(url, host);
    EXPECT_NO_THROW(channel.connect(url, host, soon()));
}

TEST_F(PipeDirectoryRules, PreferTheUsersRuntimeDirectory)
{
    const RuntimeDirectory runtime(temporary.path());
    const auto listener = channel.listen(ObjectUrl::parse("pipe://bank"), host);
    EXPECT_TRUE(fs::is_socket(temporary / "remoting/bank"));
    EXPECT_EQ(listener->url(), "pipe://bank");
    EXPECT_NO_THROW(channel.connect(ObjectUrl::parse("pipe://bank/account"), host, soon()));
}

TEST_F(PipeDirectoryRules, IgnoreARuntimeDirectoryThatIsNotOurs)
{
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root can give a directory away";
    }
    ASSERT_EQ(::chown(temporary.path().c_str(), 1001, 1001), 0);
    const RuntimeDirectory runtime(temporary.path());
    const auto listener = channel.listen(ObjectUrl::parse("pipe://remoting-test-elsewhere"), host);
    EXPECT_FALSE(fs::exists(temporary / "remoting"));
}

TEST_F(PipeDirectoryRules, LetTheUrlOverruleTheChannelsOption)
{
    PipeChannel configured({.directory = temporary / "configured", .log = {}});
    const auto plain = configured.listen(ObjectUrl::parse("pipe://bank"), host);
    EXPECT_TRUE(fs::is_socket(temporary / "configured/bank"));
    const auto named = configured.listen(url_in(temporary / "url"), host);
    EXPECT_TRUE(fs::is_socket(temporary / "url/bank"));
}

TEST_F(PipeDirectoryRules, HoldOnToADirectoryThatIsRenamed)
{
    auto listener = channel.listen(url_in(temporary / "a"), host);
    fs::rename(temporary / "a", temporary / "b");
    EXPECT_NO_THROW(channel.connect(url_in(temporary / "b"), host, soon()));
    fs::create_directory(temporary / "a");
    std::ofstream(temporary / "a/bank") << "not ours";
    listener.reset();
    EXPECT_TRUE(fs::is_empty(temporary / "b"));
    EXPECT_TRUE(fs::exists(temporary / "a/bank"));
}

}  // namespace

}  // namespace remoting::test
