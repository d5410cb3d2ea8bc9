// SPDX-License-Identifier: BSL-1.0
#include "processes.hpp"

#include "errors.hpp"

#include <string>
#include <vector>

// remoting-call against a server of another process.

namespace remoting::test {
namespace {

class CallTool : public testing::Test {
protected:
    /// The lines it prints; the last one is its exit status.
    std::vector<std::string> run(std::vector<std::string> arguments)
    {
        arguments.insert(arguments.begin(), CALL_TOOL);
        ChildProcess tool(arguments);
        std::vector<std::string> lines;
        while (const auto line = tool.read_line()) {
            lines.push_back(*line);
        }
        const auto status = tool.wait();
        lines.push_back(status ? std::to_string(*status) : "it goes on");
        return lines;
    }
    using Lines = std::vector<std::string>;

    ServerProcess server_{"tcp://127.0.0.1:0"};
};

TEST_F(CallTool, ListsObjectsAndMethods)
{
    EXPECT_EQ(run({server_.url()}), (Lines{"control  contract.Control", "0"}));
    const Lines methods = run({server_.control_url()});
    ASSERT_GT(methods.size(), 3U);
    EXPECT_EQ(methods[0], "contract.Control");
    EXPECT_NE(std::find(methods.begin(), methods.end(), "    int32 Add(int32 a, int32 b)"), methods.end());
    EXPECT_EQ(methods.back(), "0");
}

TEST_F(CallTool, CallsMethodsWithJson)
{
    EXPECT_EQ(run({server_.control_url(), "Add", R"({"a": 2, "b": 3})"}), (Lines{"5", "0"}));
    EXPECT_EQ(run({server_.control_url(), "Add", "[2, 3]", "--deadline", "20s"}), (Lines{"5", "0"}));
    EXPECT_EQ(run({server_.control_url(), "Swap", R"(["x", "y"])"}),
              (Lines{R"({"result": null, "outputs": {"a": "y", "b": "x"}})", "0"}));
    EXPECT_EQ(run({server_.control_url(), "Fill", "[3]"}), (Lines{R"("ZmZm")", "0"}));
}

TEST_F(CallTool, SaysByItsExitStatusWhatWentWrong)
{
    EXPECT_EQ(run({server_.control_url(), "Add", R"({"a": "two", "b": 3})"}), (Lines{"2"}));
    EXPECT_EQ(run({server_.control_url(), "Add", "{"}), (Lines{"2"}));
    EXPECT_EQ(run({server_.control_url(), "Nothing"}), (Lines{"3"}));
    EXPECT_EQ(run({at(server_.url(), "nothing"), "Add", "[1, 2]"}), (Lines{"3"}));
    EXPECT_EQ(run({server_.control_url(), "Add", "[1, 2]", "--deadline", "soon"}), (Lines{"2"}));
    EXPECT_EQ(run({}), (Lines{"2"}));
}

}  // namespace
}  // namespace remoting::test
