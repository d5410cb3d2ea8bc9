// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/frame.hpp>

#include "byte_io.hpp"

namespace remoting {

bool is_known(FrameKind kind) noexcept
{
    switch (kind) {
        case FrameKind::hello:
        case FrameKind::request:
        case FrameKind::reply:
        case FrameKind::cancel:
        case FrameKind::release:
        case FrameKind::goodbye:
        case FrameKind::ping:
        case FrameKind::pong:
        case FrameKind::close:
        case FrameKind::piece:
        case FrameKind::held:
            return true;
    }
    return false;
}

void write_header(std::span<std::byte, frame_header_size> out, const FrameHeader& header) noexcept
{
    ByteWriter writer(out);
    writer.write(header.size);
    writer.write(static_cast<std::uint8_t>(header.kind));
    writer.write(header.flags);
    writer.write(header.code);
    writer.write(header.id);
}

FrameHeader read_header(std::span<const std::byte, frame_header_size> in) noexcept
{
    ByteReader reader(in);
    FrameHeader header;
    header.size = reader.read<std::uint32_t>();
    header.kind = static_cast<FrameKind>(reader.read<std::uint8_t>());
    header.flags = reader.read<std::uint8_t>();
    header.code = reader.read<std::uint16_t>();
    header.id = reader.read<std::uint64_t>();
    return header;
}

std::array<std::byte, frame_header_size> make_frame(FrameKind kind, std::uint64_t id, std::uint16_t code) noexcept
{
    std::array<std::byte, frame_header_size> frame{};
    write_header(frame, {.kind = kind, .code = code, .id = id});
    return frame;
}

std::size_t request_head_size(const RequestHead& head) noexcept
{
    std::size_t size = frame_header_size + 12;
    size += head.chain ? 20 : 0;
    size += head.defines_object() ? 4 + head.uri.size() + head.interface_name.size() : 0;
    size += head.defines_method() ? 2 + head.method_name.size() : 0;
    return size;
}

void write_request_head(std::span<std::byte> out, std::uint64_t id, const RequestHead& head,
                        std::size_t arguments_size) noexcept
{
    FrameHeader header{.kind = FrameKind::request, .id = id};
    header.size = static_cast<std::uint32_t>(out.size() - frame_header_size + arguments_size);
    header.flags = static_cast<std::uint8_t>(
        (head.one_way ? flag_one_way : 0) | (head.chain ? flag_chain : 0) |
        (head.defines_object() ? flag_defines_object : 0) | (head.defines_method() ? flag_defines_method : 0) |
        (head.has_context ? flag_context : 0) | (head.has_references ? flag_references : 0) |
        (head.mentions_receiver ? flag_mentions : 0));
    write_header(out.first<frame_header_size>(), header);
    ByteWriter writer(out.subspan(frame_header_size));
    writer.write(head.object_alias);
    writer.write(head.method_alias);
    writer.write(head.deadline_ms);
    if (head.chain) {
        writer.write(head.chain->id.high);
        writer.write(head.chain->id.low);
        writer.write(head.chain->depth);
        writer.write(std::uint16_t{0});
    }
    if (head.defines_object()) {
        writer.write_text(head.uri);
        writer.write_text(head.interface_name);
    }
    if (head.defines_method()) {
        writer.write_text(head.method_name);
    }
}

std::optional<RequestHead> read_request_head(std::uint8_t flags, std::span<const std::byte>& body) noexcept
{
    ByteReader reader(body);
    RequestHead head;
    head.object_alias = reader.read<std::uint32_t>();
    head.method_alias = reader.read<std::uint32_t>();
    head.deadline_ms = reader.read<std::uint32_t>();
    head.one_way = (flags & flag_one_way) != 0;
    head.has_context = (flags & flag_context) != 0;
    head.has_references = (flags & flag_references) != 0;
    head.mentions_receiver = (flags & flag_mentions) != 0;
    if ((flags & flag_chain) != 0) {
        CallChain chain;
        chain.id.high = reader.read<std::uint64_t>();
        chain.id.low = reader.read<std::uint64_t>();
        chain.depth = reader.read<std::uint16_t>();
        const auto reserved = reader.read<std::uint16_t>();
        if (reserved != 0) {
            return std::nullopt;
        }
        head.chain = chain;
    }
    if ((flags & flag_defines_object) != 0) {
        head.uri = reader.read_text();
        head.interface_name = reader.read_text();
        if (head.interface_name.empty()) {
            return std::nullopt;
        }
    }
    if ((flags & flag_defines_method) != 0) {
        head.method_name = reader.read_text();
        if (head.method_name.empty()) {
            return std::nullopt;
        }
    }
    constexpr std::uint8_t known = flag_one_way | flag_chain | flag_defines_object | flag_defines_method |
                                   flag_context | flag_references | flag_mentions;
    if (!reader.ok() || (flags & ~known) != 0) {
        return std::nullopt;
    }
    body = reader.rest();
    return head;
}

std::size_t release_frame_size(const ReleaseBody& body) noexcept
{
    return frame_header_size + 4 + 4 + 2 + body.uri.size();
}

void write_release_frame(std::span<std::byte> out, const ReleaseBody& body) noexcept
{
    write_header(out.first<frame_header_size>(),
                 {.size = static_cast<std::uint32_t>(out.size() - frame_header_size), .kind = FrameKind::release});
    ByteWriter writer(out.subspan(frame_header_size));
    writer.write(body.alias);
    writer.write(body.count);
    writer.write_text(body.uri);
}

std::optional<ReleaseBody> read_release_body(std::span<const std::byte> body) noexcept
{
    ByteReader reader(body);
    ReleaseBody release;
    release.alias = reader.read<std::uint32_t>();
    release.count = reader.read<std::uint32_t>();
    release.uri = reader.read_text();
    if (!reader.ok()) {
        return std::nullopt;
    }
    return release;
}

}  // namespace remoting
