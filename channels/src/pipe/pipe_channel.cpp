// SPDX-License-Identifier: BSL-1.0
#include <remoting/channels/pipe_channel.hpp>

#include "pipe/pipe_endpoint.hpp"
#include "socket/accept_loop.hpp"
#include "socket/socket_stream.hpp"
#include "socket/url_rules.hpp"

#include <system_error>
#include <utility>

namespace remoting {

namespace {

std::unique_ptr<ByteStream> make_stream(PipeSocket pipe)
{
    return std::make_unique<SocketStream>(std::move(pipe.socket), std::move(pipe.peer));
}

class PipeListener final : public Listener {
public:
    PipeListener(const ObjectUrl& url, const PipeOptions& options, ChannelHost& host)
        : endpoint_(url, {.directory = options.directory}, options.access),
          loop_(
              endpoint_.take_listening_socket(), host, endpoint_.url().endpoint(),
              [this](FileDescriptor socket) { return make_stream(endpoint_.admit(std::move(socket))); }, options.log)
    {
    }
    const std::string& url() const noexcept override { return loop_.local_url(); }

private:
    PipeEndpoint endpoint_;  // given up after the loop has ended
    AcceptLoop loop_;
};

}  // namespace

PipeChannel::PipeChannel(PipeOptions options) : options_(std::move(options)) {}

std::shared_ptr<Connection> PipeChannel::connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline)
{
    require_known_options(url, {"directory", "owner"});
    std::unique_ptr<ByteStream> stream;
    try {
        stream = make_stream(connect_pipe(url, {.directory = options_.directory}, host.clock(), deadline));
    } catch (const std::system_error& error) {
        throw_about(url, ErrorCode::connect_failed, error.what());
    }
    return host.open(std::move(stream), url, deadline);
}

std::unique_ptr<Listener> PipeChannel::listen(const ObjectUrl& url, ChannelHost& host)
{
    require_known_options(url, {"directory"});
    try {
        return std::make_unique<PipeListener>(url, options_, host);
    } catch (const std::system_error& error) {
        throw_about(url, ErrorCode::internal, error.what());
    }
}

}  // namespace remoting
