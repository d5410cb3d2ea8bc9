// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace remoting::test {

class RawSocket final {
public:
    explicit RawSocket(int descriptor) : descriptor_(descriptor) {}
    RawSocket(RawSocket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    RawSocket& operator=(RawSocket&&) = delete;
    ~RawSocket()
    {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }
    int get() const noexcept { return descriptor_; }

private:
    int descriptor_;
};

inline sockaddr_un address_of(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    return address;
}

inline RawSocket raw_listener(const std::string& path, int backlog)
{
    RawSocket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = address_of(path);
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(socket.get(), backlog) != 0) {
        throw std::runtime_error("cannot listen at " + path);
    }
    return socket;
}

/// 0 or errno.
inline int raw_connect(const RawSocket& socket, const std::string& path)
{
    const sockaddr_un address = address_of(path);
    return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

/// Connections that nobody accepts, until there is no room for one more.
inline std::vector<RawSocket> fill_queue(const std::string& path)
{
    std::vector<RawSocket> waiting;
    for (int error = 0; error == 0;) {
        RawSocket& socket = waiting.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        error = raw_connect(socket, path);
    }
    return waiting;
}

}  // namespace remoting::test
