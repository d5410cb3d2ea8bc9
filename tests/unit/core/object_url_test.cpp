// SPDX-License-Identifier: BSL-1.0
#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/object_url.hpp>

#include <gtest/gtest.h>

#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace remoting::test {

namespace {

struct GoodUrl {
    std::string text;
    std::string scheme;
    std::string host;
    std::string port;
    std::string object;
    std::map<std::string, std::string, std::less<>> options;
    std::string written;  ///< empty: as `text`
};

void PrintTo(const GoodUrl& url, std::ostream* stream)
{
    *stream << url.text;
}

class GoodUrls : public testing::TestWithParam<GoodUrl> {};
class BadUrls : public testing::TestWithParam<std::string> {};

}  // namespace

TEST_P(GoodUrls, ComeApart)
{
    const GoodUrl& expected = GetParam();
    const ObjectUrl url = ObjectUrl::parse(expected.text);
    EXPECT_EQ(url.scheme, expected.scheme);
    EXPECT_EQ(url.host, expected.host);
    EXPECT_EQ(url.port, expected.port);
    EXPECT_EQ(url.object, expected.object);
    EXPECT_EQ(url.options, expected.options);
}

TEST_P(GoodUrls, AreWrittenAsTheyWereReadAndReadAgainTheSame)
{
    const GoodUrl& expected = GetParam();
    const ObjectUrl url = ObjectUrl::parse(expected.text);
    EXPECT_EQ(url.to_string(), expected.written.empty() ? expected.text : expected.written);
    const ObjectUrl again = ObjectUrl::parse(url.to_string());
    EXPECT_EQ(again.scheme, url.scheme);
    EXPECT_EQ(again.host, url.host);
    EXPECT_EQ(again.port, url.port);
    EXPECT_EQ(again.object, url.object);
    EXPECT_EQ(again.options, url.options);
}

INSTANTIATE_TEST_SUITE_P(
    ObjectUrl, GoodUrls,
    testing::Values(
        GoodUrl{"tcp://127.0.0.1:6100/counter", "tcp", "127.0.0.1", "6100", "counter", {}, ""},
        GoodUrl{"tcp://127.0.0.1:6100", "tcp", "127.0.0.1", "6100", "", {}, ""},
        GoodUrl{"tcp://127.0.0.1:6100/", "tcp", "127.0.0.1", "6100", "", {}, "tcp://127.0.0.1:6100"},
        GoodUrl{"TCP://localhost:1/a", "tcp", "localhost", "1", "a", {}, "tcp://localhost:1/a"},
        GoodUrl{"tcp://[::1]:6100/counter", "tcp", "::1", "6100", "counter", {}, ""},
        GoodUrl{"tcp://[2001:db8::17]:6100", "tcp", "2001:db8::17", "6100", "", {}, ""},
        GoodUrl{"tcp://host:/x", "tcp", "host", "", "x", {}, "tcp://host/x"},
        GoodUrl{"pipe://bank/app/counter", "pipe", "bank", "", "app/counter", {}, ""},
        GoodUrl{"pipe://bank//counter", "pipe", "bank", "", "/counter", {}, ""},
        GoodUrl{"pipe://my.bank_1-a/x", "pipe", "my.bank_1-a", "", "x", {}, ""},
        GoodUrl{"tcp://h:1/a%20b", "tcp", "h", "1", "a b", {}, ""},
        GoodUrl{"tcp://h:1/%C3%A9t%C3%A9", "tcp", "h", "1", "\xC3\xA9t\xC3\xA9", {}, ""},
        GoodUrl{"tcp://h:1/50%25", "tcp", "h", "1", "50%", {}, ""},
        GoodUrl{"tcp://h:1/a%3Fb%23c", "tcp", "h", "1", "a?b#c", {}, ""},
        GoodUrl{"tcp://h:1/a%2Fb", "tcp", "h", "1", "a/b", {}, "tcp://h:1/a/b"},
        GoodUrl{"tcp://h:1/~new/bank.Account", "tcp", "h", "1", "~new/bank.Account", {}, ""},
        GoodUrl{"tcp://h:1/a;b=c,d@e:f", "tcp", "h", "1", "a;b=c,d@e:f", {}, ""},
        GoodUrl{"tcp://h:1/x?insecure", "tcp", "h", "1", "x", {{"insecure", ""}}, ""},
        GoodUrl{"tcp://h:1?insecure", "tcp", "h", "1", "", {{"insecure", ""}}, ""},
        GoodUrl{"tcp://h:1/x?insecure=", "tcp", "h", "1", "x", {{"insecure", ""}}, "tcp://h:1/x?insecure"},
        GoodUrl{"pipe://p/x?directory=/run/a", "pipe", "p", "", "x", {{"directory", "/run/a"}}, ""},
        GoodUrl{"pipe://p/x?directory=/a%20b%26c%3Dd%25", "pipe", "p", "", "x", {{"directory", "/a b&c=d%"}}, ""},
        GoodUrl{"pipe://p/x?directory=/a%2Bb%23c", "pipe", "p", "", "x", {{"directory", "/a+b#c"}}, ""},
        GoodUrl{"tcp://h:1/x?b=2&a=1", "tcp", "h", "1", "x", {{"a", "1"}, {"b", "2"}}, "tcp://h:1/x?a=1&b=2"},
        GoodUrl{"pipe://a%20b/x", "pipe", "a b", "", "x", {}, ""}));

TEST_P(BadUrls, AreRefusedWithTheTextAndAnExample)
{
    try {
        ObjectUrl::parse(GetParam());
        FAIL() << "was accepted";
    } catch (const RemotingError& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_url);
        EXPECT_EQ(error.executed(), Executed::no);
        EXPECT_NE(error.cause().find("'" + GetParam().substr(0, 100)), std::string::npos) << error.cause();
        EXPECT_NE(error.cause().find("tcp://127.0.0.1"), std::string::npos) << error.cause();
        EXPECT_LT(error.cause().size(), 600U);
    }
}

INSTANTIATE_TEST_SUITE_P(ObjectUrl, BadUrls,
                         testing::Values("tcp://127.0.0.1:39369xstore/a", "tcp://127.0.0.1:1:x", "tcp://127.0.0.1%00:1",
                                         "", "counter", "/counter", "tcp:", "tcp:/h/x", "tcp://", "tcp:///x",
                                         "tcp://:6100/x", "://h:1/x", "1tcp://h:1/x", "tcp://h:port/x", "tcp://[::1/x",
                                         "tcp://::1:6100/x", "tcp://[1::2::3]:1/x", "tcp://h:1/%zz", "tcp://h:1/%4",
                                         "tcp://h:1/a b", " tcp://h:1/x", "tcp://h:1/x\n", "tcp://user@h:1/x",
                                         "tcp://user:word@h:1/x", "tcp://h:1/x#part", "tcp://h:1/\x80",
                                         std::string("tcp://h:1/\0x", 12), "tcp://h:1/" + std::string(5000, '^')));

TEST(ObjectUrl, JoinsAnEndpointAndAnObject)
{
    EXPECT_EQ(join_url("tcp://h:1", "a b"), "tcp://h:1/a%20b");
    EXPECT_EQ(join_url("tcp://h:1?insecure", "x"), "tcp://h:1/x?insecure");
    EXPECT_EQ(join_url("tcp://h:1", ""), "tcp://h:1");
}

TEST(ObjectUrl, HasOneEndpointForAllObjectsOfAServer)
{
    EXPECT_EQ(ObjectUrl::parse("tcp://h:1/a?insecure").endpoint(), ObjectUrl::parse("tcp://h:1/b?insecure").endpoint());
    EXPECT_NE(ObjectUrl::parse("tcp://h:1/a").endpoint(), ObjectUrl::parse("tcp://h:1/a?insecure").endpoint());
}

TEST(ObjectUrl, HasANameBehindThisMachineOrAll)
{
    const ObjectUrl url = ObjectUrl::parse("mailslot://./letters/notes/all?durable");
    EXPECT_EQ(url.host, ".");
    EXPECT_EQ(url.name, "letters");
    EXPECT_EQ(url.object, "notes/all");
    EXPECT_EQ(url.endpoint(), "mailslot://./letters?durable");
    EXPECT_EQ(url.to_string(), "mailslot://./letters/notes/all?durable");
    EXPECT_EQ(ObjectUrl::parse("mailslot://*/letters").name, "letters");
    EXPECT_EQ(ObjectUrl::parse("mailslot://*/letters").object, "");
    EXPECT_EQ(ObjectUrl::parse("mailslot://./letter-*").to_string(), "mailslot://./letter-*");
    EXPECT_EQ(ObjectUrl::parse("mailslot://.").name, "");
    EXPECT_EQ(ObjectUrl::parse("pipe://letters/notes").name, "");
}

}  // namespace remoting::test
