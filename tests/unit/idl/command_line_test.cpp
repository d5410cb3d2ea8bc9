// SPDX-License-Identifier: BSL-1.0
#include "output_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

// The program itself, in a folder of its own.

namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

struct Result {
    int status;
    std::string output;
    std::string errors;
};

class TheCompiler : public testing::Test {
protected:
    void SetUp() override
    {
        std::string name = (fs::temp_directory_path() / "remoting-idl-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { fs::remove_all(folder_); }

    void write(const std::string& name, const std::string& text) const
    {
        fs::create_directories((folder_ / name).parent_path());
        std::ofstream(folder_ / name, std::ios::binary) << text;
    }

    std::string read(const std::string& name) const
    {
        std::ifstream stream(folder_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    }

    Result run(const std::string& arguments) const
    {
        const std::string command =
            "cd '" + folder_.string() + "' && '" REMOTING_IDL_PROGRAM "' " + arguments + " >stdout.txt 2>stderr.txt";
        const int status = std::system(command.c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read("stdout.txt"), read("stderr.txt")};
    }

    fs::path folder_;
};

TEST_F(TheCompiler, WritesFourFilesAndADepfile)
{
    write("bank.idl", "namespace bank; import \"money.idl\"; struct S { money.M m; }");
    write("lib/money.idl", "namespace money; struct M {}");

    const Result result = run("generate --output-dir out/deep --include-dir lib --depfile out/bank.d bank.idl");

    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.errors, "");
    EXPECT_THAT(read("out/deep/bank.remoting.hpp"), HasSubstr("#include \"money.remoting.hpp\""));
    EXPECT_TRUE(fs::exists(folder_ / "out/deep/bank.remoting.serialization.hpp"));
    EXPECT_TRUE(fs::exists(folder_ / "out/deep/bank.remoting.cpp"));
    EXPECT_TRUE(fs::exists(folder_ / "out/deep/bank.remoting.async.hpp"));
    EXPECT_EQ(read("out/bank.d"),
              "out/deep/bank.remoting.hpp out/deep/bank.remoting.serialization.hpp out/deep/bank.remoting.cpp "
              "out/deep/bank.remoting.async.hpp: \\\n"
              "  lib/money.idl \\\n  bank.idl\n");
}

TEST_F(TheCompiler, LeavesAFileAloneThatWouldNotChange)
{
    write("a.idl", "namespace a; struct S { int32 x; }");
    ASSERT_EQ(run("generate a.idl").status, 0);
    const auto long_ago = fs::file_time_type() + std::chrono::hours(1);
    fs::last_write_time(folder_ / "a.remoting.hpp", long_ago);
    fs::last_write_time(folder_ / "a.remoting.cpp", long_ago);

    write("a.idl", "namespace a;\n\nstruct S { int32 x; } // a comment");
    ASSERT_EQ(run("generate a.idl").status, 0);
    EXPECT_EQ(fs::last_write_time(folder_ / "a.remoting.hpp"), long_ago);

    write("a.idl", "namespace a; struct S { int64 x; }");
    ASSERT_EQ(run("generate a.idl").status, 0);
    EXPECT_NE(fs::last_write_time(folder_ / "a.remoting.hpp"), long_ago);
    EXPECT_EQ(fs::last_write_time(folder_ / "a.remoting.cpp"), long_ago);
}

TEST_F(TheCompiler, WritesNothingAndExitsWithOneWhenAFileHasErrors)
{
    write("good.idl", "namespace good; struct S {}");
    write("bad.idl", "namespace bad; struct S { Unknown x; }");

    const Result result = run("generate good.idl bad.idl");

    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.errors,
              "bad.idl:1:27: error: unknown type 'Unknown'\nnamespace bad; struct S { Unknown x; }\n"
              "                          ^~~~~~~\n");
    EXPECT_FALSE(fs::exists(folder_ / "good.remoting.hpp"));
}

TEST_F(TheCompiler, SaysOnceWhatIsWrongWithAFileThatSeveralImport)
{
    write("shared.idl", "namespace shared; struct S { Unknown x; }");
    write("a.idl", "namespace a; import \"shared.idl\";");
    write("b.idl", "namespace b; import \"shared.idl\";");

    const std::string errors = run("generate a.idl b.idl").errors;

    EXPECT_NE(errors, "");
    EXPECT_EQ(errors.find("error:"), errors.rfind("error:"));
}

TEST_F(TheCompiler, PrintsWarningsAndSucceeds)
{
    write("a.idl", "namespace a; [fancy] struct S {}");

    const Result result = run("generate a.idl");

    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.errors, HasSubstr("a.idl:1:15: warning: unknown attribute 'fancy' is ignored"));
    EXPECT_TRUE(fs::exists(folder_ / "a.remoting.hpp"));
}

TEST_F(TheCompiler, SilencesWarningsByName)
{
    write("a.idl", "namespace a; import \"b.idl\"; [fancy] struct S {}");
    write("b.idl", "namespace b;");

    EXPECT_THAT(run("generate a.idl").errors, HasSubstr("[-Wunused-import]"));
    EXPECT_THAT(run("generate a.idl -Wno-unused-import").errors, Not(HasSubstr("[-Wunused-import]")));
    EXPECT_THAT(run("generate a.idl -Wno-unused-import").errors, HasSubstr("[-Wunknown-attribute]"));
    EXPECT_EQ(run("generate -Wno-unused-import -Wno-unknown-attribute a.idl").errors, "");
    EXPECT_EQ(run("generate -Wno-everything a.idl").status, 2);
    EXPECT_THAT(run("generate -Wno-everything a.idl").errors, HasSubstr("-Wno-unknown-attribute"));
}

TEST_F(TheCompiler, ExitsWithTwoWhenItCannotRun)
{
    write("a.idl", "namespace a;");
    write("x/a.idl", "namespace a;");
    write("file", "");

    EXPECT_EQ(run("").status, 2);
    EXPECT_EQ(run("generate").status, 2);
    EXPECT_EQ(run("compile a.idl").status, 2);
    EXPECT_EQ(run("generate --unknown a.idl").status, 2);
    EXPECT_THAT(run("generate missing.idl").errors, HasSubstr("missing.idl: cannot be read"));
    EXPECT_EQ(run("generate missing.idl").status, 2);
    EXPECT_EQ(run("generate file").status, 2);
    EXPECT_EQ(run("generate .").status, 2);
    EXPECT_EQ(run("generate a.idl x/a.idl").status, 2);
    EXPECT_THAT(run("generate --output-dir file/below a.idl").errors,
                HasSubstr("cannot write file/below/a.remoting.hpp"));
    EXPECT_EQ(run("generate --output-dir file/below a.idl").status, 2);
}

TEST_F(TheCompiler, TellsItsVersionAndItsOptions)
{
    EXPECT_THAT(run("--version").output, testing::StartsWith("remoting-idl "));
    EXPECT_EQ(run("--version").status, 0);
    EXPECT_THAT(run("--help").output, HasSubstr("Exit status: 0"));
    EXPECT_THAT(run("generate --help").output, HasSubstr("--depfile"));
}

TEST(Depfile, EscapesWhatMakeWouldMisread)
{
    EXPECT_EQ(remoting::idl::depfile_rule({"a b", "c$d"}, {"e#f"}), "a\\ b c$$d: \\\n  e\\#f\n");
}

}  // namespace
