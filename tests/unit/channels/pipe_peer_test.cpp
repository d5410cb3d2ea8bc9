// SPDX-License-Identifier: BSL-1.0
#include "child_process.hpp"
#include "fake_channel_host.hpp"
#include "raw_pipe.hpp"
#include "temporary_directory.hpp"

#include <remoting/channels/pipe_channel.hpp>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <mutex>

namespace remoting::test {

namespace {

class PipePeer : public testing::TestWithParam<uid_t> {
protected:
    void SetUp() override
    {
        if (::geteuid() != 0) {
            GTEST_SKIP() << "only root can become another user";
        }
    }

    /// Does away with the first line of defence, so that the second one is seen at work.
    void open_directory_to_all() const { ASSERT_EQ(::chmod(directory_.path().c_str(), 0777), 0); }
    void close_directory() const { ASSERT_EQ(::chmod(directory_.path().c_str(), 0700), 0); }

    TemporaryDirectory directory_;
    const ObjectUrl url_ = ObjectUrl::parse("pipe://bank");
};

bool become(uid_t user)
{
    return ::setgid(user) == 0 && ::setuid(user) == 0;
}

std::string user_name(const testing::TestParamInfo<uid_t>& info)
{
    return "User" + std::to_string(info.param);
}

INSTANTIATE_TEST_SUITE_P(Foreign, PipePeer, testing::Values(uid_t{1001}, uid_t{65534}), user_name);

TEST_P(PipePeer, OfAnotherUserIsNotAccepted)
{
    const std::string path = directory_ / "bank";
    ChildProcess client([&](const ChildProcess::Line& line) {
        const RawSocket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (!become(GetParam()) || !line.hear()) {
            return 1;
        }
        if (raw_connect(socket, path) != 0) {
            return 2;
        }
        char c;
        return ::read(socket.get(), &c, 1) == 0 ? 0 : 3;  // dropped without a byte
    });
    FakeChannelHost host;
    std::mutex mutex;
    std::string log;
    PipeChannel channel({.directory = directory_.path(), .log = [&](const std::string& problem) {
                             const std::lock_guard lock(mutex);
                             log += problem;
                         }});
    auto listener = channel.listen(url_, host);
    open_directory_to_all();
    ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
    client.line().tell();
    EXPECT_EQ(client.wait(), 0);
    listener.reset();
    EXPECT_EQ(host.accepted_count(), 0U);
    EXPECT_NE(log.find("the peer is user " + std::to_string(GetParam())), std::string::npos) << log;
}

TEST_P(PipePeer, OfAnotherUserIsNotTalkedTo)
{
    open_directory_to_all();
    ChildProcess server([&](const ChildProcess::Line& line) {
        if (!become(GetParam())) {
            return 1;
        }
        const RawSocket listening = raw_listener(directory_ / "bank", 8);
        line.tell();
        line.hear();
        return 0;
    });
    ASSERT_TRUE(server.line().hear());
    close_directory();
    FakeChannelHost host;
    PipeChannel channel({.directory = directory_.path(), .log = {}});
    const RemotingError error = error_of([&] { channel.connect(url_, host, soon()); });
    EXPECT_EQ(error.code(), ErrorCode::permission_denied);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_TRUE(mentions(error, "the peer is user " + std::to_string(GetParam())));
    EXPECT_EQ(host.take_opened(), nullptr);
}

TEST_P(PipePeer, OfAnotherUserDoesNotLoseItsSocketToUs)
{
    open_directory_to_all();
    ChildProcess server([&](const ChildProcess::Line&) {
        if (!become(GetParam())) {
            return 1;
        }
        raw_listener(directory_ / "bank", 8);
        return 0;
    });
    ASSERT_EQ(server.wait(), 0);
    close_directory();
    FakeChannelHost host;
    PipeChannel channel({.directory = directory_.path(), .log = {}});
    EXPECT_EQ(error_of([&] { channel.listen(url_, host); }).code(), ErrorCode::name_in_use);
    struct stat status {};
    EXPECT_EQ(::lstat((directory_ / "bank").c_str(), &status), 0);
}

TEST_P(PipePeer, OfTheSameUserIsTrustedUnlessThatIsNobodyInParticular)
{
    open_directory_to_all();
    ChildProcess child([&](const ChildProcess::Line&) {
        if (::chown(directory_.path().c_str(), GetParam(), GetParam()) != 0 ||
            ::chmod(directory_.path().c_str(), 0700) != 0 || !become(GetParam())) {
            return 1;
        }
        FakeChannelHost host;
        PipeChannel channel({.directory = directory_.path(), .log = [](const std::string&) {}});
        const auto listener = channel.listen(url_, host);
        try {
            channel.connect(url_, host, soon());
            return host.take_accepted() != nullptr ? 2 : 3;
        } catch (const RemotingError& error) {
            return error.code() == ErrorCode::permission_denied ? 4 : 5;
        }
    });
    EXPECT_EQ(child.wait(), GetParam() == 65534 ? 4 : 2);
}

TEST_P(PipePeer, ThatIsRootIsAnotherUserToo)
{
    open_directory_to_all();
    ChildProcess server([&](const ChildProcess::Line& line) {
        if (::chown(directory_.path().c_str(), GetParam(), GetParam()) != 0 ||
            ::chmod(directory_.path().c_str(), 0700) != 0 || !become(GetParam())) {
            return 1;
        }
        FakeChannelHost host;
        PipeChannel channel({.directory = directory_.path(), .log = [](const std::string&) {}});
        const auto listener = channel.listen(url_, host);
        line.tell();
        line.hear();
        return host.accepted_count() == 0 ? 0 : 2;
    });
    ASSERT_TRUE(server.line().hear());
    const RawSocket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(raw_connect(socket, directory_ / "bank"), 0);
    char c;
    EXPECT_EQ(::read(socket.get(), &c, 1), 0);
    server.line().tell();
    EXPECT_EQ(server.wait(), 0);
}

}  // namespace

}  // namespace remoting::test
