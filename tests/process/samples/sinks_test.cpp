// SPDX-License-Identifier: BSL-1.0
#include "errors.hpp"
#include "program.hpp"
#include "temporary_directory.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <regex>
#include <string>

namespace remoting::test {
namespace {

class SinksSample : public testing::TestWithParam<const char*> {
protected:
    SinksSample() { ::setenv("XDG_RUNTIME_DIR", directory_.path().c_str(), 1); }

private:
    TemporaryDirectory directory_;
};

std::string channel_of(const testing::TestParamInfo<const char*>& info)
{
    const std::string url = info.param;
    return url.substr(0, url.find(':'));
}

INSTANTIATE_TEST_SUITE_P(Channels, SinksSample, testing::Values("tcp://127.0.0.1:0", "pipe://sample"), channel_of);

void expect_line(const std::string& output, const std::string& pattern)
{
    EXPECT_TRUE(std::regex_search(output, std::regex("(^|\n)" + pattern + "\n"))) << pattern << "\nin\n" << output;
}

TEST_P(SinksSample, ShowsTracesThroughNestedCallsAndCountsOnBothSides)
{
    Program server({SINKS_SERVER, GetParam()});
    const std::string line = server.read_line();
    const std::string start = "listening on ";
    ASSERT_TRUE(line.starts_with(start)) << line;

    const Outcome client = run({SINKS_CLIENT, line.substr(start.size()), "24"});

    EXPECT_EQ(client.status, 0) << client.output;
    expect_line(client.output, "trace [0-9a-f]{32}");
    const std::string time = " +[0-9.]+ ms  ";
    expect_line(client.output, "shop\\.Shop\\.Order +client" + time +
                                   "ok\n"
                                   "  shop\\.Shop\\.Order +server" +
                                   time +
                                   "ok\n"
                                   "    shop\\.Stock\\.Take +client" +
                                   time +
                                   "ok\n"
                                   "      shop\\.Stock\\.Take +server" +
                                   time + "ok");
    expect_line(client.output, "shop\\.Shop\\.Order +client" + time +
                                   "failed\n"
                                   "  shop\\.Shop\\.Order +server" +
                                   time +
                                   "failed\n"
                                   "    shop\\.Stock\\.Take +client" +
                                   time +
                                   "failed\n"
                                   "      shop\\.Stock\\.Take +server" +
                                   time + "failed");
    expect_line(client.output, "the shop says: that was the last tea");
    expect_line(client.output, "cocoa is sold out: 2 left");
    expect_line(client.output, "shop\\.Shop\\.Order +client +24 .* 4 user_exception");
    expect_line(client.output,
                "first failure: shop\\.Shop\\.Order on 'shop': user_exception \\(shop\\.SoldOut\\), "
                "00-[0-9a-f]{32}-[0-9a-f]{16}-01");
    server.signal(SIGTERM);
    const std::string counted = server.read_all();
    expect_line(counted, "shop\\.Shop\\.Order +server +24 .* 4 user_exception");
    expect_line(counted, "shop\\.Stock\\.Take +client +24 .* 4 user_exception");
    expect_line(counted, "shop\\.Stock\\.Take +server +24 .* 4 user_exception");
    EXPECT_TRUE(counted.ends_with("\nstopped\n")) << counted;
    EXPECT_EQ(server.wait(), 0);
}

}  // namespace
}  // namespace remoting::test
