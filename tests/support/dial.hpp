// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/messaging/object_url.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>

namespace remoting::test {

/// A socket that is connected to a listener's tcp or pipe URL, without the library's help. The caller closes it.
inline int dial(const std::string& server)
{
    const ObjectUrl url = ObjectUrl::parse(server);
    const bool is_pipe = url.scheme == "pipe";
    const int descriptor = ::socket(is_pipe ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int result = -1;
    if (is_pipe) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string path = url.options.at("directory") + "/" + url.host;
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        result = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    } else {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.port)));
        ::inet_pton(AF_INET, url.host.c_str(), &address.sin_addr);
        result = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    if (result != 0) {
        ::close(descriptor);
        throw std::runtime_error("cannot connect to " + server);
    }
    return descriptor;
}

}  // namespace remoting::test
