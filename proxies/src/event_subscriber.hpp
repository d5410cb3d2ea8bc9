// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "event_objects.hpp"
#include "event_topic.hpp"

#include <remoting/dispatch/descriptors.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace remoting::detail {

/// Methods of a sink.
enum class EventSinkMethod : std::uint8_t { deliver, ask, end };

/// Events that arrived together.
struct EventDelivery {
    const EventDescriptor& event;
    std::vector<SharedValues> events{};
    std::uint64_t dropped = 0;
};
/// @throws RemotingError
void decode_delivery(InputArchive& archive, Values values);

/// An event whose publisher waits, on its way.
struct EventQuestion {
    const EventDescriptor& event;
    Values values;
    bool is_answered = false;
};

/// One of the subscriptions that the connection of `sink` may have, while what is returned lives.
/// @throws RemotingError resource_exhausted when there is none left, invalid_payload for a sink that is not the peer's
std::shared_ptr<const void> take_place(EventSink& sink);
/// A subscriber at a peer. @param request has its place
std::shared_ptr<EventSubscriber> make_remote_subscriber(const EventDescriptor& event, const SubscribeRequest& request);

void encode_delivery(OutputArchive& archive, Values values);
void encode_question(OutputArchive& archive, Values values);
void decode_answer(InputArchive& archive, Values values);
void encode_end(OutputArchive& archive, Values values);

}  // namespace remoting::detail
