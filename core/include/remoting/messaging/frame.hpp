// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/errors/error_code.hpp>
#include <remoting/messaging/call_chain.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

// Wire version 0. Everything is little-endian. A frame is a header of 16 bytes and a body:
//
//     0   u32  size of the body
//     4   u8   kind; bit 7 set: a receiver that does not know the kind must close the connection
//     5   u8   flags
//     6   u16  kind-specific: the status of a reply, the code of a close
//     8   u64  id: of the call, of a goodbye's last accepted call, of a ping
//
// The page with all bodies is channels/README.md.

namespace remoting {

inline constexpr std::uint16_t wire_version = 0;
inline constexpr std::size_t frame_header_size = 16;

enum class FrameKind : std::uint8_t {
    hello = 0x81,    ///< first frame in either direction
    request = 0x82,  ///< RequestHead, then the encoded arguments
    reply = 0x83,    ///< the encoded results, or what the status says
    cancel = 0x04,   ///< advice: nobody waits for this call any more
    release = 0x85,  ///< ReleaseBody: references or aliases that are not used any more
    goodbye = 0x86,  ///< no request after `id` will be accepted
    ping = 0x07,
    pong = 0x08,
    close = 0x89,  ///< an ErrorCode and a text: why the sender closes the connection
    piece = 0x8A,  ///< part of a long request or reply; `id` tells whose
    held = 0x8B,   ///< what the sender holds of the receiver's objects; the first that is sent when a session goes on
};

enum FrameFlags : std::uint8_t {
    flag_one_way = 0x01,         ///< request: no reply wanted
    flag_chain = 0x02,           ///< request: chain and depth are present
    flag_defines_object = 0x04,  ///< request: the object alias is defined here
    flag_defines_method = 0x08,  ///< request: the method alias is defined here
    flag_context = 0x10,         ///< request, reply: a call context stands behind the arguments or results
    flag_references = 0x20,      ///< request, reply: a ReferenceList is behind the payload
    flag_mentions = 0x40,        ///< request, reply: the payload names objects of the receiver
    executed_mask = 0x03,        ///< reply: Executed
    flag_first_piece = 0x01,     ///< piece: begins a frame
    flag_last_held = 0x01,       ///< held: there is no more
};

/// Longer frames travel in pieces, so that others can pass them. The first piece begins with the frame's header, and
/// holds the head of a request; the frame is complete with the last byte of its size.
inline constexpr std::size_t whole_frame_limit = std::size_t{256} * 1024;
inline constexpr std::size_t first_piece_size = std::size_t{64} * 1024;
inline constexpr std::size_t piece_size = std::size_t{256} * 1024;
/// So many frames are in pieces at once in one direction, at most.
inline constexpr std::size_t frames_in_pieces_limit = 16;

struct FrameHeader {
    std::uint32_t size = 0;
    FrameKind kind = FrameKind::request;
    std::uint8_t flags = 0;
    std::uint16_t code = 0;
    std::uint64_t id = 0;
};

constexpr bool is_critical(FrameKind kind) noexcept
{
    return (static_cast<std::uint8_t>(kind) & 0x80U) != 0;
}
bool is_known(FrameKind kind) noexcept;

void write_header(std::span<std::byte, frame_header_size> out, const FrameHeader& header) noexcept;
FrameHeader read_header(std::span<const std::byte, frame_header_size> in) noexcept;

/// A header without a body.
std::array<std::byte, frame_header_size> make_frame(FrameKind kind, std::uint64_t id, std::uint16_t code = 0) noexcept;

/// What the aliases of one direction of a connection may cost together, by bound_names_cost; a sender that has used up
/// its share goes on with an alias that it defines anew in each request.
inline constexpr std::size_t bound_names_limit = std::size_t{1024} * 1024;
inline constexpr std::size_t bound_objects_share = bound_names_limit / 2;
constexpr std::size_t bound_names_cost(std::size_t names_size) noexcept
{
    return names_size + 64;
}

/// What precedes the arguments in a request. The names are present where an alias is used for the first time.
struct RequestHead {
    std::uint32_t object_alias = 0;
    std::uint32_t method_alias = 0;
    std::uint32_t deadline_ms = 0;  ///< remaining time, rounded up; 0: none
    bool one_way = false;
    bool has_context = false;           ///< behind the arguments
    bool has_references = false;        ///< a ReferenceList is behind the arguments
    bool mentions_receiver = false;     ///< the arguments name objects of the receiver
    std::optional<CallChain> chain{};   ///< absent for the first call of a chain
    std::string_view uri{};             ///< with `interface_name`: defines the object alias
    std::string_view interface_name{};  ///< what the caller takes the object for
    std::string_view method_name{};     ///< defines the method alias

    bool defines_object() const noexcept { return !interface_name.empty(); }
    bool defines_method() const noexcept { return !method_name.empty(); }
};

/// The largest head without definitions; the head room of a Buffer holds it.
inline constexpr std::size_t plain_request_head_size = frame_header_size + 12 + 20;

/// Bytes of frame header and head.
std::size_t request_head_size(const RequestHead& head) noexcept;
/// Writes both; `out` has request_head_size(head) bytes.
void write_request_head(std::span<std::byte> out, std::uint64_t id, const RequestHead& head,
                        std::size_t arguments_size) noexcept;
/// Takes the head off the front of `body`; names are views into it. Empty when it is malformed.
std::optional<RequestHead> read_request_head(std::uint8_t flags, std::span<const std::byte>& body) noexcept;

/// The receiver's references to `uri` were dropped `count` times; and/or alias `alias` is not used any more.
struct ReleaseBody {
    std::uint32_t alias = 0;  ///< 0: none
    std::uint32_t count = 0;
    std::string_view uri{};
};

std::size_t release_frame_size(const ReleaseBody& body) noexcept;
void write_release_frame(std::span<std::byte> out, const ReleaseBody& body) noexcept;
std::optional<ReleaseBody> read_release_body(std::span<const std::byte> body) noexcept;

}  // namespace remoting
