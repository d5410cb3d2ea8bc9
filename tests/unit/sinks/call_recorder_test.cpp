// SPDX-License-Identifier: BSL-1.0
#include "observed_call.hpp"

#include "errors.hpp"
#include "temporary_directory.hpp"

#include <remoting/sinks/call_recorder.hpp>

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace remoting::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string content_of(const std::string& name)
{
    std::ifstream file(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<RecordedCall> decode(const std::string& content)
{
    return decode_recorded_calls(std::as_bytes(std::span(content)));
}

class Recorder : public testing::Test {
protected:
    CallRecorderOptions options(std::size_t capacity = 1024)
    {
        return {.capacity = capacity, .file = file, .file_limit = limit, .now = [this] {
                    return Timestamp(std::chrono::duration_cast<Timestamp::duration>(clock.now().time_since_epoch()));
                }};
    }

    TemporaryDirectory directory;
    FakeClock clock;
    std::string file;
    std::uint64_t limit = 1 << 20;
};

TEST_F(Recorder, KeepsWhatACallWasAboutAndHowItEnded)
{
    CallRecorder recorder(options(), clock);
    ObservedCalls calls(recorder, clock);
    calls.context.set("traceparent", trace);
    calls.run("Add", 2ms);
    calls.on_server = true;
    EXPECT_THROW(
        calls.run_later("Post", 3ms, [] { throw RemotingError(ErrorCode::cancelled, Executed::no, "given up"); }),
        RemotingError);
    const auto seen = recorder.calls();
    ASSERT_EQ(seen.size(), 2U);
    const RecordedCall expected{Timestamp(1h + 2ms), 2ms, "probe.Probe.Add", "probe", "test://peer",
                                std::string(trace)};
    EXPECT_EQ(seen[0], expected);
    EXPECT_EQ(seen[1].method, "probe.Probe.Post");
    EXPECT_EQ(seen[1].took, 3ms);
    EXPECT_TRUE(seen[1].on_server);
    EXPECT_TRUE(seen[1].one_way);
    EXPECT_EQ(seen[1].code, ErrorCode::cancelled);
    EXPECT_EQ(seen[1].error, "given up");
    EXPECT_EQ(recorder.lost(), 0U);
}

TEST_F(Recorder, KeepsTheTypesOfServantsExceptionsButNotTheirTexts)
{
    CallRecorder recorder(options(), clock);
    ObservedCalls calls(recorder, clock);
    EXPECT_THROW(calls.run("Add", 1ms, [] { throw probe::Forbidden("the secret", 3); }), probe::Forbidden);
    EXPECT_THROW(calls.run("Add", 1ms, [] { throw std::runtime_error("the secret"); }), std::runtime_error);
    EXPECT_THROW(calls.run("Add", 1ms, [] { throw RemoteException("some::Error", "the secret"); }), RemoteException);
    const auto seen = recorder.calls();
    EXPECT_EQ(seen.at(0).error, "probe.Forbidden");
    EXPECT_EQ(seen.at(1).error, "std::runtime_error");
    EXPECT_EQ(seen.at(2).error, "some::Error");
}

TEST_F(Recorder, ForgetsTheOldestCallsWhenItIsFull)
{
    CallRecorder recorder(options(3), clock);
    ObservedCalls calls(recorder, clock);
    for (const char* const object : {"1", "2", "3", "4", "5"}) {
        calls.object = object;
        calls.run("Add", 1ms);
    }
    const auto seen = recorder.calls();
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(seen[0].object, "3");
    EXPECT_EQ(seen[2].object, "5");
}

TEST_F(Recorder, NeedsACapacity)
{
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] { CallRecorder(options(0), clock); });
}

TEST_F(Recorder, WritesAFileThatItsOwnerCanReadBack)
{
    file = directory / "calls";
    std::vector<RecordedCall> kept;
    {
        CallRecorder recorder(options(), clock);
        ObservedCalls calls(recorder, clock);
        calls.object = "not \xFF UTF-8";
        calls.run("Add", 2ms);
        EXPECT_THROW(calls.run("Refuse", 1ms, [] { throw probe::Refused("no"); }), probe::Refused);
        EXPECT_TRUE(recorder.flush());
        EXPECT_EQ(read_recorded_calls(file).size(), 2U);
        calls.run("Add", 5ms);
        kept = recorder.calls();
    }
    EXPECT_EQ(kept.at(0).object, "not ? UTF-8");
    EXPECT_EQ(read_recorded_calls(file), kept);
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(Recorder, KeepsTheFileBeforeWhenItBeginsANewOne)
{
    file = directory / "calls";
    for (const char* const object : {"1", "2", "3"}) {
        CallRecorder recorder(options(), clock);
        ObservedCalls calls(recorder, clock);
        calls.object = object;
        calls.run("Add", 1ms);
    }
    EXPECT_EQ(read_recorded_calls(file).at(0).object, "3");
    EXPECT_EQ(read_recorded_calls(file + ".1").at(0).object, "2");
}

TEST_F(Recorder, BeginsANewFileWhenOneIsFull)
{
    file = directory / "calls";
    limit = 500;
    {
        CallRecorder recorder(options(), clock);
        ObservedCalls calls(recorder, clock);
        for (int i = 0; i < 100; ++i) {
            calls.run("Add", 1ms);
        }
        EXPECT_EQ(recorder.lost(), 0U);
    }
    EXPECT_LE(std::filesystem::file_size(file), limit);
    EXPECT_LE(std::filesystem::file_size(file + ".1"), limit);
    EXPECT_GT(read_recorded_calls(file + ".1").size(), 2U);
}

TEST_F(Recorder, SaysSoWhenTheFileCannotBeMade)
{
    file = directory / "nowhere/calls";
    const auto error =
        expect_error(ErrorCode::resource_exhausted, Executed::no, [&] { CallRecorder(options(), clock); });
    EXPECT_TRUE(contains(error.cause(), file));
}

TEST_F(Recorder, CountsWhatItCouldNotWriteAndFailsNoCall)
{
    file = directory / "calls";
    limit = 1;
    CallRecorder recorder(options(), clock);
    ObservedCalls calls(recorder, clock);
    calls.run("Add", 1ms);
    std::filesystem::remove_all(directory.path());
    calls.run("Add", 1ms);
    EXPECT_EQ(recorder.lost(), 1U);
    EXPECT_EQ(recorder.calls().size(), 2U);
}

class RecordedFile : public Recorder {
protected:
    std::string recorded()
    {
        file = directory / "calls";
        {
            CallRecorder recorder(options(), clock);
            ObservedCalls calls(recorder, clock);
            calls.run("Add", 2ms);
            calls.run("Echo", 3ms);
        }
        return content_of(file);
    }
};

TEST_F(RecordedFile, ThatWasCutOffGivesTheCallsThatAreWhole)
{
    const std::string whole = recorded();
    std::size_t most = 0;
    for (std::size_t size = 8; size < whole.size(); ++size) {
        const std::size_t count = decode(whole.substr(0, size)).size();
        EXPECT_LT(count, 2U);
        EXPECT_GE(count, most);
        most = count;
    }
    EXPECT_EQ(decode(whole).size(), 2U);
}

TEST_F(RecordedFile, ThatIsDamagedIsRefused)
{
    const std::string whole = recorded();
    const auto expect_corrupt = [](const std::string& content) {
        expect_error(ErrorCode::storage_corrupt, Executed::no, [&] { decode(content); });
    };
    expect_corrupt("");
    expect_corrupt("RMCR");
    expect_corrupt("something else that is long enough");
    std::string newer = whole;
    newer[4] = 2;
    expect_corrupt(newer);
    std::string too_long = whole;
    too_long[11] = 1;
    expect_corrupt(too_long);
    std::string nothing = whole;
    nothing.replace(8, 4, 4, '\0');
    expect_corrupt(nothing);
    std::string negative = whole;
    negative[12 + 15] = '\x80';
    expect_corrupt(negative);
}

TEST_F(RecordedFile, WithAnyByteChangedIsReadOrRefused)
{
    const std::string whole = recorded();
    for (std::size_t i = 0; i < whole.size(); ++i) {
        for (const int difference : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
            std::string changed = whole;
            changed[i] = static_cast<char>(changed[i] ^ difference);
            try {
                EXPECT_LE(decode(changed).size(), 2U);
            } catch (const RemotingError& error) {
                EXPECT_EQ(error.code(), ErrorCode::storage_corrupt);
            }
        }
    }
}

TEST_F(RecordedFile, ThatIsNotThereIsSaidToBeMissing)
{
    expect_error(ErrorCode::object_not_found, Executed::no, [&] { read_recorded_calls(directory / "nothing"); });
}

}  // namespace
}  // namespace remoting::test
