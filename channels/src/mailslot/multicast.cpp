// SPDX-License-Identifier: BSL-1.0
#include "mailslot/multicast.hpp"

#include "socket/url_rules.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>

namespace remoting {

namespace {

constexpr std::string_view magic("RMSL\0", 5);  // with the version
constexpr const char* group = "239.255.82.77";  // of the range for one site, RFC 2365

sockaddr_in group_address(std::uint16_t port) noexcept
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, group, &address.sin_addr);
    return address;
}

template <class T>
void set_option(const SlotAddress& address, int socket, int level, int option, const T& value)
{
    if (::setsockopt(socket, level, option, &value, sizeof value) != 0) {
        throw_errno(address.endpoint, ErrorCode::connect_failed, errno,
                    "cannot use the network interface " + address.network->interface_name);
    }
}

FileDescriptor open_socket(const SlotAddress& address)
{
    FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) {
        throw_errno(address.endpoint, ErrorCode::resource_exhausted, errno, "cannot open a socket");
    }
    return socket;
}

/// @throws RemotingError invalid_url, permission_denied
ip_mreqn choose_interface(const SlotAddress& address, int socket)
{
    const auto& [name, port, insecure] = *address.network;
    ip_mreqn choice{};
    choice.imr_multiaddr = group_address(port).sin_addr;
    choice.imr_ifindex = static_cast<int>(::if_nametoindex(name.c_str()));
    if (choice.imr_ifindex == 0) {
        throw_about(address.endpoint, ErrorCode::invalid_url, "there is no network interface '" + name + "'");
    }
    ifreq asked{};
    name.copy(asked.ifr_name, sizeof asked.ifr_name - 1);
    if (::ioctl(socket, SIOCGIFFLAGS, &asked) != 0) {
        throw_errno(address.endpoint, ErrorCode::invalid_url, errno, "cannot look at the network interface " + name);
    }
    if ((asked.ifr_flags & IFF_LOOPBACK) == 0 && !insecure) {
        throw_about(address.endpoint, ErrorCode::permission_denied,
                    name +
                        " reaches beyond this machine, and mailslots of the network are neither encrypted nor "
                        "authenticated; append &insecure to the URL if that is what you want");
    }
    if (::ioctl(socket, SIOCGIFADDR, &asked) != 0) {
        throw_errno(address.endpoint, ErrorCode::invalid_url, errno,
                    "the network interface " + name + " has no IPv4 address");
    }
    choice.imr_address = reinterpret_cast<const sockaddr_in&>(asked.ifr_addr).sin_addr;  // where messages come from
    return choice;
}

}  // namespace

std::string NetworkMessage::encode_head(std::string_view name)
{
    std::string head(magic);
    head += static_cast<char>(name.size());  // a name has at most 64 bytes
    head += name;
    return head;
}

std::optional<NetworkMessage> NetworkMessage::decode(std::span<const std::byte> datagram) noexcept
{
    const std::string_view text(reinterpret_cast<const char*>(datagram.data()), datagram.size());
    if (!text.starts_with(magic) || text.size() == magic.size()) {
        return std::nullopt;
    }
    const std::size_t name_size = static_cast<unsigned char>(text[magic.size()]);
    const std::size_t head_size = magic.size() + 1 + name_size;
    if (text.size() < head_size) {
        return std::nullopt;
    }
    return NetworkMessage{text.substr(magic.size() + 1, name_size), datagram.subspan(head_size)};
}

FileDescriptor join_network(const SlotAddress& address)
{
    FileDescriptor socket = open_socket(address);
    const ip_mreqn choice = choose_interface(address, socket.get());
    set_option(address, socket.get(), SOL_SOCKET, SO_REUSEADDR, int{1});  // each slot of this machine gets its own
    const sockaddr_in bound = group_address(address.network->port);
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&bound), sizeof bound) != 0) {
        throw_errno(address.endpoint, ErrorCode::address_in_use, errno,
                    "cannot listen on UDP port " + std::to_string(address.network->port));
    }
    set_option(address, socket.get(), IPPROTO_IP, IP_MULTICAST_ALL, int{0});  // only what comes in on that interface
    set_option(address, socket.get(), IPPROTO_IP, IP_ADD_MEMBERSHIP, choice);
    return socket;
}

MulticastSender::MulticastSender(const SlotAddress& address)
    : address_(address),
      head_(NetworkMessage::encode_head(address.endpoint.host)),
      socket_(open_socket(address))
{
    set_option(address, socket_.get(), IPPROTO_IP, IP_MULTICAST_IF, choose_interface(address, socket_.get()));
    set_option(address, socket_.get(), IPPROTO_IP, IP_MULTICAST_TTL, int{1});   // no router passes it on
    set_option(address, socket_.get(), IPPROTO_IP, IP_MULTICAST_LOOP, int{1});  // slots of this machine belong to it
}

void MulticastSender::send(std::span<const std::byte> head, std::span<const std::byte> content, TimePoint deadline)
{
    if (head.size() + content.size() > message_limit()) {
        throw_about(address_.endpoint, ErrorCode::limit_exceeded,
                    "a message of " + std::to_string(head.size() + content.size()) + " bytes; the network takes " +
                        std::to_string(message_limit()));
    }
    sockaddr_in to = group_address(address_.network->port);
    std::array<iovec, 3> parts{{{const_cast<char*>(head_.data()), head_.size()},
                                {const_cast<std::byte*>(head.data()), head.size()},
                                {const_cast<std::byte*>(content.data()), content.size()}}};
    msghdr message{};
    message.msg_name = &to;
    message.msg_namelen = sizeof to;
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    while (::sendmsg(socket_.get(), &message, MSG_NOSIGNAL) < 0) {
        if (errno != EAGAIN && errno != ENOBUFS && errno != EINTR) {
            throw_errno(address_.endpoint, ErrorCode::connection_lost, errno, "cannot send to the network");
        }
        const Duration left = deadline - system_clock().now();
        if (left <= Duration::zero()) {
            throw_about(address_.endpoint, ErrorCode::deadline_exceeded, "the network did not take the message");
        }
        constexpr std::chrono::milliseconds pause(10);  // ENOBUFS is not told by poll
        pollfd ready{.fd = socket_.get(), .events = POLLOUT, .revents = 0};
        ::poll(&ready, 1,
               static_cast<int>(std::min(std::chrono::ceil<std::chrono::milliseconds>(left), pause).count()));
    }
}

}  // namespace remoting
