// SPDX-License-Identifier: BSL-1.0
#include "raw_peer.hpp"

#include <remoting/messaging/frame.hpp>
#include <remoting/messaging/handshake.hpp>
#include <remoting/messaging/held_references.hpp>
#include <remoting/messaging/reference_list.hpp>
#include <remoting/serialization/buffer.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace remoting::test {

namespace {

std::vector<RequestHead> all_heads()
{
    std::vector<RequestHead> heads;
    for (unsigned parts = 0; parts < 128; ++parts) {
        RequestHead head{.object_alias = 1 + parts, .method_alias = 70'000, .deadline_ms = 0xFFFF'FFFF};
        head.one_way = (parts & 1U) != 0;
        head.has_references = (parts & 16U) != 0;
        head.has_context = (parts & 32U) != 0;
        head.mentions_receiver = (parts & 64U) != 0;
        if ((parts & 2U) != 0) {
            head.chain = CallChain{{0x1122334455667788, 0x99AABBCCDDEEFF00}, 63};
        }
        if ((parts & 4U) != 0) {
            head.uri = "bank/account";
            head.interface_name = "bank.Account";
        }
        if ((parts & 8U) != 0) {
            head.method_name = "Withdraw";
        }
        heads.push_back(head);
    }
    return heads;
}

void expect_same(const RequestHead& left, const RequestHead& right)
{
    EXPECT_EQ(left.object_alias, right.object_alias);
    EXPECT_EQ(left.method_alias, right.method_alias);
    EXPECT_EQ(left.deadline_ms, right.deadline_ms);
    EXPECT_EQ(left.one_way, right.one_way);
    EXPECT_EQ(left.has_references, right.has_references);
    EXPECT_EQ(left.has_context, right.has_context);
    EXPECT_EQ(left.mentions_receiver, right.mentions_receiver);
    EXPECT_EQ(left.uri, right.uri);
    EXPECT_EQ(left.interface_name, right.interface_name);
    EXPECT_EQ(left.method_name, right.method_name);
    ASSERT_EQ(left.chain.has_value(), right.chain.has_value());
    if (left.chain) {
        EXPECT_EQ(left.chain->id, right.chain->id);
        EXPECT_EQ(left.chain->depth, right.chain->depth);
    }
}

std::optional<RequestHead> read(const ByteVector& frame, std::span<const std::byte>& rest)
{
    const FrameHeader header = read_header(std::span(frame).first<frame_header_size>());
    rest = std::span(frame).subspan(frame_header_size);
    return read_request_head(header.flags, rest);
}

/// Calls `use` with each of the frame's truncations behind the header, and each change of one byte.
void for_each_damage(const ByteVector& frame, const std::function<void(const ByteVector&)>& use)
{
    for (std::size_t size = frame_header_size; size < frame.size(); ++size) {
        use({frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size)});
    }
    for (std::size_t position = 0; position < frame.size(); ++position) {
        for (unsigned difference = 1; difference < 256; ++difference) {
            ByteVector changed = frame;
            changed[position] ^= static_cast<std::byte>(difference);
            use(changed);
        }
    }
}

bool lies_in(std::string_view text, const ByteVector& frame)
{
    const auto* const begin = reinterpret_cast<const char*>(frame.data());
    return text.empty() || (text.data() >= begin && text.data() + text.size() <= begin + frame.size());
}

}  // namespace

TEST(FrameHeader, ComesBackAsItWasWritten)
{
    const FrameHeader written{
        .size = 0xFEDC'BA98, .kind = FrameKind::reply, .flags = 0xA5, .code = 0xBEEF, .id = 0x0123'4567'89AB'CDEF};
    std::array<std::byte, frame_header_size> bytes{};
    write_header(bytes, written);
    const FrameHeader header = read_header(bytes);
    EXPECT_EQ(header.size, written.size);
    EXPECT_EQ(header.kind, written.kind);
    EXPECT_EQ(header.flags, written.flags);
    EXPECT_EQ(header.code, written.code);
    EXPECT_EQ(header.id, written.id);
    EXPECT_EQ(bytes[0], std::byte{0x98}) << "little-endian";
}

TEST(FrameHeader, KnowsWhichKindsMustNotBeSkipped)
{
    for (const FrameKind kind : {FrameKind::hello, FrameKind::request, FrameKind::reply, FrameKind::release,
                                 FrameKind::goodbye, FrameKind::close}) {
        EXPECT_TRUE(is_critical(kind));
        EXPECT_TRUE(is_known(kind));
    }
    for (const FrameKind kind : {FrameKind::cancel, FrameKind::ping, FrameKind::pong}) {
        EXPECT_FALSE(is_critical(kind));
        EXPECT_TRUE(is_known(kind));
    }
    EXPECT_FALSE(is_known(static_cast<FrameKind>(0)));
    EXPECT_FALSE(is_known(static_cast<FrameKind>(0xFF)));
}

TEST(RequestHead, ComesBackAsItWasWrittenWithTheArgumentsBehindIt)
{
    const ByteVector arguments = bytes_of("arguments");
    for (const RequestHead& written : all_heads()) {
        const ByteVector frame = request_of(42, written, arguments);
        const FrameHeader header = read_header(std::span(frame).first<frame_header_size>());
        EXPECT_EQ(header.size, frame.size() - frame_header_size);
        EXPECT_EQ(header.id, 42U);
        std::span<const std::byte> rest;
        const auto head = read(frame, rest);
        ASSERT_TRUE(head.has_value());
        expect_same(*head, written);
        EXPECT_TRUE(std::ranges::equal(rest, arguments));
    }
}

TEST(RequestHead, WithoutNamesFitsTheHeadRoomOfABuffer)
{
    for (const RequestHead& head : all_heads()) {
        if (!head.defines_object() && !head.defines_method()) {
            EXPECT_LE(request_head_size(head), plain_request_head_size);
        }
    }
    EXPECT_LE(plain_request_head_size, Buffer::default_head_room);
}

TEST(RequestHead, ThatIsTruncatedIsRefused)
{
    for (const RequestHead& written : all_heads()) {
        const ByteVector frame = request_of(1, written);
        for (std::size_t size = frame_header_size; size < frame.size(); ++size) {
            std::span<const std::byte> rest;
            EXPECT_FALSE(read({frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size)}, rest).has_value());
        }
    }
}

TEST(RequestHead, WithAnyByteChangedIsRefusedOrReadsWithinTheFrame)
{
    for (const RequestHead& written : all_heads()) {
        for_each_damage(request_of(1, written, bytes_of("ab")), [](const ByteVector& frame) {
            std::span<const std::byte> rest;
            if (const auto head = read(frame, rest)) {
                EXPECT_TRUE(lies_in(head->uri, frame));
                EXPECT_TRUE(lies_in(head->interface_name, frame));
                EXPECT_TRUE(lies_in(head->method_name, frame));
                EXPECT_LE(rest.size(), frame.size() - frame_header_size);
                EXPECT_EQ(rest.data() + rest.size(), frame.data() + frame.size());
            }
        });
    }
}

TEST(RequestHead, WithFlagsOfTheFutureIsRefused)
{
    ByteVector frame = request_of(1, all_heads()[0]);
    frame[5] = std::byte{0x80};
    std::span<const std::byte> rest;
    EXPECT_FALSE(read(frame, rest).has_value());
}

TEST(RequestHead, ThatDefinesAnEmptyNameIsRefused)
{
    RequestHead head = all_heads()[0];
    ByteVector frame = request_of(1, head);
    frame[5] = std::byte{flag_defines_method};
    frame.insert(frame.end(), 2, std::byte{0});
    std::span<const std::byte> rest;
    EXPECT_FALSE(read(frame, rest).has_value());
    frame[5] = std::byte{flag_defines_object};
    frame.insert(frame.end(), 2, std::byte{0});
    EXPECT_FALSE(read(frame, rest).has_value());
}

TEST(ReleaseBody, ComesBackAsItWasWrittenAndIsRefusedWhenTruncated)
{
    const ReleaseBody written{.alias = 17, .count = 3, .uri = "0123456789abcdef"};
    ByteVector frame(release_frame_size(written));
    write_release_frame(frame, written);
    const auto body = read_release_body(std::span(frame).subspan(frame_header_size));
    ASSERT_TRUE(body.has_value());
    EXPECT_EQ(body->alias, 17U);
    EXPECT_EQ(body->count, 3U);
    EXPECT_EQ(body->uri, written.uri);
    for (std::size_t size = frame_header_size; size < frame.size(); ++size) {
        EXPECT_FALSE(read_release_body(std::span(frame).first(size).subspan(frame_header_size)).has_value()) << size;
    }
    for_each_damage(frame, [](const ByteVector& changed) {
        if (const auto read = read_release_body(std::span(changed).subspan(frame_header_size))) {
            EXPECT_TRUE(lies_in(read->uri, changed));
        }
    });
}

TEST(ReferenceList, ComesBackAsItWasWrittenAndLeavesThePayload)
{
    for (const std::vector<std::string>& uris :
         {std::vector<std::string>{}, {""}, {"a", "bc", "a"}, {std::string(65'535, 'x')}}) {
        Buffer buffer;
        buffer.append(bytes_of("payload"));
        append_reference_list(buffer, uris);
        auto body = std::as_const(buffer).bytes();
        auto list = ReferenceList::take_from(body);
        ASSERT_TRUE(list.has_value());
        EXPECT_TRUE(std::ranges::equal(body, bytes_of("payload")));
        std::vector<std::string> read;
        while (!list->empty()) {
            read.emplace_back(list->pop());
        }
        EXPECT_EQ(read, uris);
    }
}

TEST(ReferenceList, IsRefusedWhenItIsLongerThanTheBodyOrItsNamesAreLongerThanTheList)
{
    Buffer buffer;
    append_reference_list(buffer, std::vector<std::string>{"a", "bc"});
    const ByteVector whole(buffer.data(), buffer.data() + buffer.size());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        auto body = std::span<const std::byte>(whole).last(size);
        EXPECT_FALSE(ReferenceList::take_from(body).has_value()) << size;
        EXPECT_EQ(body.size(), size);
    }
    for (const std::size_t name : {0U, 3U}) {
        ByteVector changed = whole;
        changed[name] = std::byte{0xFF};
        std::span<const std::byte> body = changed;
        EXPECT_FALSE(ReferenceList::take_from(body).has_value());
    }
}

TEST(Handshake, ComesBackAsItWasWritten)
{
    const Hello written{.minimum_version = 1,
                        .maximum_version = 9,
                        .features = 0x8000'0000'0000'0001,
                        .maximum_message = 1234,
                        .maximum_in_flight = 7,
                        .token = {5, 6}};
    const ByteVector frame = make_hello_frame(written);
    EXPECT_EQ(read_header(std::span(frame).first<frame_header_size>()).kind, FrameKind::hello);
    const auto hello = read_hello_body(std::span(frame).subspan(frame_header_size));
    ASSERT_TRUE(hello.has_value());
    EXPECT_EQ(hello->minimum_version, 1);
    EXPECT_EQ(hello->maximum_version, 9);
    EXPECT_EQ(hello->features, written.features);
    EXPECT_EQ(hello->maximum_message, 1234U);
    EXPECT_EQ(hello->maximum_in_flight, 7U);
    EXPECT_EQ(hello->token, written.token);
}

TEST(HeldReferencesTest, AreSplitIntoFramesOfBoundedSize)
{
    HeldReferences held;
    for (int i = 0; i < 1000; ++i) {
        held.emplace_back("object" + std::to_string(i) + std::string(30, 'x'), 1 + i);
    }
    held.emplace_back(std::string(1024, 'y'), 7);
    const auto frames = make_held_frames(held);
    EXPECT_GT(frames.size(), 2U);
    HeldReferences read;
    for (const auto& frame : frames) {
        const FrameHeader header = read_header(std::span(frame).first<frame_header_size>());
        EXPECT_EQ(header.kind, FrameKind::held);
        EXPECT_EQ(header.size, frame.size() - frame_header_size);
        EXPECT_LE(header.size, 16U * 1024);
        EXPECT_EQ(header.flags, &frame == &frames.back() ? flag_last_held : 0);
        EXPECT_TRUE(read_held_body(std::span(frame).subspan(frame_header_size),
                                   [&](std::string_view uri, std::uint32_t count) { read.emplace_back(uri, count); }));
    }
    EXPECT_EQ(read, held);
    EXPECT_EQ(make_held_frames({}).size(), 1U) << "that nothing is held is said, too";
}

TEST(HeldReferencesTest, AreMalformedWhenTruncated)
{
    const auto frames = make_held_frames({{"object", 1}});
    const auto body = std::span(frames.at(0)).subspan(frame_header_size);
    for (std::size_t size = 1; size < body.size(); ++size) {
        EXPECT_FALSE(read_held_body(body.first(size), [](std::string_view, std::uint32_t) {})) << size;
    }
}

TEST(Handshake, IsRefusedWhenTruncatedOrWithoutItsMagic)
{
    const ByteVector frame = hello_of();
    for (std::size_t size = frame_header_size; size < frame.size(); ++size) {
        EXPECT_FALSE(read_hello_body(std::span(frame).first(size).subspan(frame_header_size)).has_value()) << size;
    }
    for (std::size_t position = 0; position < 4; ++position) {
        for (unsigned difference = 1; difference < 256; ++difference) {
            ByteVector changed = frame;
            changed[frame_header_size + position] ^= static_cast<std::byte>(difference);
            EXPECT_FALSE(read_hello_body(std::span(changed).subspan(frame_header_size)).has_value());
        }
    }
}

TEST(Handshake, IsRefusedFromAPeerThatAcceptsNothing)
{
    const ByteVector no_message = hello_of({1, 1}, 0, 1);
    EXPECT_FALSE(read_hello_body(std::span(no_message).subspan(frame_header_size)).has_value());
    const ByteVector no_request = hello_of({1, 1}, 100, 0);
    EXPECT_FALSE(read_hello_body(std::span(no_request).subspan(frame_header_size)).has_value());
}

TEST(Handshake, OfANewerPeerMayBeLonger)
{
    const ByteVector frame = hello_of() + bytes_of("what came later");
    EXPECT_TRUE(read_hello_body(std::span(frame).subspan(frame_header_size)).has_value());
}

}  // namespace remoting::test
