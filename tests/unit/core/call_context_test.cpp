// SPDX-License-Identifier: BSL-1.0
#include "errors.hpp"

#include <remoting/messaging/call_context.hpp>
#include <remoting/messaging/context_codec.hpp>
#include <remoting/messaging/current_call.hpp>
#include <remoting/messaging/trace_parent.hpp>
#include <remoting/serialization/limits.hpp>

#include "fakes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace remoting::test {
namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view good_parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

Entries entries_of(const CallContext& context)
{
    Entries entries;
    for (const auto& entry : context) {
        entries.emplace_back(entry.key, entry.value);
    }
    return entries;
}

/// As it stands behind a payload of the three bytes "abc".
std::string wire_of(const CallContext& context)
{
    Buffer payload;
    payload.append(std::as_bytes(std::span("abc", 3)));
    append_context(payload, context);
    return {reinterpret_cast<const char*>(payload.data()), payload.size()};
}

std::string text(std::string_view content)
{
    return std::string{static_cast<char>(content.size() & 0xFFU), static_cast<char>(content.size() >> 8U)} +
           std::string(content);
}

/// "abc", and behind it `block` as a context.
std::string payload_with(const std::string& block)
{
    const std::string size{static_cast<char>(block.size() & 0xFFU), static_cast<char>(block.size() >> 8U)};
    return "abc" + block + size;
}

CallContext read(const std::string& wire, const Limits& limits = {})
{
    auto payload = std::as_bytes(std::span(wire));
    CallContext context = take_context(payload, limits);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(payload.data()), payload.size()), "abc");
    return context;
}

void expect_malformed(const std::string& wire)
{
    expect_error(ErrorCode::invalid_payload, Executed::no, [&] { read(wire); });
}

TEST(CallContextValue, KeepsWhatWasSetLastInTheOrderOfItsKeys)
{
    CallContext context{{"user", "ada"}, {"tenant", "blue"}};
    context.set("user", "bob");
    context.set("a", "");
    EXPECT_EQ(entries_of(context), (Entries{{"a", ""}, {"tenant", "blue"}, {"user", "bob"}}));
    EXPECT_EQ(*context.find("tenant"), "blue");
    EXPECT_EQ(context.find("tenan"), nullptr);
    EXPECT_TRUE(context.erase("tenant"));
    EXPECT_FALSE(context.erase("tenant"));
    EXPECT_EQ(context.size(), 2U);
}

TEST(CallContextValue, TakesOverWhatAnotherOneHas)
{
    CallContext context{{"user", "ada"}, {"tenant", "blue"}};
    context.merge({{"user", "bob"}, {"zone", "7"}});
    EXPECT_EQ(entries_of(context), (Entries{{"tenant", "blue"}, {"user", "bob"}, {"zone", "7"}}));
}

TEST(CallContextValue, HoldsSixtyFourEntriesAndNoMore)
{
    CallContext context;
    for (std::size_t i = 0; i < CallContext::entries_limit; ++i) {
        context.set("key" + std::to_string(i), "value");
    }
    expect_error(ErrorCode::limit_exceeded, Executed::no, [&] { context.set("one more", ""); });
    EXPECT_EQ(context.size(), CallContext::entries_limit);
    context.set("key7", "another value");
    EXPECT_EQ(entries_of(read(wire_of(context))), entries_of(context));
}

TEST(CallContextValue, HoldsEightKibibytesAndNotAByteMore)
{
    CallContext context;
    context.set("k", std::string(CallContext::size_limit - 5, 'v'));
    expect_error(ErrorCode::limit_exceeded, Executed::no,
                 [&] { context.set("k", std::string(CallContext::size_limit - 4, 'v')); });
    expect_error(ErrorCode::limit_exceeded, Executed::no, [&] { context.set("l", ""); });
    EXPECT_EQ(context.find("k")->size(), CallContext::size_limit - 5);
    EXPECT_EQ(entries_of(read(wire_of(context))), entries_of(context));
    context.set("k", "short");
    context.set("l", "");
}

TEST(CallContextValue, RefusesEmptyKeysTextThatIsNotUtf8AndMalformedTraces)
{
    CallContext context;
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] { context.set("", "value"); });
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] { context.set("\xFF", "value"); });
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] { context.set("key", "\xC0\x80"); });
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] { context.set("traceparent", "00-1-2-3"); });
    EXPECT_TRUE(context.empty());
    context.set("traceparent", good_parent);
    EXPECT_EQ(*context.find("traceparent"), good_parent);
}

TEST(CallContextOnTheWire, IsAbsentWhenItIsEmpty)
{
    EXPECT_EQ(wire_of({}), "abc");
}

TEST(CallContextOnTheWire, StandsBehindThePayload)
{
    EXPECT_EQ(wire_of({{"user", "ada"}, {"a", ""}}), payload_with(text("a") + text("") + text("user") + text("ada")));
}

TEST(CallContextOnTheWire, TakesBackWhatWasChangedButNotTheTrace)
{
    CallContext context = read(wire_of({{"same", "1"}, {"other", "2"}, {"traceparent", good_parent}}));
    Buffer nothing;
    EXPECT_FALSE(append_changes(nothing, context));
    EXPECT_TRUE(nothing.empty());
    context.set("same", "1");
    context.set("other", "3");
    context.set("more", "4");
    context.set("traceparent", TraceParent::start().to_string());
    Buffer changes;
    changes.append(std::as_bytes(std::span("abc", 3)));
    EXPECT_TRUE(append_changes(changes, context));
    EXPECT_EQ(entries_of(read({reinterpret_cast<const char*>(changes.data()), changes.size()})),
              (Entries{{"more", "4"}, {"other", "3"}}));
}

TEST(CallContextOnTheWire, IsRefusedWhenItsSizeIsWrong)
{
    expect_malformed("");
    expect_malformed("a");
    expect_malformed(std::string("abc\0\0", 5));
    expect_malformed("abc\x04");
    const std::string good = payload_with(text("user") + text("ada"));
    for (std::size_t size = 3; size < good.size(); ++size) {
        EXPECT_THROW(read(good.substr(0, size)), RemotingError) << size;
    }
}

TEST(CallContextOnTheWire, IsRefusedWithKeysThatAreEmptyOrTwiceThereOrOutOfOrder)
{
    expect_malformed(payload_with(text("") + text("value")));
    expect_malformed(payload_with(text("key") + text("1") + text("key") + text("2")));
    expect_malformed(payload_with(text("b") + text("1") + text("a") + text("2")));
}

TEST(CallContextOnTheWire, IsRefusedWhenItIsNotUtf8)
{
    expect_malformed(payload_with(text("\x80") + text("value")));
    expect_malformed(payload_with(text("key") + text("\xED\xA0\x80")));
}

TEST(CallContextOnTheWire, IsRefusedWithMoreEntriesThanItMayHave)
{
    std::string block;
    for (std::size_t i = 0; i <= CallContext::entries_limit; ++i) {
        block += text("key" + std::to_string(100 + i)) + text("");
    }
    expect_error(ErrorCode::limit_exceeded, Executed::no, [&] { read(payload_with(block)); });
}

TEST(CallContextOnTheWire, IsRefusedWhenItIsLongerThanItMayBe)
{
    const auto of_size = [](std::size_t size) { return payload_with(text("k") + text(std::string(size - 5, 'v'))); };
    EXPECT_EQ(read(of_size(CallContext::size_limit)).size(), 1U);
    expect_error(ErrorCode::limit_exceeded, Executed::no, [&] { read(of_size(CallContext::size_limit + 1)); });
    Limits limits;
    limits.header_size = 300;
    EXPECT_EQ(read(of_size(300), limits).size(), 1U);
    expect_error(ErrorCode::limit_exceeded, Executed::no, [&] { read(of_size(301), limits); });
}

TEST(CallContextOnTheWire, LosesATraceThatIsMalformedAndNothingElse)
{
    const auto context = read(payload_with(text("traceparent") + text("nonsense") + text("user") + text("ada")));
    EXPECT_EQ(entries_of(context), (Entries{{"user", "ada"}}));
}

TEST(CallContextScopes, NestAndBeginWithACopyOfTheOuterOne)
{
    EXPECT_EQ(call_context(), nullptr);
    {
        CallContextScope outer(CallContext{{"user", "ada"}});
        EXPECT_EQ(call_context(), &outer.context());
        {
            CallContextScope inner;
            EXPECT_EQ(*call_context()->find("user"), "ada");
            inner.context().set("user", "bob");
        }
        EXPECT_EQ(*call_context()->find("user"), "ada");
        CallContext served;
        {
            CurrentCall current;
            current.context = &served;
            const CurrentCallScope call(current);
            EXPECT_EQ(call_context(), &served);
        }
        EXPECT_EQ(call_context(), &outer.context());
    }
    EXPECT_EQ(call_context(), nullptr);
}

TEST(TraceParents, AreReadAndWrittenAsW3CSays)
{
    const auto parent = TraceParent::parse(good_parent);
    ASSERT_TRUE(parent);
    EXPECT_EQ(parent->trace, (Id128{0x4bf92f3577b34da6, 0xa3ce929d0e0e4736}));
    EXPECT_EQ(parent->span, 0x00f067aa0ba902b7U);
    EXPECT_EQ(parent->flags, 1);
    EXPECT_EQ(parent->to_string(), good_parent);
}

TEST(TraceParents, AreRefusedWhenTheyAreMalformed)
{
    for (const std::string_view bad : {"", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
                                       "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",
                                       "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
                                       "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                                       "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                                       "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                                       "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                       "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                       "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902bg-01",
                                       "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x"}) {
        EXPECT_FALSE(TraceParent::parse(bad)) << bad;
    }
}

TEST(TraceParents, OfANewerVersionAreReadAsFarAsTheyAreKnown)
{
    EXPECT_TRUE(TraceParent::parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    EXPECT_TRUE(TraceParent::parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes-later"));
}

TEST(TraceParents, AreStartedOnceAndContinued)
{
    FakeRandom random;
    CallContext context;
    EXPECT_FALSE(trace_parent(context));
    const TraceParent started = start_trace(context, random);
    EXPECT_EQ(trace_parent(context), started);
    EXPECT_EQ(start_trace(context, random), started);
    const TraceParent child = started.child(random);
    EXPECT_EQ(child.trace, started.trace);
    EXPECT_NE(child.span, started.span);
    EXPECT_TRUE(TraceParent::parse(child.to_string()));
}

}  // namespace
}  // namespace remoting::test
