// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/handshake.hpp>

#include <remoting/messaging/frame.hpp>

#include "byte_io.hpp"

namespace remoting {

namespace {

constexpr std::uint32_t magic = 0x47544D52;  // "RMTG"
constexpr std::size_t body_size = 4 + 2 + 2 + 8 + 4 + 4 + 16;
constexpr std::size_t session_size = 16;

}  // namespace

std::vector<std::byte> make_hello_frame(const Hello& hello)
{
    const bool has_session = (hello.features & feature_session) != 0;
    const std::size_t size = body_size + (has_session ? session_size : 0);
    std::vector<std::byte> frame(frame_header_size + size);
    write_header(std::span(frame).first<frame_header_size>(),
                 {.size = static_cast<std::uint32_t>(size), .kind = FrameKind::hello});
    ByteWriter writer{std::span(frame).subspan(frame_header_size)};
    writer.write(magic);
    writer.write(hello.minimum_version);
    writer.write(hello.maximum_version);
    writer.write(hello.features);
    writer.write(hello.maximum_message);
    writer.write(hello.maximum_in_flight);
    writer.write(hello.token.high);
    writer.write(hello.token.low);
    if (has_session) {
        writer.write(hello.session.high);
        writer.write(hello.session.low);
    }
    return frame;
}

std::optional<Hello> read_hello_body(std::span<const std::byte> body) noexcept
{
    ByteReader reader(body);
    const bool known_magic = reader.read<std::uint32_t>() == magic;
    Hello hello;
    hello.minimum_version = reader.read<std::uint16_t>();
    hello.maximum_version = reader.read<std::uint16_t>();
    hello.features = reader.read<std::uint64_t>();
    hello.maximum_message = reader.read<std::uint32_t>();
    hello.maximum_in_flight = reader.read<std::uint32_t>();
    hello.token.high = reader.read<std::uint64_t>();
    hello.token.low = reader.read<std::uint64_t>();
    if ((hello.features & feature_session) != 0) {
        hello.session.high = reader.read<std::uint64_t>();
        hello.session.low = reader.read<std::uint64_t>();
    }
    if (!reader.ok() || !known_magic || hello.maximum_message == 0 || hello.maximum_in_flight == 0) {
        return std::nullopt;
    }
    return hello;
}

}  // namespace remoting
