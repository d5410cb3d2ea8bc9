// SPDX-License-Identifier: BSL-1.0
#include "mailslot/durable_sender.hpp"
#include "mailslot/make_store.hpp"
#include "mailslot/multicast.hpp"
#include "mailslot/slot_sender.hpp"

namespace remoting {

std::unique_ptr<SlotSender> make_sender(const SlotAddress& address, const MailslotOptions& options, TimePoint deadline)
{
    if (address.is_everywhere) {
        return std::make_unique<MulticastSender>(address);
    }
    if (address.is_pattern) {
        return std::make_unique<GroupSender>(address, options);
    }
    if (address.is_durable) {
        require_durable_options(address, options);
        return std::make_unique<DurableSender>(address, options, nullptr, time_left(deadline));
    }
    return std::make_unique<VolatileSender>(address, options, deadline);
}

}  // namespace remoting
