// SPDX-License-Identifier: BSL-1.0
#include "event_objects.hpp"

#include "event_subscriber.hpp"
#include "event_topic.hpp"
#include "remote_reference.hpp"

#include <remoting/dispatch/async_servant.hpp>
#include <remoting/dispatch/server_call.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/proxies/proxy.hpp>
#include <remoting/proxies/stream_feeder.hpp>
#include <remoting/serialization/archive.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

namespace remoting {

namespace detail {

namespace {

template <class Interface>
class EventProxy final : public Interface, public Proxy {
public:
    explicit EventProxy(ProxyTarget target) : Proxy(std::move(target), InterfaceTraits<Interface>::descriptor()) {}
    Proxy* remoting_proxy() noexcept override { return this; }

    static std::shared_ptr<RemoteObject> make(ProxyTarget target, const InterfaceDescriptor& /*interface*/)
    {
        return std::make_shared<EventProxy>(std::move(target));
    }
};

/// The publisher's end of a subscription: unsubscribes when its holder lets go of it, or is gone.
class EventTicketServant final : public EventTicket {
public:
    EventTicketServant(std::weak_ptr<EventTopic> topic, std::shared_ptr<EventSubscriber> subscriber) noexcept
        : topic_(std::move(topic)),
          subscriber_(std::move(subscriber))
    {
    }
    ~EventTicketServant() override
    {
        subscriber_->forget();
        if (const auto topic = topic_.lock()) {
            topic->remove(*subscriber_);
        }
    }

    Subscription upstream;  ///< where the object is a proxy: what it is told comes from there

private:
    const std::weak_ptr<EventTopic> topic_;
    const std::shared_ptr<EventSubscriber> subscriber_;
};

void no_values(OutputArchive& /*archive*/, Values /*values*/) {}
void no_values(InputArchive& /*archive*/, Values /*values*/) {}

void invoke_deliver(ServerCall& call, void* servant)
{
    EventReceiver& receiver = static_cast<EventSinkServant*>(servant)->receiver();
    EventDelivery delivery{receiver.event()};
    void* const values[] = {&delivery};
    call.run(values, [&] {
        receiver.add_dropped(delivery.dropped);
        for (const SharedValues& event : delivery.events) {
            receiver.call(event->addresses());
        }
    });
}

void decode_question(InputArchive& archive, Values values)
{
    const auto& question = *static_cast<const EventQuestion*>(values[0]);
    question.event.method.decode_arguments(archive, question.values);
}

void encode_answer(OutputArchive& archive, Values values)
{
    const auto& question = *static_cast<const EventQuestion*>(values[0]);
    archive << question.is_answered;
    if (question.is_answered) {
        question.event.method.encode_results(archive, question.values);
    }
}

void invoke_ask(ServerCall& call, void* servant)
{
    EventReceiver& receiver = static_cast<EventSinkServant*>(servant)->receiver();
    const SharedValues event = receiver.event().copy(nullptr);
    EventQuestion question{receiver.event(), event->addresses()};
    void* const values[] = {&question};
    call.run(values, [&] { question.is_answered = receiver.call(question.values); });
}

void decode_end(InputArchive& archive, Values values)
{
    archive >> *static_cast<std::uint16_t*>(values[0]) >> *static_cast<std::string*>(values[1]);
}

void invoke_end(ServerCall& call, void* servant)
{
    std::uint16_t code = 0;
    std::string why;
    void* const values[] = {&code, &why};
    call.run(values, [&] {
        static_cast<EventSinkServant*>(servant)->receiver().end_by_publisher(error_code_of(code), why);
    });
}

void* cast_sink(RemoteObject& object) noexcept
{
    return dynamic_cast<EventSinkServant*>(&object);
}
void* cast_ticket(RemoteObject& object) noexcept
{
    return dynamic_cast<EventTicketServant*>(&object);
}

constexpr MethodDescriptor internal_method(std::string_view name, void (*invoke)(ServerCall&, void*)) noexcept
{
    return {.name = name,
            .parameters = {},
            .encode_arguments = no_values,
            .decode_arguments = no_values,
            .encode_results = no_values,
            .decode_results = no_values,
            .throws = {},
            .known_exceptions = {},
            .invoke = invoke};
}

// In the order of SinkMethod of event_subscriber.hpp.
constexpr auto make_sink_methods() noexcept
{
    std::array<MethodDescriptor, 3> methods{internal_method("Deliver", invoke_deliver),
                                            internal_method("Ask", invoke_ask), internal_method("End", invoke_end)};
    methods[0].encode_arguments = encode_delivery;
    methods[0].decode_arguments = decode_delivery;
    methods[1].encode_arguments = encode_question;
    methods[1].decode_arguments = decode_question;
    methods[1].encode_results = encode_answer;
    methods[1].decode_results = decode_answer;
    methods[2].encode_arguments = encode_end;
    methods[2].decode_arguments = decode_end;
    methods[2].one_way = true;
    return methods;
}

constexpr std::array<MethodDescriptor, 3> sink_methods = make_sink_methods();

constexpr InterfaceDescriptor sink_descriptor = {.name = "~event.sink",
                                                 .bases = {},
                                                 .methods = sink_methods,
                                                 .constructor = nullptr,
                                                 .make_proxy = EventProxy<EventSink>::make,
                                                 .cast = cast_sink};
constexpr InterfaceDescriptor ticket_descriptor = {.name = "~event.ticket",
                                                   .bases = {},
                                                   .methods = {},
                                                   .constructor = nullptr,
                                                   .make_proxy = EventProxy<EventTicket>::make,
                                                   .cast = cast_ticket};

/// To an object that is elsewhere, on behalf of a peer: its events are passed on.
Subscription relay(RemoteObject& object, EventSources& sources, const EventDescriptor& event,
                   const std::shared_ptr<EventSubscriber>& subscriber, const SubscribeRequest& request)
{
    const auto pass_on = [&event, subscriber](Values values) {
        const SharedValues copy = event.copy(values);
        if (!event.asks) {
            subscriber->push(copy, std::chrono::steady_clock::now() + longest_wait(event));
            return;
        }
        const bool has_say = subscriber->ask(copy->addresses());
        for (std::size_t index = 0; index < event.method.parameters.size(); ++index) {
            const Direction direction = event.method.parameters[index].direction;
            if (direction == Direction::result) {
                *static_cast<bool*>(values[index]) = !has_say || *static_cast<const bool*>(copy->addresses()[index]);
            } else if (direction == Direction::in_out && has_say) {
                event.assign(index, copy->addresses(), values);
            }
        }
    };
    const auto ended = [subscriber](const std::exception_ptr& why) {
        try {
            std::rethrow_exception(why);
        } catch (const RemotingError& error) {
            subscriber->end(error.code(), error.cause());
        } catch (...) {
        }
    };
    return subscribe(object, sources, event, pass_on,
                     {.queue = request.queue, .policy = request.policy, .last_value = request.last_value, .on_ended = ended});
}

std::shared_ptr<EventTicket> admit(EventSources& sources, const EventDescriptor& event, RemoteObject* object,
                                   SubscribeRequest& request)
{
    const auto subscriber = make_remote_subscriber(event, request);
    if (object != nullptr && object->remoting_proxy() != nullptr) {
        auto ticket = std::make_shared<EventTicketServant>(std::weak_ptr<EventTopic>(), subscriber);
        subscriber->begin(nullptr);
        ticket->upstream = relay(*object, sources, event, subscriber, request);
        return ticket;
    }
    EventTopic& topic = sources.remoting_topic(event);
    auto ticket = std::make_shared<EventTicketServant>(topic.weak_from_this(), subscriber);
    topic.add(subscriber, request.last_value, sources);
    return ticket;
}

}  // namespace

void decode_delivery(InputArchive& archive, Values values)
{
    auto& delivery = *static_cast<EventDelivery*>(values[0]);
    delivery.dropped = archive.read<std::uint64_t>();
    const auto count = archive.read<std::uint32_t>();
    if (count > largest_delivery) {
        archive.fail("more events at once than are allowed");
    }
    for (std::uint32_t index = 0; index < count; ++index) {
        const std::byte* const outer = archive.begin_struct();
        delivery.events.push_back(delivery.event.copy(nullptr));
        delivery.event.method.decode_arguments(archive, delivery.events.back()->addresses());
        archive.end_struct(outer);
    }
}

std::shared_ptr<EventSink> make_event_sink(std::shared_ptr<EventReceiver> receiver, std::uint64_t attempt)
{
    return std::make_shared<EventSinkServant>(std::move(receiver), attempt);
}

Subscription subscribe(RemoteObject& object, EventSources& sources, const EventDescriptor& event, EventHandler handler,
                       SubscriptionOptions options)
{
    Proxy* const proxy = object.remoting_proxy();
    const Log log = proxy != nullptr ? proxy->remoting_target().reference().world().options().log : log_to_stderr();
    auto receiver = std::make_shared<EventReceiver>(event, std::move(handler), std::move(options), log);
    Subscription subscription(receiver);
    if (proxy != nullptr) {
        receiver->subscribe(proxy->remoting_target(), proxy->remoting_interface());
        return subscription;
    }
    EventTopic& topic = sources.remoting_topic(event);
    const auto subscriber = std::make_shared<LocalSubscriber>(receiver);
    receiver->set_ticket(std::make_shared<EventTicketServant>(topic.weak_from_this(), subscriber));
    topic.add(subscriber, receiver->options().last_value, sources);
    return subscription;
}

void announce(RemoteObject& object, EventSources& sources, const EventDescriptor& event)
{
    if (object.remoting_proxy() == nullptr) {
        const SharedValues present = event.copy(nullptr);
        if (event.read(sources, present->addresses())) {
            sources.remoting_topic(event).raise(present->addresses());
        }
    }
}

void accept_subscription(ServerCall& call, RemoteObject& object, EventSources& sources, const EventDescriptor& event)
{
    SubscribeRequest request;
    std::shared_ptr<EventTicket> ticket;
    void* const values[] = {&request, &ticket};
    call.run(values, [&] { ticket = admit(sources, event, &object, request); });
}

void accept_subscription(AsyncServerCall& call, EventSources& sources, const EventDescriptor& event)
{
    SubscribeRequest request;
    std::shared_ptr<EventTicket> ticket;
    void* const values[] = {&request, &ticket};
    call.decode(values);
    ticket = admit(sources, event, nullptr, request);
    call.succeed();
}

void encode_subscribe(OutputArchive& archive, Values values)
{
    const auto& request = *static_cast<const SubscribeRequest*>(values[0]);
    archive << request.sink << request.queue << request.policy << request.last_value;
}

void decode_subscribe(InputArchive& archive, Values values)
{
    auto& request = *static_cast<SubscribeRequest*>(values[0]);
    archive >> not_null(request.sink, "the sink of a subscription");
    archive >> request.queue >> request.policy >> request.last_value;
    if (request.queue == 0 || request.policy > SlowSubscriber::disconnect) {
        archive.fail("a subscription that asks for a queue or policy that there is not");
    }
    request.place = take_place(*request.sink);
}

void encode_ticket(OutputArchive& archive, Values values)
{
    archive << not_null(*static_cast<const std::shared_ptr<EventTicket>*>(values[1]), "the ticket of a subscription");
}

void decode_ticket(InputArchive& archive, Values values)
{
    archive >> not_null(*static_cast<std::shared_ptr<EventTicket>*>(values[1]), "the ticket of a subscription");
}

}  // namespace detail

const InterfaceDescriptor& InterfaceTraits<detail::EventSink>::descriptor() noexcept
{
    return detail::sink_descriptor;
}
const InterfaceDescriptor& InterfaceTraits<detail::EventTicket>::descriptor() noexcept
{
    return detail::ticket_descriptor;
}

}  // namespace remoting
