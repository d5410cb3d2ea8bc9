// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/frame.hpp>
#include <remoting/messaging/frame_decoder.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

// A stream of arbitrary bytes, whole and in pieces: the same frames come out, and memory follows what arrived. The
// first byte chooses the size of the pieces, the second the limit.

namespace {

constexpr std::size_t block = std::size_t{64} * 1024;

struct Outcome {
    std::vector<std::vector<std::byte>> frames;
    remoting::FrameDecoder::Status status = remoting::FrameDecoder::Status::need_more;

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

void check(bool condition)
{
    if (!condition) {
        std::abort();
    }
}

std::vector<std::byte> whole_of(const remoting::FrameHeader& header, std::span<const std::byte> body)
{
    std::vector<std::byte> frame(remoting::frame_header_size);
    remoting::write_header(std::span(frame).first<remoting::frame_header_size>(), header);
    frame.insert(frame.end(), body.begin(), body.end());
    return frame;
}

Outcome decode(std::span<const std::byte> bytes, std::size_t limit, std::size_t piece)
{
    using Status = remoting::FrameDecoder::Status;
    remoting::FrameDecoder decoder(limit);
    Outcome outcome;
    std::size_t fed = 0;
    for (;;) {
        remoting::FrameHeader header;
        remoting::Payload payload;
        while ((outcome.status = decoder.next(header, payload)) == Status::frame || outcome.status == Status::begun) {
            if (outcome.status == Status::begun) {
                check(payload.bytes.size() < header.size && header.size <= limit);
                continue;
            }
            check(header.size == payload.bytes.size() && header.size <= limit);
            outcome.frames.push_back(whole_of(header, payload.bytes));
        }
        check(decoder.memory() <= 16 * fed + block + remoting::frames_in_pieces_limit * 1024);
        if (outcome.status != Status::need_more || fed == bytes.size()) {
            return outcome;
        }
        const auto room = decoder.prepare();
        check(!room.empty());
        const std::size_t count = std::min({room.size(), bytes.size() - fed, piece});
        std::memcpy(room.data(), bytes.data() + fed, count);
        decoder.commit(count);
        fed += count;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2) {
        return 0;
    }
    const std::size_t piece = std::size_t{1} + data[0];
    const std::size_t limit = std::size_t{1} << (data[1] % 25U);
    const auto bytes = std::as_bytes(std::span(data, size)).subspan(2);
    check(decode(bytes, limit, piece) == decode(bytes, limit, bytes.size() + 1));
    return 0;
}
