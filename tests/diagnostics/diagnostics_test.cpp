// SPDX-License-Identifier: BSL-1.0
#include "diagnostics.hpp"
#include "loader.hpp"
#include "resolver.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace remoting::idl {
namespace {

const std::filesystem::path folder = DIAGNOSTICS_DIR;

std::string content_of(const std::filesystem::path& path)
{
    std::ifstream stream(path, std::ios::binary);
    EXPECT_TRUE(stream) << path;
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// Reads below the folder of the bad files, so that messages hold no path of this machine.
class FolderReader final : public FileReader {
public:
    std::optional<std::string> read(const std::string& path) override
    {
        return std::filesystem::is_regular_file(folder / path) ? std::optional(content_of(folder / path))
                                                               : std::nullopt;
    }
    std::string identity(const std::string& path) override { return path; }
};

struct Findings {
    std::string text;
    std::set<Rule> rules;
};

Findings compile(const std::string& name, FileReader& reader)
{
    Diagnostics diagnostics;
    const std::optional<LoadedFiles> files = load(name, {}, reader, diagnostics);
    EXPECT_TRUE(files) << name;
    resolve(*files, diagnostics);
    Findings findings;
    for (const std::string& text : diagnostics.render()) {
        findings.text += text;
    }
    for (const Diagnostic& diagnostic : diagnostics.all()) {
        findings.rules.insert(diagnostic.rule);
    }
    return findings;
}

std::vector<std::string> bad_files()
{
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".idl") {
            names.push_back(entry.path().stem().string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

class BadFile : public testing::TestWithParam<std::string> {};

TEST_P(BadFile, IsReportedWordForWord)
{
    FolderReader reader;

    EXPECT_EQ(compile(GetParam() + ".idl", reader).text, content_of(folder / (GetParam() + ".err")));
}

INSTANTIATE_TEST_SUITE_P(Diagnostics, BadFile, testing::ValuesIn(bad_files()),
                         [](const testing::TestParamInfo<std::string>& bad) { return bad.param; });

class LargeFile final : public FileReader {
public:
    explicit LargeFile(std::size_t size) : text_("namespace a;" + std::string(size - 12, ' ')) {}

    std::optional<std::string> read(const std::string&) override { return text_; }
    std::string identity(const std::string& path) override { return path; }

private:
    std::string text_;
};

TEST(Diagnostics, SayWhenAFileIsTooLarge)
{
    LargeFile largest(SourceText::max_size);
    LargeFile too_large(SourceText::max_size + 1);

    EXPECT_EQ(compile("large.idl", largest).text, "");
    EXPECT_EQ(compile("large.idl", too_large).text, "large.idl:1:1: error: the file is larger than 4 MiB\n\n^\n");
}

TEST(Diagnostics, HaveABadFileForEveryRule)
{
    std::set<Rule> seen = {Rule::file_too_large};  // tested above
    FolderReader reader;
    for (const std::string& name : bad_files()) {
        seen.merge(compile(name + ".idl", reader).rules);
    }

    for (std::size_t index = 0; index < rule_count; ++index) {
        EXPECT_TRUE(seen.contains(static_cast<Rule>(index))) << "rule number " << index << " of diagnostics.hpp";
    }
}

}  // namespace
}  // namespace remoting::idl
