// SPDX-License-Identifier: BSL-1.0
#include "mailslot/envelope.hpp"
#include "mailslot/slot_address.hpp"

#include "errors.hpp"

#include <gtest/gtest.h>

#include <string>

namespace remoting::test {

namespace {

std::span<const std::byte> bytes(const std::string& text)
{
    return std::as_bytes(std::span(text));
}

TEST(Envelope, ComesOutAsItWentIn)
{
    const Envelope call{.is_call = true, .object = "o", .interface_name = "n.I", .method = "", .content = {}};
    const std::string message = call.encode_head() + "arguments";
    const auto read = Envelope::decode(bytes(message));
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->is_call);
    EXPECT_EQ(read->object, "o");
    EXPECT_EQ(read->interface_name, "n.I");
    EXPECT_EQ(read->method, "");
    EXPECT_EQ(read->content.size(), 9U);
    const std::string raw = Envelope{}.encode_head() + "raw";
    EXPECT_FALSE(Envelope::decode(bytes(raw))->is_call);
    EXPECT_EQ(Envelope::decode(bytes(raw))->content.size(), 3U);
}

TEST(Envelope, IsRefusedWhenItIsCutOrOfAnotherKind)
{
    const std::string head =
        Envelope{.is_call = true, .object = "object", .interface_name = "I", .method = "M", .content = {}}
            .encode_head();
    for (std::size_t size = 0; size < head.size(); ++size) {
        EXPECT_FALSE(Envelope::decode(bytes(head.substr(0, size)))) << size;
    }
    EXPECT_TRUE(Envelope::decode(bytes(head)));
    EXPECT_FALSE(Envelope::decode(bytes("\x03xyz")));
    expect_error(ErrorCode::limit_exceeded, Executed::no, [] {
        const std::string name(65'536, 'x');
        (void)Envelope{.is_call = true, .object = name, .interface_name = {}, .method = {}, .content = {}}
            .encode_head();
    });
}

TEST(SlotAddress, ComesFromANameOrAUrl)
{
    EXPECT_EQ(SlotAddress::parse("letters").endpoint.host, "letters");
    EXPECT_EQ(SlotAddress::parse("letters").text, "mailslot://./letters");
    const SlotAddress durable = SlotAddress::parse("mailslot://./letters/object?durable");
    EXPECT_TRUE(durable.is_durable);
    EXPECT_EQ(durable.text, "mailslot://./letters?durable");
    EXPECT_TRUE(SlotAddress::parse("let*").is_pattern);
}

TEST(SlotAddress, IsRefusedWhenItIsAPathOrElsewhere)
{
    for (const char* text :
         {"", "..", "a/b", ".a", "mailslot://.", "mailslot://./", "mailslot://./.a", "mailslot://./%2Fetc",
          "mailslot://./a%00", "mailslot://./..", "mailslot://*/a", "mailslot://host/a", "pipe://./a",
          "mailslot://./a?insecure", "mailslot://./a?durable=1", "mailslot://./a*?durable", "mailslot://.:5/a"}) {
        expect_error(ErrorCode::invalid_url, Executed::no, [&] { SlotAddress::parse(text); });
    }
    expect_error(ErrorCode::invalid_url, Executed::no, [] { SlotAddress::parse(std::string(65, 'x')); });
}

TEST(SlotPattern, MatchesWithStars)
{
    EXPECT_TRUE(matches("a*", "a"));
    EXPECT_TRUE(matches("*", "anything"));
    EXPECT_TRUE(matches("a*c*e", "abcde"));
    EXPECT_TRUE(matches("*ab", "aab"));
    EXPECT_FALSE(matches("a*", "ba"));
    EXPECT_FALSE(matches("a*c", "ab"));
    EXPECT_FALSE(matches("ab", "abc"));
    EXPECT_FALSE(matches("abc", "ab"));
}

}  // namespace

}  // namespace remoting::test
