// SPDX-License-Identifier: BSL-1.0
#include "mirror.hpp"
#include "errors.hpp"
#include "sha256.hpp"
#include "temporary_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace files {
namespace {

using remoting::test::contains;
using remoting::test::TemporaryDirectory;

remoting::Bytes sum_of(const std::string& content)
{
    Sha256 sha256;
    sha256.add(std::as_bytes(std::span(content)));
    return sha256.finish();
}

struct ScriptedFile final : File {
    std::string content;
    remoting::Bytes checksum;

    remoting::Bytes Read(std::uint64_t offset, std::uint32_t) override
    {
        return remoting::Bytes(std::string_view(content).substr(std::min<std::size_t>(offset, content.size())));
    }
    remoting::Bytes Checksum() override { return checksum; }
};

/// A server that answers as a test says, however wrong that is.
struct ScriptedService final : FileService {
    Page page;
    std::function<std::shared_ptr<File>()> open;

    Entry Describe(const std::string&) override { return {}; }
    Page List(const std::string& folder, const std::string&) override { return folder.empty() ? page : Page(); }
    std::shared_ptr<File> Open(const std::string&) override { return open(); }
    std::vector<Match> Search(const std::string&, const std::string&, std::uint32_t) override { return {}; }
};

Entry file_entry(const std::string& name, std::uint64_t size)
{
    Entry entry;
    entry.name = name;
    entry.size = size;
    return entry;
}

Entry link_entry(const std::string& name, const std::string& target)
{
    Entry entry;
    entry.name = name;
    entry.kind = Kind::Link;
    entry.target = target;
    return entry;
}

class AMirror : public testing::Test {
protected:
    AMirror() { std::filesystem::create_directory(destination()); }

    std::filesystem::path destination() const { return directory_ / "mirror"; }
    MirrorReport copy()
    {
        return Mirror(service, destination(), [](const MirrorReport&) {}).copy("");
    }
    void serve(const std::string& content, const remoting::Bytes& checksum)
    {
        service->open = [=] {
            auto file = std::make_shared<ScriptedFile>();
            file->content = content;
            file->checksum = checksum;
            return file;
        };
    }

    const std::shared_ptr<ScriptedService> service = std::make_shared<ScriptedService>();

private:
    TemporaryDirectory directory_;
};

TEST_F(AMirror, CountsWhatItCopies)
{
    service->page.entries = {file_entry("a", 3), link_entry("b", "a")};
    serve("abc", sum_of("abc"));

    const MirrorReport report = copy();

    EXPECT_EQ(report.files, 1U);
    EXPECT_EQ(report.bytes, 3U);
    EXPECT_EQ(report.links, 1U);
    EXPECT_TRUE(report.failed.empty());
}

TEST_F(AMirror, ReportsAChecksumThatDiffers)
{
    service->page.entries = {file_entry("a", 3)};
    serve("abc", sum_of("abd"));

    EXPECT_EQ(copy().failed.size(), 1U);
}

TEST_F(AMirror, ReportsAFileThatIsShorterOrLongerThanListed)
{
    service->page.entries = {file_entry("a", 4), file_entry("b", 2)};
    serve("abc", sum_of("abcd"));

    EXPECT_EQ(copy().failed.size(), 2U);
}

TEST_F(AMirror, GoesOnBehindFilesThatCannotBeRead)
{
    service->page.entries = {file_entry("a", 1), file_entry("b", 1)};
    service->open = []() -> std::shared_ptr<File> { throw NotPermitted("a", "no"); };

    const MirrorReport report = copy();

    EXPECT_EQ(report.skipped, (std::vector<std::string>{"a: no", "b: no"}));
    EXPECT_TRUE(report.failed.empty());
}

TEST_F(AMirror, WritesNowhereElse)
{
    for (const std::string name : {"../out", "..", ".", "", "a/b", "/out"}) {
        service->page.entries = {file_entry(name, 0)};
        serve("", sum_of(""));

        EXPECT_THROW(copy(), std::runtime_error) << name;
        EXPECT_TRUE(std::filesystem::is_empty(destination())) << name;
    }
}

TEST_F(AMirror, MakesNoLinkThatLeavesTheTree)
{
    service->page.entries = {link_entry("a", "/etc/passwd"), link_entry("b", "../x"), link_entry("c", "d/../../x")};

    const MirrorReport report = copy();

    EXPECT_EQ(report.links, 0U);
    EXPECT_EQ(report.skipped.size(), 3U);
    EXPECT_TRUE(std::filesystem::is_empty(destination()));
}

TEST_F(AMirror, DoesNotListForEver)
{
    service->page.entries = {link_entry("a", "x")};
    service->page.more = true;

    EXPECT_THROW(copy(), std::runtime_error);
}

}  // namespace
}  // namespace files
