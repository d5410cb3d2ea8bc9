// SPDX-License-Identifier: BSL-1.0
#include <remoting/channels/client_channel.hpp>

#include <remoting/errors/exceptions.hpp>

namespace remoting {

std::string ClientChannel::object_of(const ObjectUrl& url, const InterfaceDescriptor&) const
{
    if (url.object.empty()) {
        throw RemotingError(ErrorCode::invalid_url, Executed::no,
                            "'" + url.to_string() + "' names a server, but no object: its URI goes behind a '/'");
    }
    return url.object;
}

}  // namespace remoting
