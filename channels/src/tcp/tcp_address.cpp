// SPDX-License-Identifier: BSL-1.0
#include "tcp/tcp_address.hpp"

#include "socket/url_rules.hpp"

#include <boost/asio/ip/address.hpp>

#include <charconv>
#include <string_view>
#include <utility>

namespace remoting {

namespace ip = boost::asio::ip;

namespace {

std::uint16_t parse_port(const ObjectUrl& url)
{
    const std::string& text = url.port;
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty()) {
        throw_about(url, ErrorCode::invalid_url, "the port is missing; a TCP address looks like tcp://127.0.0.1:6100");
    }
    if (error != std::errc() || end != text.data() + text.size() || value > 65535) {
        throw_about(url, ErrorCode::invalid_url, "'" + text.substr(0, 20) + "' is not a port (0 to 65535)");
    }
    return static_cast<std::uint16_t>(value);
}

/// Host names reach the C library as C strings and messages as they are: nothing that could fool either.
bool is_host_name(std::string_view text) noexcept
{
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    return !text.empty() && text.size() <= 253 && text.find_first_not_of(allowed) == std::string_view::npos;
}

bool is_localhost(std::string_view host) noexcept
{
    constexpr std::string_view name = "localhost";
    if (host.size() != name.size()) {
        return false;
    }
    for (std::size_t i = 0; i < name.size(); ++i) {
        if ((host[i] | 0x20) != name[i]) {
            return false;
        }
    }
    return true;
}

}  // namespace

bool is_loopback(const ip::address& address) noexcept
{
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return ip::make_address_v4(ip::v4_mapped, address.to_v6()).is_loopback();
    }
    return address.is_loopback();
}

std::string to_text(const TcpEndpoint& endpoint)
{
    const std::string address = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

TcpAddress parse_tcp_url(const ObjectUrl& url)
{
    require_known_options(url, {"insecure"});
    TcpAddress result;
    if (const auto insecure = url.options.find("insecure"); insecure != url.options.end()) {
        if (!insecure->second.empty()) {
            throw_about(url, ErrorCode::invalid_url, "'insecure' takes no value");
        }
        result.insecure = true;
    }
    result.port = parse_port(url);
    result.host = url.host;
    if (is_localhost(url.host)) {
        result.endpoints = {{ip::address_v4::loopback(), result.port}, {ip::address_v6::loopback(), result.port}};
        return result;
    }
    boost::system::error_code error;
    const auto literal = ip::make_address(url.host.find('\0') == std::string::npos ? url.host : "", error);
    if (!error) {
        result.endpoints = {{literal, result.port}};
    } else if (!is_host_name(url.host)) {
        throw RemotingError(ErrorCode::invalid_url, Executed::no,
                            "the host of a tcp:// URL is neither an address nor a host name");
    }
    return result;
}

std::vector<TcpEndpoint> permitted(const ObjectUrl& url, const TcpAddress& address, std::vector<TcpEndpoint> endpoints)
{
    if (address.insecure) {
        return endpoints;
    }
    std::string refused;
    std::erase_if(endpoints, [&](const TcpEndpoint& endpoint) {
        const bool remote = !is_loopback(endpoint.address());
        if (remote) {
            refused = endpoint.address().to_string();
        }
        return remote;
    });
    if (endpoints.empty() && !refused.empty()) {
        throw_about(url, ErrorCode::permission_denied,
                    refused +
                        " reaches beyond this machine, and tcp:// is neither encrypted nor authenticated; append "
                        "?insecure to the URL if that is what you want");
    }
    return endpoints;
}

}  // namespace remoting
