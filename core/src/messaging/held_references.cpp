// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/held_references.hpp>

#include <remoting/messaging/frame.hpp>

#include "byte_io.hpp"

namespace remoting {

namespace {

constexpr std::size_t frame_limit = std::size_t{16} * 1024;

}  // namespace

std::vector<std::vector<std::byte>> make_held_frames(const HeldReferences& held)
{
    std::vector<std::vector<std::byte>> frames;
    auto next = held.begin();
    do {
        std::size_t size = 0;
        auto end = next;
        while (end != held.end() && (end == next || size + 4 + 2 + end->first.size() <= frame_limit)) {
            size += 4 + 2 + end->first.size();
            ++end;
        }
        auto& frame = frames.emplace_back(frame_header_size + size);
        write_header(std::span(frame).first<frame_header_size>(),
                     {.size = static_cast<std::uint32_t>(size),
                      .kind = FrameKind::held,
                      .flags = end == held.end() ? std::uint8_t{flag_last_held} : std::uint8_t{0}});
        ByteWriter writer{std::span(frame).subspan(frame_header_size)};
        for (; next != end; ++next) {
            writer.write(next->second);
            writer.write_text(next->first);
        }
    } while (next != held.end());
    return frames;
}

bool read_held_body(std::span<const std::byte> body, FunctionRef<void(std::string_view uri, std::uint32_t count)> each)
{
    ByteReader reader(body);
    while (!reader.rest().empty()) {
        const auto count = reader.read<std::uint32_t>();
        const std::string_view uri = reader.read_text();
        if (!reader.ok()) {
            return false;
        }
        each(uri, count);
    }
    return true;
}

}  // namespace remoting
