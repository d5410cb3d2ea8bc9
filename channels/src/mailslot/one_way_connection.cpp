// SPDX-License-Identifier: BSL-1.0
#include "mailslot/one_way_connection.hpp"

#include "mailslot/envelope.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/serialization/archive.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace remoting {

void require_one_way(const InterfaceDescriptor& interface, const std::string& slot)
{
    const auto two_way = std::ranges::find_if(interface.methods, [](const MethodDescriptor& m) { return !m.one_way; });
    if (two_way != interface.methods.end()) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                            "a mailslot gives no answers: " + std::string(interface.name) + "." +
                                std::string(two_way->name) + " is not [oneway]",
                            {.method = {}, .object = {}, .address = slot});
    }
}

void NoReferences::save(OutputArchive& archive, std::shared_ptr<RemoteObject> object,
                        const InterfaceDescriptor& interface)
{
    if (object != nullptr) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                            "a reference to a " + std::string(interface.name) + " cannot go through a mailslot");
    }
    archive& std::uint8_t{0};
}

std::shared_ptr<RemoteObject> NoReferences::load(InputArchive& archive, const InterfaceDescriptor&)
{
    std::uint8_t kind = 0;
    archive& kind;
    if (kind != 0) {
        throw RemotingError(ErrorCode::invalid_payload, Executed::no, "an object reference in a mailslot's message");
    }
    return nullptr;
}

OneWayConnection::OneWayConnection(std::unique_ptr<SlotSender> sender, std::string address, PeerIdentity peer)
    : sender_(std::move(sender)),
      address_(std::move(address)),
      peer_(std::move(peer))
{
}

IncomingReply OneWayConnection::call(OutgoingCall& call)
{
    throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                        "a mailslot gives no answers: " + std::string(call.interface.name) + "." +
                            std::string(call.method.name) + " waits for one");
}

void OneWayConnection::send(OutgoingCall& call)
{
    if (sender_ == nullptr || closed_) {
        throw RemotingError(ErrorCode::connection_lost, Executed::no, "the mailslot was closed here");
    }
    const std::string head = Envelope{
        .is_call = true,
        .object = call.uri,
        .interface_name = call.interface.name,
        .method = call.method.name,
        .content = {}}.encode_head();
    sender_->send(std::as_bytes(std::span(head)), call.arguments.bytes(), call.deadline);
}

std::size_t OneWayConnection::peer_message_limit() const noexcept
{
    return sender_ != nullptr ? sender_->message_limit() : 0;
}

}  // namespace remoting
