// SPDX-License-Identifier: BSL-1.0
#include "child_process.hpp"
#include "fake_channel_host.hpp"
#include "temporary_directory.hpp"

#include <remoting/channels/named_pipe.hpp>
#include <remoting/channels/pipe_channel.hpp>

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>
#include <vector>

namespace remoting::test {

namespace {

struct Identity {
    uid_t user;
    gid_t group;
    std::vector<gid_t> groups = {};
};

/// Pipes of root that a process of another user connects to.
class PipeAccess : public testing::Test {
protected:
    void SetUp() override
    {
        if (::geteuid() != 0) {
            GTEST_SKIP() << "only root can become another user";
        }
        ASSERT_EQ(::chmod(temporary.path().c_str(), 0711), 0);
    }

    NamedPipeOptions server_options(AccessList access) const
    {
        NamedPipeOptions options;
        options.access = std::move(access);
        options.directory = temporary / "shared";
        options.log = [](const std::string&) {};
        return options;
    }
    NamedPipeOptions client_options() const
    {
        NamedPipeOptions options;
        options.directory = temporary / "shared";
        options.owner = 0;
        return options;
    }
    /// 0 when a process of that user exchanges a message with the server, else the error it got plus 100.
    int attempt(const AccessList& access, const Identity& identity) const
    {
        ChildProcess child([&](const ChildProcess::Line& line) {
            if (!line.hear() || ::setgroups(identity.groups.size(), identity.groups.data()) != 0 ||
                ::setgid(identity.group) != 0 || ::setuid(identity.user) != 0) {
                return 1;
            }
            try {
                NamedPipe pipe = NamedPipe::connect("bank", patience, client_options());
                pipe.write("hello", patience);
                return pipe.read(patience) ? 0 : 2;
            } catch (const RemotingError& error) {
                return 100 + static_cast<int>(error.code());
            }
        });
        NamedPipeServer server("bank", server_options(access));
        child.line().tell();
        std::thread serving([&] {
            try {
                NamedPipe pipe = server.accept(patience);
                pipe.write(*pipe.read(patience), patience);
            } catch (const RemotingError&) {  // nobody was let in
            }
        });
        const int result = child.wait();
        server.close();
        serving.join();
        return result;
    }

    static constexpr int denied = 100 + static_cast<int>(ErrorCode::permission_denied);
    TemporaryDirectory temporary;
};

TEST_F(PipeAccess, IsGivenToUsersOnTheList)
{
    EXPECT_EQ(attempt({.users = {1001}}, {1001, 1001}), 0);
    EXPECT_EQ(attempt({.users = {1001}}, {1002, 1002}), denied);
}

TEST_F(PipeAccess, IsGivenToMembersOfGroupsOnTheList)
{
    EXPECT_EQ(attempt({.groups = {2000}}, {1001, 2000}), 0);
    EXPECT_EQ(attempt({.groups = {2000}}, {1001, 1001, {5, 2000, 7}}), 0);
    EXPECT_EQ(attempt({.groups = {2000}}, {1001, 1001, {5, 7}}), denied);
}

TEST_F(PipeAccess, IsGivenToEveryone)
{
    EXPECT_EQ(attempt({.everyone = true}, {1001, 1001}), 0);
    EXPECT_EQ(attempt({.everyone = true}, {65534, 65534}), 0);
}

TEST_F(PipeAccess, IsNotGivenToNobodyInParticular)
{
    EXPECT_EQ(attempt({.users = {65534}}, {65534, 65534}), denied);
}

TEST_F(PipeAccess, StaysWithTheOwnerInADirectoryThatOthersCanPass)
{
    EXPECT_EQ(attempt({.users = {1001}}, {0, 0}), 0);
    struct stat status {};
    ASSERT_EQ(::stat((temporary / "shared").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0711U);
}

TEST_F(PipeAccess, IsOpenWhateverTheUmask)
{
    const mode_t before = ::umask(0077);
    EXPECT_EQ(attempt({.everyone = true}, {1001, 1001}), 0);
    ::umask(before);
}

TEST_F(PipeAccess, NeedsAServerOfTheOwnerThatIsNamed)
{
    // A user who plants a directory of that name does not get the clients.
    NamedPipeOptions options = client_options();
    NamedPipeServer server("bank", server_options({.everyone = true}));
    options.owner = 1001;
    EXPECT_EQ(error_of([&] { NamedPipe::connect("bank", patience, options); }).code(), ErrorCode::permission_denied);
}

TEST_F(PipeAccess, NeedsADirectoryThatOthersCannotChange)
{
    ASSERT_EQ(::mkdir((temporary / "shared").c_str(), 0700), 0);
    for (const mode_t mode : {0777U, 0733U, 0722U, 0700U}) {
        ASSERT_EQ(::chmod((temporary / "shared").c_str(), mode), 0);
        EXPECT_EQ(error_of([&] { NamedPipeServer("bank", server_options({.everyone = true})); }).code(),
                  ErrorCode::permission_denied);
    }
}

TEST_F(PipeAccess, GoesForPipesOfObjectsToo)
{
    ChildProcess child([&](const ChildProcess::Line& line) {
        if (!line.hear() || ::setgroups(0, nullptr) != 0 || ::setgid(1001) != 0 || ::setuid(1001) != 0) {
            return 1;
        }
        FakeChannelHost host(Runs::when_told);
        PipeChannel channel({.directory = temporary / "shared"});
        try {
            channel.connect(ObjectUrl::parse("pipe://bank?owner=0"), host, soon());
            return host.take_opened() != nullptr ? 0 : 2;
        } catch (const RemotingError& error) {
            return 100 + static_cast<int>(error.code());
        }
    });
    FakeChannelHost host;
    PipeChannel channel({.directory = temporary / "shared", .log = {}, .access = {.users = {1001}}});
    const auto listener = channel.listen(ObjectUrl::parse("pipe://bank"), host);
    EXPECT_EQ(listener->url(), "pipe://bank?owner=0");
    child.line().tell();
    EXPECT_EQ(child.wait(), 0);
    const auto accepted = host.take_accepted();
    ASSERT_NE(accepted, nullptr);
    EXPECT_EQ(accepted->peer().user_id, 1001U);
}

TEST_F(PipeAccess, WantsTheOwnersNumber)
{
    FakeChannelHost host(Runs::when_told);
    PipeChannel channel({.directory = temporary / "shared"});
    for (const char* url : {"pipe://bank?owner=", "pipe://bank?owner=root", "pipe://bank?owner=-1",
                            "pipe://bank?owner=4294967296", "pipe://bank?owner=0x0"}) {
        EXPECT_EQ(error_of([&] { channel.connect(ObjectUrl::parse(url), host, soon()); }).code(),
                  ErrorCode::invalid_url);
    }
}

}  // namespace

}  // namespace remoting::test
