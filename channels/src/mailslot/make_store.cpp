// SPDX-License-Identifier: BSL-1.0
#include "mailslot/make_store.hpp"

#include "mailslot/durable_store.hpp"
#include "mailslot/envelope.hpp"
#include "mailslot/volatile_store.hpp"
#include "socket/url_rules.hpp"

#include <algorithm>
#include <utility>

namespace remoting {

namespace {

std::string url_of(ObjectUrl endpoint, bool is_durable)
{
    if (is_durable) {
        endpoint.options["durable"];
    }
    return endpoint_text(endpoint);
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
    MailslotOptions stored = options;
    stored.message_limit += Envelope::kind_size;
    stored.queue_bytes = std::max(stored.queue_bytes, stored.message_limit);
    if (address.is_durable) {
        require_durable_options(address, options);
        auto durable = std::make_unique<DurableStore>(address, stored);
        std::string url = url_of(durable->endpoint(), true);
        return {std::move(durable), std::move(url)};
    }
    auto store = std::make_unique<VolatileStore>(address, stored);
    const std::string url = url_of(store->endpoint(), false);
    return {std::move(store), url};
}

MailslotInfo info_of(SlotStore& store, const MailslotOptions& options)
{
    SlotStore::State state = store.state();
    if (state.next_size) {
        *state.next_size -= std::min(*state.next_size, Envelope::kind_size);
    }
    return {.message_limit = options.message_limit,
            .next_size = state.next_size,
            .waiting = state.waiting,
            .read_timeout = options.read_timeout,
            .dropped = state.dropped};
}

}  // namespace remoting
