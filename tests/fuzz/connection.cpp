// SPDX-License-Identifier: BSL-1.0
#include "probe_servant.hpp"
#include "raw_peer.hpp"
#include "wrapping_channel.hpp"

#include <remoting/errors/error_code.hpp>
#include <remoting/server.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>

// Arbitrary bytes for a real server, behind a hello and a first request if the first byte says so. It must answer in
// frames whose codes have names, and end when the peer does.

namespace {

using namespace remoting;        // NOLINT
using namespace remoting::test;  // NOLINT

void check(bool condition)
{
    if (!condition) {
        std::abort();
    }
}

class FuzzedServer final {
public:
    FuzzedServer() : server_(options())
    {
        server_.publish<probe::Probe>("probe", std::make_shared<ProbeServant>());
        server_.register_activated<probe::Session, SessionServant>();
        server_.listen("test://fuzzed");
    }

    int dial() { return channel_->dial("fuzzed"); }

private:
    ServerOptions options()
    {
        ServerOptions options;
        options.channels = registry_of(channel_);
        options.threads = 2;
        options.limits.message_size = std::size_t{64} * 1024;
        options.limits.requests_in_flight = 16;
        options.deadline = std::chrono::milliseconds(20);  // of calls back to a peer that will not answer
        options.log = [](std::string_view) {};
        return options;
    }

    const std::shared_ptr<WrappingChannel> channel_ = std::make_shared<WrappingChannel>();
    Server server_;
};

ByteVector beginning(std::uint8_t choice)
{
    const RequestHead head{
        .object_alias = 1, .method_alias = 1, .uri = "probe", .interface_name = "probe.Probe", .method_name = "Echo"};
    ByteVector bytes;
    if ((choice & 1U) != 0) {
        bytes = hello_of();
    }
    if ((choice & 2U) != 0) {
        bytes = std::move(bytes) + request_of(1, head, ByteVector(4));
    }
    return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static FuzzedServer server;
    if (size == 0) {
        return 0;
    }
    RawPeer peer(server.dial());
    const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
    peer.send(beginning(data[0]) + ByteVector(bytes.begin(), bytes.end()));
    peer.finish_sending();
    while (const auto frame = peer.receive()) {
        const auto code = static_cast<ErrorCode>(frame->header.code);
        check(frame->header.kind != FrameKind::reply || code == ErrorCode::unknown || to_string(code) != "unknown");
    }
    check(peer.sees_the_end());
    return 0;
}
