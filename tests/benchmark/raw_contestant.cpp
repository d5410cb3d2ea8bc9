// SPDX-License-Identifier: BSL-1.0
#include "contestant.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

// The physical limit: blocking send and recv of the same bytes with the same framing of 16 bytes, encoded by hand.

namespace bench {

namespace {

constexpr std::size_t header_size = 16;
constexpr auto spin_time = std::chrono::microseconds(20);

int check(int value, const char* what)
{
    if (value < 0) {
        throw std::system_error(errno, std::generic_category(), what);
    }
    return value;
}

class RawSocket {
public:
    RawSocket(int descriptor, Waiting waiting) : descriptor_(descriptor), waiting_(waiting) {}
    ~RawSocket() { ::close(descriptor_); }
    RawSocket(const RawSocket&) = delete;
    RawSocket& operator=(const RawSocket&) = delete;

    bool read_exactly(std::byte* data, std::size_t size)
    {
        while (size != 0) {
            const ssize_t got = read_some(data, size);
            if (got <= 0) {
                return false;
            }
            data += got;
            size -= static_cast<std::size_t>(got);
        }
        return true;
    }
    /// Returns the size of the message, its header included; 0 at the end.
    std::size_t read_message(std::vector<std::byte>& buffer)
    {
        std::size_t held = 0;
        std::size_t wanted = header_size;
        while (held < wanted) {
            const ssize_t got = read_some(buffer.data() + held, buffer.size() - held);
            if (got <= 0) {
                return 0;
            }
            held += static_cast<std::size_t>(got);
            if (held >= header_size && wanted == header_size) {
                std::uint32_t body = 0;
                std::memcpy(&body, buffer.data(), sizeof body);
                wanted += body;
            }
        }
        return held;
    }
    void write(const std::byte* data, std::size_t size)
    {
        while (size != 0) {
            const ssize_t sent = ::send(descriptor_, data, size, MSG_NOSIGNAL);
            check(static_cast<int>(sent > 0 ? 0 : -1), "send");
            data += sent;
            size -= static_cast<std::size_t>(sent);
        }
    }

private:
    ssize_t read_some(std::byte* data, std::size_t size)
    {
        if (waiting_ == Waiting::adaptive) {
            const auto end = std::chrono::steady_clock::now() + spin_time;
            do {
                const ssize_t got = ::recv(descriptor_, data, size, MSG_DONTWAIT);
                if (got >= 0 || errno != EAGAIN) {
                    return got;
                }
                ::sched_yield();
            } while (std::chrono::steady_clock::now() < end);
        }
        return ::recv(descriptor_, data, size, 0);
    }

    int descriptor_;
    Waiting waiting_;
};

/// A message like ours for `workload`; the server sends back what it got, W1 adds.
std::vector<std::byte> request_for(const std::string& workload)
{
    const std::size_t body = workload == "W1" ? 12 + 8 : workload == "W2" ? 12 + 612 : 12 + 4 + payload_size(workload);
    std::vector<std::byte> message(header_size + body, std::byte{7});
    const auto size = static_cast<std::uint32_t>(body);
    std::memcpy(message.data(), &size, sizeof size);
    return message;
}

/// Hand-written encoding of an Order's 60 fields: fixed fields one by one, strings with their length.
struct HandOrder {
    std::array<std::uint64_t, 30> numbers{};
    std::array<std::string, 24> texts;
};

void encode(const HandOrder& order, std::byte* out)
{
    for (const std::uint64_t number : order.numbers) {
        std::memcpy(out, &number, sizeof number);
        out += sizeof number;
    }
    for (const std::string& text : order.texts) {
        const auto size = static_cast<std::uint32_t>(text.size());
        std::memcpy(out, &size, sizeof size);
        std::memcpy(out + sizeof size, text.data(), text.size());
        out += sizeof size + text.size();
    }
}

void decode(HandOrder& order, const std::byte* in)
{
    for (std::uint64_t& number : order.numbers) {
        std::memcpy(&number, in, sizeof number);
        in += sizeof number;
    }
    for (std::string& text : order.texts) {
        std::uint32_t size = 0;
        std::memcpy(&size, in, sizeof size);
        text.assign(reinterpret_cast<const char*>(in + sizeof size), size);
        in += sizeof size + size;
    }
}

HandOrder example()
{
    HandOrder order;
    for (std::size_t i = 0; i < order.numbers.size(); ++i) {
        order.numbers[i] = i;
    }
    for (std::string& text : order.texts) {
        text = "eleven char";
    }
    return order;
}

void serve_one(int descriptor, Waiting waiting)
{
    RawSocket socket(descriptor, waiting);
    std::vector<std::byte> buffer(std::size_t{2} * 1024 * 1024);
    HandOrder order;
    while (const std::size_t size = socket.read_message(buffer)) {
        constexpr std::size_t order_size = header_size + 12 + 612;
        if (size == order_size) {
            decode(order, buffer.data() + header_size + 12);
            encode(order, buffer.data() + header_size + 12);
        }
        socket.write(buffer.data(), size);
    }
}

void serve(Transport transport, Waiting waiting, int ready)
{
    int listener = -1;
    std::string address;
    if (transport == Transport::tcp) {
        listener = check(::socket(AF_INET, SOCK_STREAM, 0), "socket");
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof name;
        check(::bind(listener, reinterpret_cast<sockaddr*>(&name), length), "bind");
        check(::getsockname(listener, reinterpret_cast<sockaddr*>(&name), &length), "getsockname");
        address = std::to_string(ntohs(name.sin_port));
    } else {
        listener = check(::socket(AF_UNIX, SOCK_STREAM, 0), "socket");
        sockaddr_un name{};
        name.sun_family = AF_UNIX;
        address = fmt::format("remoting-bench-{}", ::getpid());  // abstract: nothing to clean up
        std::memcpy(name.sun_path + 1, address.data(), address.size());
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + address.size());
        check(::bind(listener, reinterpret_cast<sockaddr*>(&name), length), "bind");
    }
    check(::listen(listener, 64), "listen");
    address += '\n';
    check(static_cast<int>(::write(ready, address.data(), address.size())), "write");
    for (;;) {
        const int peer = check(::accept(listener, nullptr, nullptr), "accept");
        const int one = 1;
        if (transport == Transport::tcp) {
            ::setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        }
        std::thread(serve_one, peer, waiting).detach();
    }
}

class RawContestant final : public Contestant {
public:
    RawContestant(Transport transport, Waiting waiting)
        : transport_(transport),
          waiting_(waiting),
          name_(waiting == Waiting::adaptive ? "raw, adaptive" : "raw"),
          server_([=](int ready) { serve(transport, waiting, ready); })
    {
    }

    const std::string& name() const noexcept override { return name_; }

    std::function<void()> open(const std::string& workload) override
    {
        auto socket = std::make_shared<RawSocket>(connect(), waiting_);
        auto message = std::make_shared<std::vector<std::byte>>(request_for(workload));
        auto reply = std::make_shared<std::vector<std::byte>>(std::size_t{2} * 1024 * 1024);
        auto order = std::make_shared<HandOrder>(example());
        const bool is_order = workload == "W2";
        return [=] {
            if (is_order) {
                encode(*order, message->data() + header_size + 12);
            }
            socket->write(message->data(), message->size());
            if (socket->read_message(*reply) == 0) {
                throw std::runtime_error("the raw server closed the connection");
            }
            if (is_order) {
                decode(*order, reply->data() + header_size + 12);
            }
        };
    }

private:
    int connect() const
    {
        if (transport_ == Transport::tcp) {
            const int descriptor = check(::socket(AF_INET, SOCK_STREAM, 0), "socket");
            sockaddr_in name{};
            name.sin_family = AF_INET;
            name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            name.sin_port = htons(static_cast<std::uint16_t>(std::stoi(server_.address())));
            check(::connect(descriptor, reinterpret_cast<sockaddr*>(&name), sizeof name), "connect");
            const int one = 1;
            ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            return descriptor;
        }
        const int descriptor = check(::socket(AF_UNIX, SOCK_STREAM, 0), "socket");
        sockaddr_un name{};
        name.sun_family = AF_UNIX;
        std::memcpy(name.sun_path + 1, server_.address().data(), server_.address().size());
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + server_.address().size());
        check(::connect(descriptor, reinterpret_cast<sockaddr*>(&name), length), "connect");
        return descriptor;
    }

    Transport transport_;
    Waiting waiting_;
    std::string name_;
    ServerProcess server_;
};

}  // namespace

std::unique_ptr<Contestant> make_raw(Transport transport, Waiting waiting)
{
    return std::make_unique<RawContestant>(transport, waiting);
}

}  // namespace bench
