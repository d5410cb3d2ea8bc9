// SPDX-License-Identifier: BSL-1.0
#include "mailslot/slot_address.hpp"

#include "socket/url_rules.hpp"

#include <algorithm>
#include <utility>

namespace remoting {

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
    require_known_options(url, {"directory", "durable", "owner"});
    SlotAddress address;
    ObjectUrl bare = url;
    bare.object.clear();
    address.text = bare.endpoint();
    if (url.scheme != "mailslot" || url.host != "." || !url.port.empty()) {
        throw RemotingError(ErrorCode::invalid_url, Executed::no,
                            "'" + address.text.substr(0, 200) +
                                "' is not a mailslot of this machine, which looks like mailslot://./name");
    }
    address.endpoint = std::move(bare);
    address.endpoint.host = std::exchange(address.endpoint.name, {});
    address.is_pattern = address.endpoint.host.find('*') != std::string::npos;
    if (const auto durable = address.endpoint.options.find("durable"); durable != address.endpoint.options.end()) {
        if (!durable->second.empty()) {
            throw_about(url, ErrorCode::invalid_url, "the option durable has no value");
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
