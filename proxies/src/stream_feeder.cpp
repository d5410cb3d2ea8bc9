// SPDX-License-Identifier: BSL-1.0
#include <remoting/proxies/stream_feeder.hpp>

#include <remoting/errors/exceptions.hpp>

#include <algorithm>
#include <utility>

namespace remoting::detail {

namespace {

constexpr std::size_t largest_window = std::size_t{64} * 1024 * 1024;
/// Values that wait for their batch; a bound where sizes change suddenly.
constexpr std::size_t largest_room = 256;

/// Whether the value cannot be sent, rather than nothing can be.
bool is_about_value(const std::exception_ptr& failure)
{
    try {
        std::rethrow_exception(failure);
    } catch (const RemotingError& error) {
        return error.code() == ErrorCode::limit_exceeded || error.code() == ErrorCode::invalid_argument;
    } catch (...) {
        return true;
    }
}

}  // namespace

StreamFeeder::StreamFeeder(std::shared_ptr<StreamState> queue, StreamErrors errors) noexcept
    : queue_(std::move(queue)),
      errors_(errors)
{
}

StreamFeeder::~StreamFeeder()
{
    queue_->cancel();
}

void StreamFeeder::start(std::shared_ptr<RemoteObject> sink, const InterfaceDescriptor& interface, std::size_t window)
{
    const ProxyTarget target = stream_peer(*sink);
    {
        const Lock lock(mutex_);
        if (interface_ != nullptr) {
            return;
        }
        interface_ = &interface;
        sink_ = std::move(sink);
        window_ = std::clamp(window, std::size_t{1}, largest_window);
    }
    try {
        queue_->start([&](std::function<void()> work) { run_apart(target, std::move(work)); });
    } catch (...) {
        queue_->abandon(std::current_exception());
    }
    pump();
}

void StreamFeeder::credit(std::size_t bytes)
{
    std::shared_ptr<RemoteObject> misused;
    {
        const Lock lock(mutex_);
        if (sink_ == nullptr) {
            return;
        }
        if (bytes > outstanding_) {
            misused = std::move(sink_);
        } else {
            outstanding_ -= bytes;
        }
    }
    if (misused != nullptr) {
        const auto failure = std::make_exception_ptr(RemotingError(
            ErrorCode::protocol_error, Executed::yes, "the consumer of a stream gave back more than it was sent"));
        queue_->cancel();
        send_end(std::move(misused), failure, true);
        return;
    }
    pump();
}

void StreamFeeder::encoded(std::size_t values, std::size_t bytes) noexcept
{
    {
        const Lock lock(mutex_);
        outstanding_ += bytes;
    }
    queue_->set_room(
        std::clamp(stream_batch_size * values / std::max(bytes, std::size_t{1}), std::size_t{1}, largest_room));
}

void StreamFeeder::pump() noexcept
{
    Lock lock(mutex_);
    if (std::exchange(is_pumping_, true)) {
        must_look_again_ = true;
        return;
    }
    do {
        must_look_again_ = false;
        while (!is_sending_ && sink_ != nullptr && outstanding_ < window_ && send_next(lock)) {
        }
    } while (must_look_again_);
    is_pumping_ = false;
}

/// False when there is nothing to be sent now; then pump() will be called again.
bool StreamFeeder::send_next(Lock& lock)
{
    const std::size_t least = outstanding_ == 0 ? 1 : queue_->room();
    const auto sink = sink_;
    lock.unlock();
    if (load(least)) {
        lock.lock();
        is_sending_ = true;
        lock.unlock();
        const auto self = shared_from_this();
        send_stream_message(stream_peer(*sink), *interface_, static_cast<std::size_t>(SinkMethod::items), items(), self,
                            [self](const std::exception_ptr& failure) { self->items_sent(failure); });
        lock.lock();
        return true;
    }
    std::exception_ptr failure;
    if (queue_->is_drained(failure)) {
        lock.lock();
        auto last = std::move(sink_);
        lock.unlock();
        if (last != nullptr) {
            send_end(std::move(last), failure, false);
        }
    } else {
        queue_->when_readable(least, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                self->pump();
            }
        });
    }
    lock.lock();
    return false;
}

void StreamFeeder::items_sent(const std::exception_ptr& failure) noexcept
{
    {
        const Lock lock(mutex_);
        is_sending_ = false;
    }
    if (failure != nullptr) {
        sending_failed(failure);
    }
    pump();
}

void StreamFeeder::sending_failed(const std::exception_ptr& failure) noexcept
{
    std::shared_ptr<RemoteObject> sink;
    {
        const Lock lock(mutex_);
        sink = std::move(sink_);
    }
    if (!is_about_value(failure)) {
        queue_->cancel();
        return;
    }
    queue_->abandon(failure);
    if (sink != nullptr) {
        send_end(std::move(sink), failure, true);
    }
}

void StreamFeeder::send_end(std::shared_ptr<RemoteObject> sink, std::exception_ptr failure, bool is_own) noexcept
{
    struct Message {
        std::shared_ptr<RemoteObject> sink;
        OutgoingEnd end;
        void* address = &end;
    };
    const ProxyTarget target = stream_peer(*sink);
    const auto message =
        std::make_shared<Message>(Message{std::move(sink), OutgoingEnd{std::move(failure), is_own, errors_, target}});
    message->address = &message->end;
    // Where it cannot be sent, the sink goes with its last reference, and its consumer learns from that.
    send_stream_message(target, *interface_, static_cast<std::size_t>(SinkMethod::end), &message->address, message,
                        [self = shared_from_this(), message](const std::exception_ptr& unsent) {
                            if (unsent != nullptr && !message->end.is_own && is_about_value(unsent)) {
                                self->send_end(message->sink, unsent, true);
                            }
                        });
}

}  // namespace remoting::detail
