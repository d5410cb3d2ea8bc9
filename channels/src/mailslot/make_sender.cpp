// SPDX-License-Identifier: BSL-1.0
#include "mailslot/durable_sender.hpp"
#include "mailslot/envelope.hpp"
#include "mailslot/group_sender.hpp"
#include "mailslot/make_store.hpp"
#include "mailslot/multicast.hpp"
#include "mailslot/slot_sender.hpp"

namespace remoting {

std::unique_ptr<SlotSender> make_sender(const SlotAddress& address, const MailslotOptions& options, TimePoint deadline)
{
    if (address.is_everywhere) {
        return std::make_unique<MulticastSender>(address);
    }
    MailslotOptions stored = options;
    stored.message_limit += Envelope::kind_size;
    if (address.is_pattern) {
        return std::make_unique<GroupSender>(address, stored);
    }
    if (address.is_durable) {
        require_durable_options(address, options);
        return std::make_unique<DurableSender>(address, stored, nullptr, time_left(deadline));
    }
    auto sender = std::make_unique<VolatileSender>(address, stored);
    sender->connect(deadline);
    return sender;
}

}  // namespace remoting
