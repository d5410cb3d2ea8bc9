// SPDX-License-Identifier: BSL-1.0
#include <remoting/errors/exceptions.hpp>
#include <remoting/serialization/limits.hpp>

#include <gmock/gmock.h>

#include <string>

namespace remoting {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::string complaint(const Limits& limits)
{
    try {
        limits.validate();
    } catch (const RemotingError& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
        EXPECT_EQ(error.executed(), Executed::no);
        return error.cause();
    }
    return "";
}

TEST(Limits, HaveTheDocumentedDefaults)
{
    const Limits limits;
    EXPECT_EQ(limits.message_size, 4'194'304U);
    EXPECT_EQ(limits.header_size, 16'384U);
    EXPECT_EQ(limits.unauthenticated_size, 4096U);
    EXPECT_EQ(limits.unauthenticated_time, 10s);
    EXPECT_EQ(limits.unauthenticated_connections, 64U);
    EXPECT_EQ(limits.call_depth, 64U);
    EXPECT_EQ(limits.decode.depth, 64U);
    EXPECT_EQ(limits.decode.memory_factor, 16U);
    EXPECT_EQ(limits.decode.memory_base, 65'536U);
    EXPECT_EQ(limits.requests_in_flight, 1024U);
    EXPECT_EQ(limits.connections, 10'000U);
    EXPECT_EQ(limits.subscriptions, 1024U);
    EXPECT_EQ(limits.event_queue, 4096U);
    EXPECT_EQ(limits.write_stall, 30s);
    EXPECT_EQ(limits.ping_interval, 30s);
    EXPECT_EQ(limits.ping_timeout, 10s);
    EXPECT_EQ(limits.drain, 30s);
    EXPECT_EQ(complaint(limits), "");
}

TEST(Limits, RefuseAMessageSizeOutsideItsRange)
{
    Limits limits;
    limits.header_size = limits.unauthenticated_size = 256;
    limits.message_size = 256;
    EXPECT_EQ(complaint(limits), "");
    limits.message_size = std::size_t{1} << 30;
    EXPECT_EQ(complaint(limits), "");
    limits.message_size = (std::size_t{1} << 30) + 1;
    EXPECT_THAT(complaint(limits), HasSubstr("message_size is 1073741825; it must be from 256 to 1073741824"));
    limits.message_size = 255;
    EXPECT_THAT(complaint(limits), HasSubstr("message_size is 255"));
}

TEST(Limits, RefuseAHeaderThatIsLargerThanAMessage)
{
    Limits limits;
    limits.header_size = limits.message_size + 1;
    EXPECT_THAT(complaint(limits), HasSubstr("header_size"));
}

TEST(Limits, RefuseZeroAndNameTheLimit)
{
    const auto complaint_after = [](auto change) {
        Limits limits;
        change(limits);
        return complaint(limits);
    };
    EXPECT_THAT(complaint_after([](Limits& l) { l.unauthenticated_size = 0; }), HasSubstr("unauthenticated_size"));
    EXPECT_THAT(complaint_after([](Limits& l) { l.unauthenticated_time = 0ms; }), HasSubstr("unauthenticated_time"));
    EXPECT_THAT(complaint_after([](Limits& l) { l.unauthenticated_connections = 0; }),
                HasSubstr("unauthenticated_connections"));
    EXPECT_THAT(complaint_after([](Limits& l) { l.call_depth = 0; }), HasSubstr("call_depth"));
    EXPECT_THAT(complaint_after([](Limits& l) { l.decode.depth = 0; }), HasSubstr("decode.depth"));
    EXPECT_THAT(complaint_after([](Limits& l) { l.decode.depth = 1001; }), HasSubstr("decode.depth"));
    EXPECT_THAT(complaint_after([](Limits& l) { l.decode.memory_factor = 0; }), HasSubstr("decode.memory_factor"));
    EXPECT_THAT(complaint_after([](Limits& l) { l.requests_in_flight = 0; }), HasSubstr("requests_in_flight"));
    EXPECT_THAT(complaint_after([](Limits& l) { l.connections = 0; }), HasSubstr("connections"));
    EXPECT_THAT(complaint_after([](Limits& l) { l.subscriptions = 10'000'001; }), HasSubstr("subscriptions"));
    EXPECT_THAT(complaint_after([](Limits& l) { l.event_queue = 0; }), HasSubstr("event_queue"));
    EXPECT_THAT(complaint_after([](Limits& l) { l.write_stall = 0ms; }), HasSubstr("write_stall"));
    EXPECT_THAT(complaint_after([](Limits& l) { l.ping_interval = -1s; }), HasSubstr("ping_interval is -1000 ms"));
    EXPECT_THAT(complaint_after([](Limits& l) { l.ping_timeout = 0ms; }), HasSubstr("ping_timeout"));
    EXPECT_THAT(complaint_after([](Limits& l) { l.drain = 25h; }), HasSubstr("drain"));
}

}  // namespace
}  // namespace remoting
