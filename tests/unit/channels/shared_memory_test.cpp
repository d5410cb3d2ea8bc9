// SPDX-License-Identifier: BSL-1.0
#include "child_process.hpp"
#include "fake_channel_host.hpp"
#include "temporary_directory.hpp"

#include <remoting/channels/shared_memory.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

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

/// In a directory of the test's own.
struct SharedMemoryRules : testing::Test {
    TemporaryDirectory temporary;
    SharedMemoryOptions options{.directory = temporary / "memory"};

    SharedMemory create(std::size_t size = 100) { return SharedMemory::create("frame", size, options); }
    SharedMemory open(View view) { return SharedMemory::open("frame", view, options); }
    template <class F>
    ErrorCode code_of(F&& f)
    {
        return error_of(std::forward<F>(f)).code();
    }
};

TEST_F(SharedMemoryRules, ShowOneProcessWhatAnotherWrote)
{
    SharedMemory memory = create(50'000);
    EXPECT_EQ(memory.size(), 50'000U);
    EXPECT_EQ(memory.bytes()[49'999], std::byte{});
    put(memory, "Message from the first process");
    ChildProcess child([&](const ChildProcess::Line&) {
        SharedMemory view = open(View::read_write);
        if (get(view, 30) != "Message from the first process" || view.size() != 50'000) {
            return 1;
        }
        put(view, "Answer");
        return 0;
    });
    EXPECT_EQ(child.wait(), 0);
    EXPECT_EQ(get(memory, 6), "Answer");
}

TEST_F(SharedMemoryRules, KeepAReadOnlyViewReadOnly)
{
    SharedMemory memory = create();
    SharedMemory view = open(View::read_only);
    EXPECT_EQ(code_of([&] { view.writable_bytes(); }), ErrorCode::permission_denied);
    put(memory, "seen");
    EXPECT_EQ(get(view, 4), "seen");
    void* const start = const_cast<std::byte*>(view.bytes().data());
    EXPECT_NE(::mprotect(start, view.size(), PROT_READ | PROT_WRITE), 0) << "the descriptor is read-only, too";
}

TEST_F(SharedMemoryRules, KeepTheNameUntilTheLastHandleHasGone)
{
    std::optional<SharedMemory> first(create());
    put(*first, "kept");
    std::optional<SharedMemory> second(open(View::read_only));
    first.reset();
    EXPECT_EQ(get(open(View::read_only), 4), "kept");
    EXPECT_EQ(code_of([&] { create(); }), ErrorCode::name_in_use);
    second.reset();
    EXPECT_EQ(code_of([&] { open(View::read_only); }), ErrorCode::object_not_found);
    EXPECT_TRUE(fs::is_empty(temporary / "memory"));
    EXPECT_EQ(create(7).size(), 7U);
}

TEST_F(SharedMemoryRules, ClearAwayWhatAKilledProcessHeld)
{
    for (const bool creates : {true, false}) {
        ChildProcess child([&](const ChildProcess::Line& line) {
            SharedMemory memory = create();
            put(memory, "stale");
            line.tell();
            line.hear();
            return 0;
        });
        ASSERT_TRUE(child.line().hear());
        EXPECT_EQ(get(open(View::read_only), 5), "stale");
        child.kill();
        if (creates) {
            EXPECT_EQ(get(create(), 5), std::string(5, '\0'));
        } else {
            EXPECT_EQ(code_of([&] { open(View::read_only); }), ErrorCode::object_not_found);
        }
        EXPECT_TRUE(fs::is_empty(temporary / "memory"));
    }
}

TEST_F(SharedMemoryRules, LetAReaderDieWithoutHarm)
{
    SharedMemory memory = create();
    ChildProcess child([&](const ChildProcess::Line& line) {
        SharedMemory view = open(View::read_write);
        line.tell();
        line.hear();
        return 0;
    });
    ASSERT_TRUE(child.line().hear());
    child.kill();
    put(memory, "alive");
    EXPECT_EQ(get(open(View::read_only), 5), "alive");
}

TEST_F(SharedMemoryRules, MakeFilesAndDirectoryPrivate)
{
    const mode_t before = ::umask(0);
    const SharedMemory memory = create();
    ::umask(before);
    struct stat status {};
    ASSERT_EQ(::stat((temporary / "memory").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0700U);
    ASSERT_EQ(::stat((temporary / "memory/m-frame").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(SharedMemoryRules, UseAMemoryFileSystemUnlessToldOtherwise)
{
    const std::string name = "remoting-test-" + std::to_string(::getpid());
    const SharedMemory memory = SharedMemory::create(name, 1);
    EXPECT_TRUE(fs::exists("/dev/shm/remoting-" + std::to_string(::geteuid()) + "/m-" + name));
}

TEST_F(SharedMemoryRules, RefuseBadNamesAndSizes)
{
    for (const char* name : {"", "..", "a/b", "/x", ".x", "a b"}) {
        EXPECT_EQ(code_of([&] { SharedMemory::create(name, 1, options); }), ErrorCode::invalid_url) << name;
        EXPECT_EQ(code_of([&] { SharedMemory::open(name, View::read_only, options); }), ErrorCode::invalid_url);
    }
    EXPECT_EQ(code_of([&] { create(0); }), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of([&] { create(std::size_t{1} << 63U); }), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of([&] { create(std::size_t{1} << 62U); }), ErrorCode::storage_full);
}

TEST_F(SharedMemoryRules, DoNotFollowLinksInTheDirectory)
{
    const SharedMemory other = create();
    std::ofstream(temporary / "victim") << "precious";
    fs::create_symlink(temporary / "victim", temporary / "memory/m-link");
    EXPECT_EQ(code_of([&] { SharedMemory::open("link", View::read_write, options); }), ErrorCode::permission_denied);
    EXPECT_EQ(code_of([&] { SharedMemory::create("link", 1, options); }), ErrorCode::permission_denied);
    EXPECT_TRUE(fs::is_symlink(temporary / "memory/m-link"));
    fs::create_directory(temporary / "memory/m-folder");
    EXPECT_EQ(code_of([&] { SharedMemory::open("folder", View::read_only, options); }), ErrorCode::permission_denied);
}

TEST_F(SharedMemoryRules, RefuseADirectoryThatOthersMayEnter)
{
    fs::create_directory(temporary / "memory");
    fs::permissions(temporary / "memory", fs::perms::all);
    EXPECT_EQ(code_of([&] { create(); }), ErrorCode::permission_denied);
}

TEST_F(SharedMemoryRules, AreMadeOnceWhoeverComesFirst)
{
    constexpr int count = 8;
    std::atomic<int> made{0};
    std::vector<SharedMemory> kept;
    std::mutex mutex;
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) {
        threads.emplace_back([&] {
            try {
                SharedMemory memory = create();
                ++made;
                const std::lock_guard lock(mutex);
                kept.push_back(std::move(memory));
            } catch (const RemotingError& error) {
                EXPECT_EQ(error.code(), ErrorCode::name_in_use);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(made, 1);
}

TEST_F(SharedMemoryRules, SealMemoryThatIsPassedByItsDescriptor)
{
    SharedMemory memory = SharedMemory::create_sealed(4096, View::read_only);
    put(memory, "sealed");
    EXPECT_NE(::ftruncate(memory.descriptor(), 0), 0);
    EXPECT_NE(::ftruncate(memory.descriptor(), 8192), 0);
    const SharedMemory view = SharedMemory::adopt(memory.descriptor(), View::read_only);
    put(memory, "still w");
    EXPECT_EQ(get(view, 7), "still w");
    EXPECT_EQ(code_of([&] { SharedMemory::adopt(memory.descriptor(), View::read_write); }),
              ErrorCode::permission_denied);
    SharedMemory open_to_all = SharedMemory::create_sealed(10, View::read_write);
    put(open_to_all, "a");
    SharedMemory other = SharedMemory::adopt(open_to_all.descriptor(), View::read_write);
    put(other, "b");
    EXPECT_EQ(get(open_to_all, 1), "b");
}

TEST_F(SharedMemoryRules, AdoptNothingThatCouldShrink)
{
    const int file = ::memfd_create("loose", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    ASSERT_EQ(::ftruncate(file, 100), 0);
    EXPECT_EQ(code_of([&] { SharedMemory::adopt(file, View::read_only); }), ErrorCode::permission_denied);
    ASSERT_EQ(::ftruncate(file, 0), 0);
    ASSERT_EQ(::fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK), 0);
    EXPECT_EQ(code_of([&] { SharedMemory::adopt(file, View::read_only); }), ErrorCode::invalid_argument);
    ::close(file);
    EXPECT_EQ(code_of([&] { SharedMemory::adopt(-1, View::read_only); }), ErrorCode::invalid_argument);
    const SharedMemory named = create();
    EXPECT_EQ(code_of([&] { SharedMemory::adopt(named.descriptor(), View::read_only); }), ErrorCode::permission_denied);
}

TEST_F(SharedMemoryRules, MapAFileThatTheUserNames)
{
    const std::string path = temporary / "file";
    {
        SharedMemory memory = SharedMemory::map_file(path, View::read_write, 10);
        put(memory, "0123456789");
        memory.flush();
    }
    std::string content;
    std::ifstream(path) >> content;
    EXPECT_EQ(content, "0123456789");
    EXPECT_EQ(get(SharedMemory::map_file(path, View::read_only), 10), "0123456789");
    EXPECT_EQ(SharedMemory::map_file(path, View::read_only, 4).size(), 4U);
    EXPECT_EQ(SharedMemory::map_file(path, View::read_write, 20).size(), 20U);
    EXPECT_EQ(fs::file_size(path), 20U);
}

TEST_F(SharedMemoryRules, SayWhyAFileCannotBeMapped)
{
    using enum ErrorCode;
    EXPECT_EQ(code_of([&] { SharedMemory::map_file(temporary / "none", View::read_only); }), object_not_found);
    EXPECT_EQ(code_of([&] { SharedMemory::map_file(temporary / "none", View::read_only, 5); }), object_not_found);
    EXPECT_EQ(code_of([&] { SharedMemory::map_file(temporary.path(), View::read_only); }), invalid_argument);
    ASSERT_EQ(::mkfifo((temporary / "fifo").c_str(), 0600), 0);
    EXPECT_EQ(code_of([&] { SharedMemory::map_file(temporary / "fifo", View::read_only); }), invalid_argument);
    std::ofstream(temporary / "short") << "abc";
    EXPECT_EQ(code_of([&] { SharedMemory::map_file(temporary / "short", View::read_only, 4); }), invalid_argument);
    std::ofstream(temporary / "empty");
    EXPECT_EQ(code_of([&] { SharedMemory::map_file(temporary / "empty", View::read_write); }), invalid_argument);
}

TEST_F(SharedMemoryRules, LeaveAFileAsItWasWhenThereIsNoRoomForMore)
{
    std::ofstream(temporary / "short") << "abc";
    ChildProcess child([&](const ChildProcess::Line&) {
        const rlimit little{4096, 4096};
        ::signal(SIGXFSZ, SIG_IGN);
        ::setrlimit(RLIMIT_FSIZE, &little);
        for (const char* name : {"new", "short"}) {
            if (code_of([&] { SharedMemory::map_file(temporary / name, View::read_write, 1'000'000); }) !=
                ErrorCode::storage_full) {
                return 1;
            }
        }
        return 0;
    });
    EXPECT_EQ(child.wait(), 0);
    EXPECT_FALSE(fs::exists(temporary / "new"));
    EXPECT_EQ(fs::file_size(temporary / "short"), 3U);
}

TEST_F(SharedMemoryRules, FillTheHolesOfAFileThatIsToBeWritten)
{
    constexpr std::size_t size = 100'000;
    const std::string path = temporary / "sparse";
    std::ofstream(path) << "abc";
    fs::resize_file(path, size);
    const SharedMemory memory = SharedMemory::map_file(path, View::read_write);
    EXPECT_EQ(get(memory, 3), "abc");
    struct stat status {};
    ASSERT_EQ(::fstat(memory.descriptor(), &status), 0);
    EXPECT_GE(static_cast<std::size_t>(status.st_blocks) * 512, size);
}

}  // namespace

}  // namespace remoting::test
