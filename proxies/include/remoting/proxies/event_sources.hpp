// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/descriptors.hpp>
#include <remoting/dispatch/remote_object.hpp>
#include <remoting/events.hpp>
#include <remoting/proxies/call_frame.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

// What generated headers need for events. An event on the wire is a method of its interface, by which a peer
// subscribes; proxies/README.md has the picture.

namespace remoting {

class AsyncServerCall;
struct EventDescriptor;

namespace detail {
class EventTopic;
class EventTopics;
}  // namespace detail

/// The arguments of an event that was raised, and room for its result.
class EventValues {
public:
    virtual ~EventValues() = default;
    Values addresses() const noexcept { return addresses_; }

protected:
    Values addresses_ = nullptr;
};

/// A handler for values of whatever types.
using EventHandler = std::function<void(Values)>;

/// Base of generated classes whose servants raise events: who subscribed to what. Thread-safe. Servants may be copied;
/// subscribers stay with the one they subscribed to.
class EventSources {
public:
    EventSources() noexcept = default;
    EventSources(const EventSources& /*other*/) noexcept {}
    EventSources& operator=(const EventSources& /*other*/) noexcept { return *this; }
    /// Ends the subscriptions: the object is gone.
    virtual ~EventSources();

    detail::EventTopic& remoting_topic(const EventDescriptor& event);

protected:
    void remoting_raise(const EventDescriptor& event, Values values);

private:
    std::atomic<detail::EventTopics*> topics_{nullptr};
};

/// One event: a constant of generated sources.
struct EventDescriptor {
    const MethodDescriptor& method;
    /// Copies values; null: makes default ones.
    std::shared_ptr<EventValues> (*copy)(Values);
    void (*assign)(std::size_t index, Values from, Values to);
    /// Raising waits for answers.
    bool asks = false;
    bool keeps_last = false;
    /// Of an [observable] property: what is equal to the last one is not raised.
    bool (*is_same)(Values, Values) = nullptr;
    /// Of an [observable] property: reads it; false for a servant that answers later.
    bool (*read)(EventSources&, Values) = nullptr;
};

namespace detail {

template <class Result, class... P>
class StoredEvent final : public EventValues {
public:
    StoredEvent() { addresses_ = frame_.addresses(); }

private:
    CallFrame<Result, P...> frame_;
};

template <class Result, class... P>
void assign_event_value(std::size_t index, Values from, Values to)
{
    std::size_t position = 0;
    const auto assign = [&]<class T>(std::type_identity<T>) {
        if (position++ == index) {
            *static_cast<T*>(to[index]) = *static_cast<const T*>(from[index]);
        }
    };
    (assign(std::type_identity<P>()), ...);
    if constexpr (!std::is_same_v<Result, std::tuple<>>) {
        assign(std::type_identity<Result>());
    }
}

template <class Result, class... P>
std::shared_ptr<EventValues> copy_event_values(Values values)
{
    auto copy = std::make_shared<StoredEvent<Result, P...>>();
    if (values != nullptr) {
        for (std::size_t index = 0; index < sizeof...(P); ++index) {
            assign_event_value<std::tuple<>, P...>(index, values, copy->addresses());
        }
    }
    return copy;
}

template <class T>
bool same_event_value(Values left, Values right)
{
    return *static_cast<const T*>(left[0]) == *static_cast<const T*>(right[0]);
}

template <class Result, class... P, std::size_t... index>
void handle_event(const std::function<Result(P...)>& handler, Values values, std::index_sequence<index...> /*all*/)
{
    const auto call = [&] { return handler(*static_cast<std::remove_cvref_t<P>*>(values[index])...); };
    if constexpr (std::is_void_v<Result>) {
        call();
    } else {
        *static_cast<Result*>(values[sizeof...(P)]) = call();
    }
}

template <class Result, class... P>
EventHandler event_handler(std::function<Result(P...)> handler)
{
    if (handler == nullptr) {
        return nullptr;
    }
    return [handler = std::move(handler)](Values values) {
        handle_event(handler, values, std::index_sequence_for<P...>());
    };
}

/// `object.on_Event(handler, options)`, for a proxy or a servant. @throws RemotingError
Subscription subscribe(RemoteObject& object, EventSources& sources, const EventDescriptor& event, EventHandler handler,
                       SubscriptionOptions options);

/// An [observable] property of a servant was set.
void announce(RemoteObject& object, EventSources& sources, const EventDescriptor& event);

/// How a peer subscribes.
void accept_subscription(ServerCall& call, RemoteObject& object, EventSources& sources, const EventDescriptor& event);
void accept_subscription(AsyncServerCall& call, EventSources& sources, const EventDescriptor& event);

template <class Servant, const EventDescriptor& (*event)() noexcept>
void start_subscription(const std::shared_ptr<AsyncServerCall>& call, void* servant)
{
    accept_subscription(*call, *static_cast<Servant*>(servant), event());
}

void encode_subscribe(OutputArchive& archive, Values values);
void decode_subscribe(InputArchive& archive, Values values);
void encode_ticket(OutputArchive& archive, Values values);
void decode_ticket(InputArchive& archive, Values values);

}  // namespace detail

/// The method by which a peer subscribes to the event of that name.
constexpr MethodDescriptor subscribe_method(std::string_view name, void (*invoke)(ServerCall&, void*)) noexcept
{
    return {.name = name,
            .parameters = {},
            .encode_arguments = detail::encode_subscribe,
            .decode_arguments = detail::decode_subscribe,
            .encode_results = detail::encode_ticket,
            .decode_results = detail::decode_ticket,
            .throws = {},
            .known_exceptions = {},
            .invoke = invoke,
            .is_event = true};
}

}  // namespace remoting
