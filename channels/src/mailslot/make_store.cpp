// SPDX-License-Identifier: BSL-1.0
#include "mailslot/make_store.hpp"

#include "mailslot/durable_store.hpp"
#include "mailslot/volatile_store.hpp"
#include "socket/url_rules.hpp"

#include <utility>

namespace remoting {

namespace {

/// As users write it: the slot's name is behind the dot.
std::string url_of_endpoint(ObjectUrl endpoint, bool is_durable)
{
    endpoint.name = std::exchange(endpoint.host, std::string(1, '.'));
    if (is_durable) {
        endpoint.options["durable"];
    }
    return endpoint.endpoint();
}

}  // namespace

void require_durable_options(const SlotAddress& address, const MailslotOptions& options)
{
    if (!options.access.is_owner_only() || !options.directory.empty()) {
        throw_about(address.endpoint, ErrorCode::invalid_argument,
                    "a durable slot is its user's alone and has no sockets: it takes neither an access list nor a "
                    "directory of those");
    }
}

OwnedStore make_store(const SlotAddress& address, const MailslotOptions& options)
{
    if (address.is_pattern || address.is_everywhere) {
        throw_about(address.endpoint, ErrorCode::invalid_url,
                    address.is_pattern ? "nobody can own a pattern of names"
                                       : "nobody can own the slots of a network; one of this machine that listens to "
                                         "it is mailslot://./name?interface=NAME");
    }
    if (options.message_limit == 0 || options.message_limit > longest_message || options.queue_messages == 0 ||
        options.queue_bytes < options.message_limit) {
        throw_about(address.endpoint, ErrorCode::invalid_argument,
                    "a mailslot's message limit is 1 to 67108864 bytes, and it keeps one message at least");
    }
    if (address.is_durable) {
        require_durable_options(address, options);
        auto durable = std::make_unique<DurableStore>(address, options);
        std::string url = url_of_endpoint(durable->endpoint(), true);
        return {std::move(durable), std::move(url)};
    }
    auto store = std::make_unique<VolatileStore>(address, options);
    const std::string url = url_of_endpoint(store->endpoint(), false);
    return {std::move(store), url};
}

}  // namespace remoting
