// SPDX-License-Identifier: BSL-1.0
#include <remoting/channels/client_channel.hpp>

#include <remoting/errors/exceptions.hpp>

#include <exception>
#include <utility>

namespace remoting {

void ChannelHost::async_open(std::unique_ptr<ByteStream> stream, const ObjectUrl& url, TimePoint deadline,
                             Connected done)
{
    std::shared_ptr<Connection> connection;
    std::exception_ptr failure;
    try {
        connection = open(std::move(stream), url, deadline);
    } catch (...) {
        failure = std::current_exception();
    }
    done(failure, std::move(connection));
}

void ChannelHost::run_apart(std::function<void()> work)
{
    work();
}

void ClientChannel::async_connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline, Connected done)
{
    host.run_apart([this, url, &host, deadline, done = std::move(done)] {
        std::shared_ptr<Connection> connection;
        std::exception_ptr failure;
        try {
            connection = connect(url, host, deadline);
        } catch (...) {
            failure = std::current_exception();
        }
        done(failure, std::move(connection));
    });
}

std::string ClientChannel::object_of(const ObjectUrl& url, const InterfaceDescriptor&) const
{
    if (url.object.empty()) {
        throw RemotingError(ErrorCode::invalid_url, Executed::no,
                            "'" + url.to_string() + "' names a server, but no object: its URI goes behind a '/'");
    }
    return url.object;
}

}  // namespace remoting
