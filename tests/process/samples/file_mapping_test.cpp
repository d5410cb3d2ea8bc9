// SPDX-License-Identifier: BSL-1.0
#include "errors.hpp"
#include "program.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace remoting::test {
namespace {

/// The programs of samples/09_file_mapping, under a name of the test's own.
class FileMappingSample : public testing::Test {
protected:
    static bool exists(const std::string& file)
    {
        return std::filesystem::exists("/dev/shm/remoting-" + std::to_string(::geteuid()) + "/" + file);
    }
    const std::string name_ = "remoting-test-" + std::to_string(::getpid());
};

TEST_F(FileMappingSample, BringsTheMessageFromTheFirstProcess)
{
    Program first({MAPPING_FIRST, name_});
    ASSERT_EQ(first.read_line(), "waiting for a reader");
    EXPECT_EQ(run({MAPPING_SECOND, name_}).output, "Message from the first process\n");
    EXPECT_EQ(first.read_all(), "it was read\n");
    EXPECT_EQ(first.wait(), 0);
    const Outcome late = run({MAPPING_SECOND, name_});
    EXPECT_EQ(late.status, 1);
    EXPECT_TRUE(contains(late.output, "object_not_found")) << late.output;
    EXPECT_FALSE(exists("m-" + name_) || exists("e-" + name_)) << "names go with the last handle";
}

TEST_F(FileMappingSample, HasOneFirstProcessAndANewOneAfterItWasKilled)
{
    Program first({MAPPING_FIRST, name_});
    ASSERT_EQ(first.read_line(), "waiting for a reader");
    EXPECT_TRUE(contains(run({MAPPING_FIRST, name_}).output, "name_in_use"));
    first.signal(SIGKILL);
    EXPECT_EQ(first.wait(), -1);
    EXPECT_TRUE(contains(run({MAPPING_SECOND, name_}).output, "object_not_found"));
    Program again({MAPPING_FIRST, name_});
    ASSERT_EQ(again.read_line(), "waiting for a reader");
    EXPECT_EQ(run({MAPPING_SECOND, name_}).output, "Message from the first process\n");
    EXPECT_EQ(again.wait(), 0);
}

TEST_F(FileMappingSample, RefusesNamesThatArePaths)
{
    EXPECT_TRUE(contains(run({MAPPING_FIRST, "../x"}).output, "invalid_url"));
    EXPECT_TRUE(contains(run({MAPPING_SECOND, "/dev/shm/x"}).output, "invalid_url"));
}

TEST_F(FileMappingSample, SharesFramesWithSeveralReadersAndLetsOneOfThemDie)
{
    Program producer({CAMERA_PRODUCER, name_, "60", "4"});
    ASSERT_EQ(producer.read_line(), "producing " + name_);
    Program first({CAMERA_READER, name_});
    Program second({CAMERA_READER, name_});
    Program third({CAMERA_READER, name_});
    Program doomed({CAMERA_READER, name_});
    for (Program* reader : {&first, &second, &third, &doomed}) {
        ASSERT_EQ(reader->read_line(), "reading " + name_);
    }
    doomed.signal(SIGKILL);
    EXPECT_EQ(doomed.wait(), -1);
    for (Program* reader : {&first, &second, &third}) {
        const std::string line = reader->read_all();
        EXPECT_TRUE(line.starts_with("whole ")) << line;
        EXPECT_FALSE(line.starts_with("whole 0,")) << line;
        EXPECT_TRUE(contains(line, ", torn 0, ")) << line;
        EXPECT_EQ(reader->wait(), 0);
    }
    EXPECT_TRUE(producer.read_all().starts_with("produced 60 frames"));
    EXPECT_EQ(producer.wait(), 0);
    EXPECT_FALSE(exists("m-" + name_));
}

}  // namespace
}  // namespace remoting::test
