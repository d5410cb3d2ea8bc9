// SPDX-License-Identifier: BSL-1.0
#include "event_subscriber.hpp"

#include "object_session.hpp"
#include "remote_reference.hpp"

#include <remoting/channels/connection.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/proxies/stream_feeder.hpp>
#include <remoting/serialization/archive.hpp>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string>
#include <utility>

namespace remoting::detail {

namespace {

/// A delivery has so many bytes or more, as far as events are there.
constexpr std::size_t delivery_size = std::size_t{16} * 1024;

/// One of those that a connection may have.
class SubscriptionPlace {
public:
    explicit SubscriptionPlace(const ProxyTarget& sink)
    {
        RemoteReference& reference = sink.reference();
        count_ = static_cast<ObjectSession&>(reference.ready_connection()->marshaller()).subscriptions();
        const std::uint32_t limit = reference.world().limits().subscriptions;
        if (count_->fetch_add(1) >= limit) {
            count_->fetch_sub(1);
            throw RemotingError(ErrorCode::resource_exhausted, Executed::no,
                                "a connection has " + std::to_string(limit) + " subscriptions at most");
        }
    }
    ~SubscriptionPlace() { count_->fetch_sub(1); }
    SubscriptionPlace(const SubscriptionPlace&) = delete;
    SubscriptionPlace& operator=(const SubscriptionPlace&) = delete;

private:
    std::shared_ptr<std::atomic<std::uint32_t>> count_;
};

/// Sends events to a sink: as many as there are, up to a size, then waits until the handler is through with them.
class RemoteSubscriber final : public EventSubscriber {
public:
    RemoteSubscriber(const EventDescriptor& event, const SubscribeRequest& request, std::size_t queue)
        : EventSubscriber(event, queue, request.policy),
          place_(request.place),
          sink_(request.sink)
    {
    }

    bool ask(Values values) noexcept override;
    void encode(OutputArchive& archive);

private:
    void schedule() noexcept override;
    void tell_end(ErrorCode code, const std::string& why) noexcept override;
    void let_go() noexcept override;
    std::shared_ptr<EventSink> sink();
    void deliver() noexcept;
    void delivered(const std::exception_ptr& failure) noexcept;
    void not_delivered(const std::exception_ptr& failure);
    void forget_tried();

    const std::shared_ptr<const void> place_;
    std::mutex mutex_;
    std::shared_ptr<EventSink> sink_;  ///< null when it is to be sent nothing more
    // Of the delivery under way:
    Batch batch_;
    std::size_t tried_ = 0;  ///< events in it; of `batch_` the first ones
    std::size_t most_ = largest_batch;
    void* const address_ = this;
};

std::shared_ptr<EventSink> RemoteSubscriber::sink()
{
    const std::lock_guard lock(mutex_);
    return sink_;
}

void RemoteSubscriber::let_go() noexcept
{
    std::shared_ptr<EventSink> gone;  // outside the lock
    const std::lock_guard lock(mutex_);
    gone.swap(sink_);
}

void RemoteSubscriber::schedule() noexcept
{
    if (const auto to = sink()) {
        world_of(stream_peer(*to))->run_soon([self = shared_from_this(), this] { deliver(); });
    }
}

void RemoteSubscriber::deliver() noexcept
{
    const auto to = sink();
    if (to == nullptr) {
        return;
    }
    if (batch_.events.empty()) {
        most_ = largest_batch;
        if (!take(batch_)) {
            return;
        }
    }
    tried_ = 0;
    send_stream_message(stream_peer(*to), InterfaceTraits<EventSink>::descriptor(),
                        static_cast<std::size_t>(EventSinkMethod::deliver), &address_, shared_from_this(),
                        [self = shared_from_this(), this](const std::exception_ptr& failure) { delivered(failure); });
}

/// Layout: how many were dropped, a count, the events.
void RemoteSubscriber::encode(OutputArchive& archive)
{
    Buffer& buffer = archive.buffer();
    archive << batch_.dropped;
    const std::size_t start = buffer.size();
    archive << std::uint32_t{0};
    tried_ = 0;
    while (tried_ < std::min(most_, batch_.events.size()) && buffer.size() - start < delivery_size) {
        const Values values = batch_.events[tried_]->addresses();
        ++tried_;
        const std::size_t event = archive.begin_struct();
        event_.method.encode_arguments(archive, values);
        archive.end_struct(event);
    }
    const auto count = static_cast<std::uint32_t>(tried_);
    std::memcpy(buffer.data() + start, &count, sizeof count);
}

void RemoteSubscriber::delivered(const std::exception_ptr& failure) noexcept
{
    if (failure == nullptr) {
        forget_tried();
        batch_.dropped = 0;
    } else {
        not_delivered(failure);
    }
    schedule();
}

void RemoteSubscriber::forget_tried()
{
    batch_.events.erase(batch_.events.begin(), batch_.events.begin() + static_cast<std::ptrdiff_t>(tried_));
}

/// Either nothing can be sent any more, or one of the events cannot: then they are sent one by one, and that one is
/// dropped.
void RemoteSubscriber::not_delivered(const std::exception_ptr& failure)
{
    bool may_be_sent_again = true;
    try {
        std::rethrow_exception(failure);
    } catch (const RemotingError& error) {
        const bool is_about_values = error.code() == ErrorCode::limit_exceeded ||
                                     error.code() == ErrorCode::invalid_argument ||
                                     error.code() == ErrorCode::invalid_payload;
        if (!is_about_values) {
            forget();
            return;
        }
        may_be_sent_again = error.executed() == Executed::no;
    } catch (...) {
    }
    if (may_be_sent_again && tried_ > 1) {
        most_ = 1;
        return;
    }
    batch_.dropped += tried_;
    forget_tried();
    if (batch_.events.empty()) {
        add_dropped(std::exchange(batch_.dropped, 0));
    }
}

bool RemoteSubscriber::ask(Values values) noexcept
{
    const auto to = sink();
    if (to == nullptr) {
        return false;
    }
    EventQuestion question{event_, values};
    void* const addresses[] = {&question};
    const InterfaceDescriptor& interface = InterfaceTraits<EventSink>::descriptor();
    const Duration longest = longest_wait(event_);
    const TimePoint start = std::chrono::steady_clock::now();
    try {
        stream_peer(*to).reference().call(interface,
                                          interface.methods[static_cast<std::size_t>(EventSinkMethod::ask)], addresses,
                                          CallOptions{.deadline = longest});
        return question.is_answered;
    } catch (const RemotingError& error) {
        // Unless it was the deadline of the call in which the event is raised.
        if (error.code() == ErrorCode::deadline_exceeded && std::chrono::steady_clock::now() - start >= longest) {
            end(ErrorCode::deadline_exceeded, "the subscriber did not answer in time");
        }
    } catch (...) {
    }
    return false;
}

void RemoteSubscriber::tell_end(ErrorCode code, const std::string& why) noexcept
{
    struct Message {
        std::uint16_t code;
        std::string why;
        void* addresses[2] = {&code, &why};
    };
    const auto to = sink();
    if (to == nullptr) {
        return;
    }
    const auto message = std::make_shared<Message>(Message{static_cast<std::uint16_t>(code), why});
    message->addresses[0] = &message->code;
    message->addresses[1] = &message->why;
    send_stream_message(stream_peer(*to), InterfaceTraits<EventSink>::descriptor(),
                        static_cast<std::size_t>(EventSinkMethod::end), message->addresses, message,
                        [to](const std::exception_ptr&) {});
}

}  // namespace

std::shared_ptr<const void> take_place(EventSink& sink)
{
    return std::make_shared<const SubscriptionPlace>(stream_peer(sink));
}

std::shared_ptr<EventSubscriber> make_remote_subscriber(const EventDescriptor& event, const SubscribeRequest& request)
{
    const std::size_t most = stream_peer(*request.sink).reference().world().limits().event_queue;
    return std::make_shared<RemoteSubscriber>(event, request, std::min<std::size_t>(request.queue, most));
}

void encode_delivery(OutputArchive& archive, Values values)
{
    static_cast<RemoteSubscriber*>(values[0])->encode(archive);
}

void encode_question(OutputArchive& archive, Values values)
{
    const auto& question = *static_cast<const EventQuestion*>(values[0]);
    question.event.method.encode_arguments(archive, question.values);
}

void decode_answer(InputArchive& archive, Values values)
{
    auto& question = *static_cast<EventQuestion*>(values[0]);
    question.is_answered = archive.read<bool>();
    if (question.is_answered) {
        question.event.method.decode_results(archive, question.values);
    }
}

void encode_end(OutputArchive& archive, Values values)
{
    archive << *static_cast<const std::uint16_t*>(values[0]) << *static_cast<const std::string*>(values[1]);
}

}  // namespace remoting::detail
