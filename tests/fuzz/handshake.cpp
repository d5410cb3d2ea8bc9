// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/frame.hpp>
#include <remoting/messaging/handshake.hpp>
#include <remoting/messaging/held_references.hpp>
#include <remoting/messaging/reference_list.hpp>
#include <remoting/serialization/buffer.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <utility>
#include <vector>

// Arbitrary bodies of hellos, requests, releases and lists of references, sent and held: what is read is written again
// as it was. The first byte is the flags of the request.

namespace {

void check(bool condition)
{
    if (!condition) {
        std::abort();
    }
}

using Bytes = std::span<const std::byte>;

void read_hello(Bytes body)
{
    const auto hello = remoting::read_hello_body(body);
    if (!hello) {
        return;
    }
    const auto frame = remoting::make_hello_frame(*hello);
    const Bytes written = Bytes(frame).subspan(remoting::frame_header_size);
    check(written.size() <= body.size() && std::ranges::equal(written, body.first(written.size())));
}

void read_request(std::uint8_t flags, Bytes body)
{
    Bytes arguments = body;
    const auto head = remoting::read_request_head(flags, arguments);
    if (!head) {
        return;
    }
    const std::size_t size = remoting::request_head_size(*head);
    check(size - remoting::frame_header_size == body.size() - arguments.size());
    std::vector<std::byte> frame(size);
    remoting::write_request_head(frame, 1, *head, arguments.size());
    check(frame[5] == static_cast<std::byte>(flags));
    check(std::ranges::equal(Bytes(frame).subspan(remoting::frame_header_size),
                             body.first(size - remoting::frame_header_size)));
}

void read_release(Bytes body)
{
    const auto release = remoting::read_release_body(body);
    if (!release) {
        return;
    }
    std::vector<std::byte> frame(remoting::release_frame_size(*release));
    remoting::write_release_frame(frame, *release);
    const Bytes written = Bytes(frame).subspan(remoting::frame_header_size);
    check(written.size() <= body.size() && std::ranges::equal(written, body.first(written.size())));
}

void read_references(Bytes body)
{
    Bytes payload = body;
    auto list = remoting::ReferenceList::take_from(payload);
    if (!list) {
        return;
    }
    std::vector<std::string> uris;
    while (!list->empty()) {
        uris.emplace_back(list->pop());
    }
    remoting::Buffer written;
    written.append(payload);
    remoting::append_reference_list(written, uris);
    check(std::ranges::equal(std::as_const(written).bytes(), body));
}

void read_held(Bytes body)
{
    remoting::HeldReferences held;
    std::size_t longest = 0;
    const bool is_whole = remoting::read_held_body(body, [&](std::string_view uri, std::uint32_t count) {
        held.emplace_back(uri, count);
        longest = std::max(longest, uri.size());
    });
    if (!is_whole) {
        return;
    }
    std::vector<std::byte> written;
    for (const auto& frame : remoting::make_held_frames(held)) {
        check(frame.size() <= remoting::frame_header_size + std::max<std::size_t>(16 * 1024, longest + 6));
        written.insert(written.end(), frame.begin() + remoting::frame_header_size, frame.end());
    }
    check(std::ranges::equal(written, body));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) {
        return 0;
    }
    const Bytes body = std::as_bytes(std::span(data, size)).subspan(1);
    read_hello(body);
    read_request(data[0], body);
    read_release(body);
    read_references(body);
    read_held(body);
    return 0;
}
