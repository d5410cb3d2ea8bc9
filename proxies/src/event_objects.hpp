// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "event_receiver.hpp"

#include <remoting/dispatch/remote_object.hpp>
#include <remoting/dispatch/servant_executor.hpp>

#include <cstdint>
#include <memory>

// What stands for a subscription on the wire: the subscriber's sink, to which the publisher sends events, and the
// publisher's ticket, which the subscriber holds for as long as it wants them.

namespace remoting::detail {

class EventSink : public virtual RemoteObject {};
class EventTicket : public virtual RemoteObject {};

/// The sink of this process's subscribers.
class EventSinkServant final : public EventSink {
public:
    EventSinkServant(std::shared_ptr<EventReceiver> receiver, std::uint64_t attempt) noexcept
        : receiver_(std::move(receiver)),
          attempt_(attempt)
    {
    }
    ~EventSinkServant() override { receiver_->sink_gone(attempt_); }

    EventReceiver& receiver() const noexcept { return *receiver_; }
    /// Where its calls run; null: as other callbacks.
    const std::shared_ptr<ServantExecutor>& executor() const noexcept { return receiver_->options().executor; }

private:
    const std::shared_ptr<EventReceiver> receiver_;
    const std::uint64_t attempt_;
};

std::shared_ptr<EventSink> make_event_sink(std::shared_ptr<EventReceiver> receiver, std::uint64_t attempt);

/// What a subscriber asks for.
struct SubscribeRequest {
    std::shared_ptr<EventSink> sink;
    std::uint32_t queue = 0;
    SlowSubscriber policy = SlowSubscriber::drop_oldest;
    bool last_value = false;
    std::shared_ptr<const void> place{};  ///< at the publisher: one of those that a connection may have
};

}  // namespace remoting::detail

namespace remoting {

template <>
struct InterfaceTraits<detail::EventSink> {
    static const InterfaceDescriptor& descriptor() noexcept;
};
template <>
struct InterfaceTraits<detail::EventTicket> {
    static const InterfaceDescriptor& descriptor() noexcept;
};

}  // namespace remoting
