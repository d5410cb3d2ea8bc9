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

TEST_F(TheCompiler, WritesItsFilesAndADepfile)
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
              "out/deep/bank.remoting.async.hpp out/deep/bank.remoting.mock.hpp: \\\n"
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

TEST_F(TheCompiler, FormatsFilesInPlaceOrOnlyChecksThem)
{
    write("a.idl", "namespace a;   struct S {}");
    write("broken.idl", "namespace a; struct S { int32 }");

    EXPECT_EQ(run("format --check a.idl").status, 1);
    EXPECT_THAT(run("format --check a.idl").output, HasSubstr("a.idl: would be formatted"));
    EXPECT_EQ(read("a.idl"), "namespace a;   struct S {}");
    EXPECT_EQ(run("format a.idl").status, 0);
    EXPECT_EQ(read("a.idl"), "namespace a;\nstruct S {}\n");
    EXPECT_EQ(run("format --check a.idl").status, 0);
    EXPECT_EQ(run("format broken.idl").status, 1);
    EXPECT_EQ(read("broken.idl"), "namespace a; struct S { int32 }");
    EXPECT_EQ(run("format missing.idl").status, 2);
}

TEST_F(TheCompiler, DescribesTheModelAsJson)
{
    write("a.idl",
          "namespace a; import \"b.idl\"; /// Doc \"quoted\".\nstruct S<T> { list<T?> x; b.E e = b.E.A; [secret] uuid u"
          " = \"01234567-89ab-cdef-0123-456789abcdef\"; }");
    write("b.idl", "namespace b; enum E : int8 { A = -1 }");

    const Result result = run("describe --json a.idl");

    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.output,
                testing::StartsWith("{\n  \"format\": 1,\n  \"modules\": [\n    {\n      \"file\": \"b.idl\""));
    EXPECT_THAT(result.output, HasSubstr("\"value\": -1"));
    EXPECT_THAT(result.output, HasSubstr("\"Doc \\\"quoted\\\".\""));
    EXPECT_THAT(result.output, HasSubstr("\"text\": \"list<T?>\""));
    EXPECT_THAT(result.output, HasSubstr("\"default\": \"A\""));
    EXPECT_THAT(result.output, HasSubstr("\"default\": \"01234567-89ab-cdef-0123-456789abcdef\""));
    EXPECT_EQ(run("describe --json missing.idl").status, 2);
    EXPECT_EQ(run("describe a.idl").status, 2);
}

TEST_F(TheCompiler, WritesAStarterOnce)
{
    write("a.idl",
          "namespace a; /// An account.\ninterface Account { constructor(string owner); void Note(string text); }");

    EXPECT_EQ(run("starter --output-dir out a.idl").status, 0);
    const std::string text = read("out/a_servants.hpp");
    EXPECT_THAT(text, HasSubstr("class AccountServant final : public Account {"));
    EXPECT_THAT(text, HasSubstr("explicit AccountServant(std::string /*owner*/) {}"));
    EXPECT_THAT(text, HasSubstr("void Note(const std::string& /*text*/) override"));
    EXPECT_EQ(run("starter --output-dir out a.idl").status, 2);
    EXPECT_EQ(read("out/a_servants.hpp"), text);
}

TEST_F(TheCompiler, ChecksWhatAChangeBreaks)
{
    write("old.idl", "namespace a; struct S { int32 x; }");
    write("safe.idl", "namespace a; struct S { int32 x; int32 y; }");
    write("source.idl", "namespace a; struct S { int32 y; }");
    write("wire.idl", "namespace a; struct S { string x; }");
    write("bad.idl", "namespace a; struct S { Unknown x; }");

    EXPECT_EQ(run("check old.idl old.idl").status, 0);
    EXPECT_EQ(run("check old.idl old.idl").output, "");
    EXPECT_EQ(run("check old.idl safe.idl").status, 0);
    EXPECT_THAT(run("check old.idl safe.idl").output, testing::StartsWith("safe: a.S.y: "));
    EXPECT_EQ(run("check old.idl source.idl").status, 3);
    EXPECT_EQ(run("check old.idl wire.idl").status, 4);
    EXPECT_EQ(run("check old.idl bad.idl").status, 1);
    EXPECT_EQ(run("check old.idl").status, 2);
    EXPECT_EQ(run("check old.idl missing.idl").status, 2);
}

TEST_F(TheCompiler, ChecksAgainstAGitRevision)
{
    const auto git = [&](const std::string& arguments) {
        const std::string command =
            "cd '" + folder_.string() + "' && git -c user.name=t -c user.email=t@t " + arguments + " >git.txt 2>&1";
        return std::system(command.c_str());
    };
    if (git("init -q .") != 0) {
        FAIL() << "the test needs git: " << read("git.txt");
    }
    write("x/a.idl", "namespace a; import \"b.idl\"; struct S { b.T t; }");
    write("x/b.idl", "namespace b; struct T { int32 x; }");
    ASSERT_EQ(git("add x"), 0);
    ASSERT_EQ(git("commit -q -m first"), 0);

    EXPECT_EQ(run("check --against HEAD x/a.idl").status, 0);
    write("x/b.idl", "namespace b; struct T { string x; }");
    EXPECT_EQ(run("check --against HEAD x/a.idl").status, 4);
    EXPECT_THAT(run("check --against HEAD x/a.idl").output, HasSubstr("breaks wire: b.T.x"));
    EXPECT_EQ(run("check --against 'no such; revision' x/a.idl").status, 2);
}

TEST_F(TheCompiler, WritesTheSameInEveryFolderAndLocale)
{
    const std::string text = "namespace a; const double D = 1234567.5; struct S { double x = 0.1; }";
    write("one/a.idl", text);
    write("two/deeper/a.idl", text);

    EXPECT_EQ(run("generate --output-dir out1 one/a.idl").status, 0);
    ::setenv("LC_ALL", "de_DE.UTF-8", 1);
    EXPECT_EQ(run("generate --output-dir out2 '" + (folder_ / "two/deeper/a.idl").string() + "'").status, 0);
    ::unsetenv("LC_ALL");

    for (const auto& entry : fs::directory_iterator(folder_ / "out1")) {
        const std::string name = entry.path().filename().string();
        EXPECT_EQ(read("out1/" + name), read("out2/" + name)) << name;
    }
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
