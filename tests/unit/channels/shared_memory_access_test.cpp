// SPDX-License-Identifier: BSL-1.0
#include "child_process.hpp"
#include "fake_channel_host.hpp"

#include <remoting/channels/shared_memory.hpp>

#include <grp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace remoting::test {

namespace {

namespace fs = std::filesystem;

void put(SharedMemory& memory, std::string_view text)
{
    std::memcpy(memory.writable_bytes().data(), text.data(), text.size());
}

std::string get(const SharedMemory& memory, std::size_t size)
{
    return {reinterpret_cast<const char*>(memory.bytes().data()), size};
}

/// Root's memory, looked at by others.
class SharedMemoryAccess : public testing::Test {
protected:
    SharedMemoryAccess() : temporary_("/dev/shm/remoting-test-" + std::to_string(::getpid()))
    {
        fs::create_directory(temporary_);
        fs::permissions(temporary_, static_cast<fs::perms>(0711));
    }
    ~SharedMemoryAccess() override { fs::remove_all(temporary_); }
    void SetUp() override
    {
        if (::geteuid() != 0) {
            GTEST_SKIP() << "only root can become another user";
        }
    }
    /// 0: could do that; else 100 plus the error.
    int attempt(SharedMemoryOptions options, View view, uid_t user, gid_t group) const
    {
        options.directory = temporary_ + "/shared";
        SharedMemory memory = SharedMemory::create("frame", 100, options);
        ChildProcess child([&](const ChildProcess::Line&) {
            if (::setgroups(0, nullptr) != 0 || ::setgid(group) != 0 || ::setuid(user) != 0) {
                return 1;
            }
            try {
                SharedMemoryOptions theirs;
                theirs.directory = temporary_ + "/shared";
                theirs.owner = 0;
                SharedMemory seen = SharedMemory::open("frame", view, theirs);
                if (view == View::read_write) {
                    put(seen, "x");
                }
                return 0;
            } catch (const RemotingError& error) {
                return 100 + static_cast<int>(error.code());
            }
        });
        return child.wait();
    }
    SharedMemoryOptions for_others() const
    {
        return {.access = {.users = {1001}}, .directory = temporary_ + "/shared"};
    }
    /// A process of root that has made memory with this text in it.
    std::unique_ptr<ChildProcess> creator(const char* content) const
    {
        auto child = std::make_unique<ChildProcess>([&, content](const ChildProcess::Line& line) {
            SharedMemory memory = SharedMemory::create("frame", 100, for_others());
            put(memory, content);
            line.tell();
            line.hear();
            return 0;
        });
        EXPECT_TRUE(child->line().hear());
        return child;
    }
    /// A process of a listed user that opens it, and opens it again when it is told. 0: it found `second` then, and had
    /// `first` still.
    std::unique_ptr<ChildProcess> reader(const char* first, const char* second) const
    {
        return std::make_unique<ChildProcess>([&, first, second](const ChildProcess::Line& line) {
            if (::setgroups(0, nullptr) != 0 || ::setgid(1001) != 0 || ::setuid(1001) != 0) {
                return 1;
            }
            const SharedMemoryOptions theirs{.owner = 0, .directory = temporary_ + "/shared"};
            const SharedMemory seen = SharedMemory::open("frame", View::read_only, theirs);
            line.tell();
            line.hear();
            const SharedMemory again = SharedMemory::open("frame", View::read_only, theirs);
            return get(seen, 3) == first && get(again, 3) == second ? 0 : 2;
        });
    }
    static constexpr int denied = 100 + static_cast<int>(ErrorCode::permission_denied);
    const std::string temporary_;
};

TEST_F(SharedMemoryAccess, IsGivenToUsersOnTheListToReadOrAlsoToWrite)
{
    EXPECT_EQ(attempt({.access = {.users = {1001, 1003}}}, View::read_only, 1001, 1001), 0);
    EXPECT_EQ(attempt({.access = {.users = {1001, 1003}}}, View::read_write, 1001, 1001), denied);
    EXPECT_EQ(attempt({.access = {.users = {1001}}, .others = View::read_write}, View::read_write, 1001, 1001), 0);
    EXPECT_EQ(attempt({.access = {.users = {1001}}}, View::read_only, 1002, 1001), denied);
}

TEST_F(SharedMemoryAccess, IsGivenToGroupsOnTheList)
{
    EXPECT_EQ(attempt({.access = {.groups = {2000}}}, View::read_only, 1001, 2000), 0);
    EXPECT_EQ(attempt({.access = {.groups = {2000}}}, View::read_write, 1001, 2000), denied);
    EXPECT_EQ(attempt({.access = {.groups = {2000}}}, View::read_only, 1001, 1001), denied);
}

TEST_F(SharedMemoryAccess, IsGivenToEveryone)
{
    EXPECT_EQ(attempt({.access = {.everyone = true}}, View::read_only, 1001, 1001), 0);
    EXPECT_EQ(attempt({.access = {.everyone = true}}, View::read_write, 1001, 1001), denied);
    EXPECT_EQ(attempt({.access = {.everyone = true}, .others = View::read_write}, View::read_write, 1001, 1001), 0);
}

TEST_F(SharedMemoryAccess, ShowsOthersNothingOfACreatorThatWasKilled)
{
    creator("old")->kill();
    ChildProcess child([&](const ChildProcess::Line&) {
        if (::setgroups(0, nullptr) != 0 || ::setgid(1001) != 0 || ::setuid(1001) != 0) {
            return 1;
        }
        const SharedMemoryOptions theirs{.owner = 0, .directory = temporary_ + "/shared"};
        return error_of([&] { SharedMemory::open("frame", View::read_only, theirs); }).code() ==
                       ErrorCode::object_not_found
                   ? 0
                   : 2;
    });
    EXPECT_EQ(child.wait(), 0);
}

TEST_F(SharedMemoryAccess, IsMadeAnewByItsCreatorWhateverOthersKeep)
{
    auto first = creator("old");
    const auto other = reader("old", "new");
    ASSERT_TRUE(other->line().hear());
    EXPECT_EQ(error_of([&] { SharedMemory::create("frame", 100, for_others()); }).code(), ErrorCode::name_in_use);
    first->kill();
    const auto second = creator("new");
    other->line().tell();
    EXPECT_EQ(other->wait(), 0);
}

TEST_F(SharedMemoryAccess, DoesNotLetOthersTakeTheNameAway)
{
    SharedMemoryOptions options{.access = {.everyone = true}, .directory = temporary_ + "/shared"};
    EXPECT_EQ(attempt(options, View::read_only, 1001, 1001), 0);
    std::optional<SharedMemory> memory(SharedMemory::create("frame", 100, options));
    ChildProcess child([&](const ChildProcess::Line& line) {
        if (::setgid(1001) != 0 || ::setuid(1001) != 0) {
            return 1;
        }
        SharedMemoryOptions theirs{.owner = 0, .directory = temporary_ + "/shared"};
        const SharedMemory seen = SharedMemory::open("frame", View::read_only, theirs);
        line.tell();
        line.hear();
        return 0;  // the last handle, of one who cannot remove the name
    });
    ASSERT_TRUE(child.line().hear());
    memory.reset();
    child.line().tell();
    EXPECT_EQ(child.wait(), 0);
    EXPECT_NO_THROW(SharedMemory::create("frame", 5, options));
}

}  // namespace

}  // namespace remoting::test
