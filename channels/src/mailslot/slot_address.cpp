// SPDX-License-Identifier: BSL-1.0
#include "mailslot/slot_address.hpp"

#include "socket/url_rules.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

namespace remoting {

namespace {

constexpr std::uint16_t default_port = 42'742;

std::optional<std::string> take_option(ObjectUrl& url, const std::string& name)
{
    const auto found = url.options.find(name);
    if (found == url.options.end()) {
        return std::nullopt;
    }
    std::string value = std::move(found->second);
    url.options.erase(found);
    return value;
}

/// Takes the options about the network out of `rest`.
std::optional<SlotNetwork> take_network(ObjectUrl& rest, const ObjectUrl& url)
{
    const auto interface_name = take_option(rest, "interface");
    const auto port = take_option(rest, "port");
    const auto insecure = take_option(rest, "insecure");
    if (!interface_name) {
        if (port || insecure) {
            throw_about(url, ErrorCode::invalid_url, "the options port and insecure belong to the option interface");
        }
        return std::nullopt;
    }
    SlotNetwork network{
        .interface_name = *interface_name, .port = default_port, .is_insecure_allowed = insecure.has_value()};
    if (port) {
        const char* const end = port->data() + port->size();
        const auto [stop, error] = std::from_chars(port->data(), end, network.port);
        if (error != std::errc() || stop != end || network.port == 0) {
            throw_about(url, ErrorCode::invalid_url, "the option port is not a number from 1 to 65535");
        }
    }
    if (insecure && !insecure->empty()) {
        throw_about(url, ErrorCode::invalid_url, "'insecure' takes no value");
    }
    return network;
}

}  // namespace

SlotAddress SlotAddress::parse(std::string_view text_or_name)
{
    if (text_or_name.find("://") != std::string_view::npos) {
        return of(ObjectUrl::parse(text_or_name));
    }
    ObjectUrl url;
    url.scheme = "mailslot";
    url.host = ".";
    url.name = text_or_name;
    return of(url);
}

SlotAddress SlotAddress::of(const ObjectUrl& url)
{
    require_known_options(url, {"directory", "durable", "insecure", "interface", "owner", "port"});
    SlotAddress address;
    ObjectUrl bare = url;
    bare.object.clear();
    address.text = bare.endpoint();
    address.is_everywhere = url.host == "*";
    if (url.scheme != "mailslot" || (url.host != "." && url.host != "*") || !url.port.empty()) {
        throw RemotingError(ErrorCode::invalid_url, Executed::no,
                            "'" + address.text.substr(0, 200) +
                                "' is not a mailslot, which looks like mailslot://./name, or for all of the network "
                                "mailslot://*/name?interface=eth0");
    }
    address.network = take_network(bare, url);
    address.endpoint = std::move(bare);
    address.endpoint.host = std::exchange(address.endpoint.name, {});
    address.is_pattern = address.endpoint.host.find('*') != std::string::npos;
    if (const auto durable = address.endpoint.options.find("durable"); durable != address.endpoint.options.end()) {
        if (!durable->second.empty()) {
            throw_about(url, ErrorCode::invalid_url, "the option durable has no value");
        }
        if (url.options.contains("directory") || url.options.contains("owner")) {
            throw_about(url, ErrorCode::invalid_url,
                        "the options directory and owner are about sockets, which a durable slot has not");
        }
        address.is_durable = true;
        address.endpoint.options.erase(durable);
    }
    ObjectUrl checked = address.endpoint;
    std::ranges::replace(checked.host, '*', 'x');
    require_name(checked);
    if (address.is_pattern && address.is_durable) {
        throw_about(url, ErrorCode::invalid_url, "a pattern of names reaches slots that are there; none is durable");
    }
    if (address.is_everywhere && !address.network) {
        throw_about(url, ErrorCode::invalid_url, "the network interface is not named; append ?interface=NAME");
    }
    if (address.network && address.is_durable) {
        throw_about(url, ErrorCode::invalid_url, "a durable slot is of this machine only");
    }
    return address;
}

PipePlace slot_place(std::string directory)
{
    return {.directory = std::move(directory), .prefix = slot_prefix};
}

bool matches(std::string_view pattern, std::string_view name) noexcept
{
    std::size_t p = 0;
    std::size_t n = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = n;
        } else if (p < pattern.size() && pattern[p] == name[n]) {
            ++p;
            ++n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace remoting
