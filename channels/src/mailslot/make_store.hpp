// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "mailslot/slot_address.hpp"
#include "mailslot/slot_store.hpp"

#include <remoting/channels/mailslot.hpp>

#include <memory>
#include <string>

namespace remoting {

struct OwnedStore {
    std::unique_ptr<SlotStore> store;
    std::string url;  ///< what writers use
};

/// @throws RemotingError invalid_argument for options that a durable slot cannot honour
void require_durable_options(const SlotAddress& address, const MailslotOptions& options);

/// Owns the slot that the address says. @throws RemotingError
OwnedStore make_store(const SlotAddress& address, const MailslotOptions& options);

/// @param options the user's
MailslotInfo info_of(SlotStore& store, const MailslotOptions& options);

}  // namespace remoting
