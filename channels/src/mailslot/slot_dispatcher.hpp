// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "mailslot/one_way_connection.hpp"
#include "mailslot/slot_store.hpp"

#include <remoting/channels/channel_host.hpp>
#include <remoting/dispatch/dispatch_sink.hpp>
#include <remoting/errors/log.hpp>
#include <remoting/messaging/random_source.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace remoting {

/// Makes calls of messages, on the thread that asks for it; several in the order of asking. For one thread at a time.
class SlotDispatcher final {
public:
    /// What `target` points to, and `random`, outlive it.
    /// @param name the slot's, which is the URI of its object where a call names none
    SlotDispatcher(MessageTarget target, RandomSource& random, std::string address, std::string name, Log log);

    /// Returns when the servant has returned. What it throws, and what cannot be delivered, goes to the log.
    void dispatch(const StoredMessage& message);

private:
    void make_call(const StoredMessage& message);
    void run(IncomingCall call);
    void report(const std::string& problem) const noexcept;
    std::shared_ptr<Connection> writer(const StoredMessage& message);

    const MessageTarget target_;
    const std::string address_;
    const std::string name_;
    const Log log_;
    const Id128 token_;
    std::uint64_t calls_ = 0;
    BoundObject object_;  // of the last message: the next is often for the same
    BoundMethod method_;
    std::shared_ptr<OneWayConnection> writer_;
};

}  // namespace remoting
