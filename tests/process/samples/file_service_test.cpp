// SPDX-License-Identifier: BSL-1.0
#include "file_service.hpp"
#include "errors.hpp"
#include "sha256.hpp"
#include "temporary_directory.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <string>

namespace files {
namespace {

using remoting::test::TemporaryDirectory;
using remoting::test::thrown;

constexpr uid_t nobody = 65534;

/// This thread is somebody whom permissions concern while this lives, even if root runs the test.
class WithoutPrivilege final {
public:
    WithoutPrivilege()
    {
        if (own_ == 0) {
            syscall(SYS_setresuid, -1, nobody, -1);
        }
    }
    ~WithoutPrivilege() { syscall(SYS_setresuid, -1, own_, -1); }
    WithoutPrivilege(const WithoutPrivilege&) = delete;
    WithoutPrivilege& operator=(const WithoutPrivilege&) = delete;

private:
    const uid_t own_ = geteuid();
};

class AFileService : public testing::Test {
protected:
    AFileService()
    {
        chmod(directory_.path().c_str(), 0755);
        std::filesystem::create_directory(root());
        write("text", "one\ntwo\nthree\n");
        write("folder/inner", "two inside\n");
        std::ofstream(directory_ / "secret") << "two secret\n";
        service_ = std::make_shared<TreeFileService>(root());
    }

    std::string root() const { return directory_ / "root"; }
    void write(const std::string& name, const std::string& content) const
    {
        std::filesystem::create_directories(std::filesystem::path(root() + "/" + name).parent_path());
        std::ofstream(root() + "/" + name, std::ios::binary) << content;
    }
    void link(const std::string& target, const std::string& name) const
    {
        std::filesystem::create_symlink(target, root() + "/" + name);
    }
    FileService& service() { return *service_; }
    std::string content_of(const std::string& path)
    {
        return std::string(service_->Open(path)->Read(0, MaxRead).as_string_view());
    }

    TemporaryDirectory directory_;

private:
    std::shared_ptr<FileService> service_;
};

TEST_F(AFileService, ReadsPiecesAndNothingBehindTheEnd)
{
    const auto file = service().Open("text");

    EXPECT_EQ(file->Read(4, 3).as_string_view(), "two");
    EXPECT_EQ(file->Read(8, 100).as_string_view(), "three\n");
    EXPECT_TRUE(file->Read(14, 1).empty());
    EXPECT_TRUE(file->Read(std::numeric_limits<std::uint64_t>::max(), 1).empty());
}

TEST_F(AFileService, ReadsNoMoreThanItSaysAtOnce)
{
    write("large", std::string(MaxRead + 1, 'x'));

    EXPECT_EQ(service().Open("large")->Read(0, 0xFFFFFFFF).size(), MaxRead);
}

TEST_F(AFileService, SumsTheWholeFile)
{
    write("abc", "abc");

    EXPECT_EQ(hexadecimal(service().Open("abc")->Checksum()),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_F(AFileService, RefusesPathsThatLeaveTheRoot)
{
    for (const std::string path : {"..", "../secret", "folder/../../secret", "/etc/passwd", "/"}) {
        EXPECT_THROW(service().Open(path), OutsideRoot) << path;
        EXPECT_THROW(service().Describe(path), OutsideRoot) << path;
        EXPECT_THROW(service().List(path, ""), OutsideRoot) << path;
        EXPECT_THROW(service().Search(path, "two", 10), OutsideRoot) << path;
    }
}

TEST_F(AFileService, TakesPathsThatComeBackWithinTheRoot)
{
    EXPECT_EQ(content_of("folder/../text"), "one\ntwo\nthree\n");
    EXPECT_EQ(content_of("./folder//inner"), "two inside\n");
}

TEST_F(AFileService, FollowsLinksWithinTheRoot)
{
    link("../text", "folder/up");
    link("folder", "alias");

    EXPECT_EQ(content_of("folder/up"), "one\ntwo\nthree\n");
    EXPECT_EQ(content_of("alias/inner"), "two inside\n");
}

TEST_F(AFileService, RefusesLinksThatLeaveTheRoot)
{
    link("../secret", "relative");
    link(root() + "/text", "absolute");
    link("..", "parent");
    link("relative", "chain");

    for (const std::string path : {"relative", "absolute", "parent/secret", "chain"}) {
        EXPECT_THROW(service().Open(path), OutsideRoot) << path;
    }
    EXPECT_THROW(service().List("parent", ""), OutsideRoot);
}

TEST_F(AFileService, DescribesALinkInsteadOfFollowingIt)
{
    link("../secret", "relative");

    const Entry entry = service().Describe("relative");

    EXPECT_EQ(entry.kind, Kind::Link);
    EXPECT_EQ(entry.target, "../secret");
}

TEST_F(AFileService, SaysWhatIsNotThere)
{
    const std::string with_zero("text\0", 5);

    EXPECT_EQ(thrown<NotFound>([&] { service().Open("nope"); })->path, "nope");
    EXPECT_THROW(service().Open("text/below"), NotFound);
    EXPECT_THROW(service().Open(with_zero), NotFound);
    EXPECT_THROW(service().Open(std::string(10'000, 'x')), NotFound);
}

TEST_F(AFileService, SaysWhatIsOfTheWrongKind)
{
    EXPECT_EQ(thrown<WrongKind>([&] { service().Open("folder"); })->kind, Kind::Folder);
    EXPECT_EQ(thrown<WrongKind>([&] { service().List("text", ""); })->kind, Kind::File);
}

TEST_F(AFileService, DoesNotWaitForTheWriterOfAQueue)
{
    ASSERT_EQ(mkfifo((root() + "/queue").c_str(), 0666), 0);

    EXPECT_EQ(thrown<WrongKind>([&] { service().Open("queue"); })->kind, Kind::Other);
}

TEST_F(AFileService, SaysWhatIsNotPermitted)
{
    write("closed/file", "");
    chmod((root() + "/text").c_str(), 0);
    chmod((root() + "/closed").c_str(), 0);
    const WithoutPrivilege scope;

    EXPECT_THROW(service().Open("text"), NotPermitted);
    EXPECT_THROW(service().List("closed", ""), NotPermitted);
    EXPECT_THROW(service().Open("closed/file"), NotPermitted);
}

TEST_F(AFileService, ListsInOrderAndInPages)
{
    for (int i = 0; i < 2500; ++i) {
        write("many/" + std::to_string(100'000 + i), "");
    }

    std::vector<std::string> names;
    Page page;
    int pages = 0;
    do {
        page = service().List("many", names.empty() ? "" : names.back());
        for (const Entry& entry : page.entries) {
            names.push_back(entry.name);
        }
        ++pages;
    } while (page.more);

    EXPECT_EQ(pages, 3);
    EXPECT_EQ(names.size(), 2500U);
    EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
    EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

TEST_F(AFileService, CountsNamesThatAreNotUtf8)
{
    write("odd/\xff", "");
    write("odd/ä", "");

    const Page page = service().List("odd", "");

    EXPECT_EQ(page.unnamable, 1U);
    ASSERT_EQ(page.entries.size(), 1U);
    EXPECT_EQ(page.entries[0].name, "ä");
}

TEST_F(AFileService, FindsLinesAndNumbersThem)
{
    EXPECT_EQ(service().Search("", "two", 10),
              (std::vector{Match{"text", 2, "two"}, Match{"folder/inner", 1, "two inside"}}));
    EXPECT_EQ(service().Search("folder", "two", 10), (std::vector{Match{"folder/inner", 1, "two inside"}}));
}

TEST_F(AFileService, FindsNoMoreThanAskedFor)
{
    EXPECT_EQ(service().Search("", "", 2).size(), 2U);
    EXPECT_TRUE(service().Search("", "two", 0).empty());
}

TEST_F(AFileService, PassesOverWhatItCannotSearch)
{
    write("binary", std::string("two\0two", 7));
    write("closed", "two\n");
    link("../secret", "outside");
    chmod((root() + "/closed").c_str(), 0);
    const WithoutPrivilege scope;

    EXPECT_EQ(service().Search("", "two", 10).size(), 2U) << "text and folder/inner";
}

TEST_F(AFileService, MakesLinesFitToTravel)
{
    write("lines/latin1", "needle \xe4\r\n");
    write("lines/long", "needle" + std::string(193, 'x') + "äää\n");

    const auto matches = service().Search("lines", "needle", 10);

    ASSERT_EQ(matches.size(), 2U);
    EXPECT_EQ(matches[0].text, "needle ?");
    EXPECT_EQ(matches[1].text, "needle" + std::string(193, 'x')) << "not half of a character";
}

}  // namespace
}  // namespace files
