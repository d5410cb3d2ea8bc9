// SPDX-License-Identifier: BSL-1.0
#include "mailslot/slot_dispatcher.hpp"

#include "mailslot/envelope.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/method_call.hpp>
#include <remoting/sinks/server_formatter_sink.hpp>

#include <exception>
#include <future>
#include <utility>

namespace remoting {

namespace {

void process(const ServerFormatterSink& formatter, IncomingCall& call)
{
    Buffer no_reply;
    formatter.process(call, no_reply);
}

/// A call that waits while its object serves somebody else; run by the thread that gives it the turn.
class QueuedCall final : public WaitingCall {
public:
    QueuedCall(IncomingCall call, const ServerFormatterSink& formatter, std::promise<void>& done)
        : call_(std::move(call)),
          formatter_(formatter),
          done_(done)
    {
    }
    const IncomingCall& call() const noexcept override { return call_; }
    std::unique_ptr<WaitingCall> run() override
    {
        Turn& turn = call_.object->turn();
        turn.run_here();
        process(formatter_, call_);
        auto next = turn.leave();
        call_.reset();
        done_.set_value();
        return next;
    }

private:
    IncomingCall call_;
    const ServerFormatterSink& formatter_;
    std::promise<void>& done_;
};

void run_in_order(std::unique_ptr<WaitingCall> call)
{
    while (call != nullptr) {
        call = call->run();
    }
}

}  // namespace

SlotDispatcher::SlotDispatcher(MessageTarget target, RandomSource& random, std::string address, std::string name,
                               Log log)
    : target_(target),
      address_(std::move(address)),
      name_(std::move(name)),
      log_(std::move(log)),
      token_(Id128::random(random))
{
}

void SlotDispatcher::dispatch(const StoredMessage& message)
{
    try {
        make_call(message);
    } catch (const RemotingError& error) {
        report(error.cause());
    } catch (const std::exception& error) {
        report(error.what());
    }
}

void SlotDispatcher::make_call(const StoredMessage& message)
{
    const auto envelope = Envelope::decode(message.content);
    if (!envelope || !envelope->is_call) {
        report(envelope ? "raw bytes, which no object takes" : "a malformed message");
        return;
    }
    const std::string_view uri = envelope->object.empty() ? std::string_view(name_) : envelope->object;
    if (object_.uri != uri || object_.interface_name != envelope->interface_name) {
        object_ = {std::string(uri), std::string(envelope->interface_name), {}};
        method_ = {};
    }
    if (method_.name != envelope->method) {
        method_ = {std::string(envelope->method), nullptr, nullptr};
    }
    IncomingCall call;
    call.connection = writer(message);
    call.arguments.bytes = envelope->content;
    call.id = ++calls_;
    call.chain = {CallChain::root(token_, call.id), 0};
    call.one_way = true;
    target_.dispatch->resolve(object_, method_, call, call.connection.get());
    if (call.refusal) {
        std::rethrow_exception(call.refusal);
    }
    if (!call.method->one_way) {
        report("a call of " + object_.interface_name + "." + method_.name + ", which is not [oneway]");
        return;
    }
    run(std::move(call));
}

void SlotDispatcher::run(IncomingCall call)
{
    if (!call.object->takes_turns()) {
        process(*target_.formatter, call);
        return;
    }
    const std::shared_ptr<ObjectEntry> object = call.object;
    if (object->turn().try_enter(call)) {
        process(*target_.formatter, call);
        auto next = object->turn().leave();
        call.reset();
        run_in_order(std::move(next));
        return;
    }
    std::promise<void> done;
    auto end = done.get_future();
    run_in_order(object->turn().enter_or_wait(std::make_unique<QueuedCall>(std::move(call), *target_.formatter, done)));
    end.wait();
}

std::shared_ptr<Connection> SlotDispatcher::writer(const StoredMessage& message)
{
    if (writer_ != nullptr && !message.sender.empty()
            ? writer_->peer().address != message.sender
            : writer_ == nullptr || writer_->peer().user_id != message.user_id) {
        PeerIdentity peer;
        if (message.sender.empty()) {
            peer.address = address_ + " from user " + std::to_string(message.user_id);
            peer.is_local = true;
            peer.user_id = message.user_id;
        } else {
            peer.address = message.sender;
        }
        writer_ = std::make_shared<OneWayConnection>(nullptr, address_, std::move(peer));
    }
    return writer_;
}

void SlotDispatcher::report(const std::string& problem) const noexcept
{
    try {
        if (log_) {
            log_(address_ + ": a message was not delivered: " + problem);
        }
    } catch (const std::exception&) {  // a log that fails must not end the slot
    }
}

}  // namespace remoting
