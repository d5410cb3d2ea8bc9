// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "mailslot/slot_sender.hpp"

#include <remoting/channels/connection.hpp>
#include <remoting/dispatch/descriptors.hpp>
#include <remoting/serialization/reference_marshaller.hpp>

#include <atomic>
#include <memory>
#include <string>

namespace remoting {

/// @throws RemotingError invalid_argument naming a method that is not one-way
void require_one_way(const InterfaceDescriptor& interface, const std::string& slot);

/// There is no way back on which objects could be called or let go of: only null pointers pass.
class NoReferences final : public ReferenceMarshaller {
public:
    void save(OutputArchive& archive, std::shared_ptr<RemoteObject> object,
              const InterfaceDescriptor& interface) override;
    std::shared_ptr<RemoteObject> load(InputArchive& archive, const InterfaceDescriptor& interface) override;
};

/// The writer's end of a slot, and what the owner's side knows of a writer: the latter sends nothing.
class OneWayConnection final : public Connection {
public:
    /// @param sender null at the owner's side
    OneWayConnection(std::unique_ptr<SlotSender> sender, std::string address, PeerIdentity peer);

    IncomingReply call(OutgoingCall& call) override;
    void send(OutgoingCall& call) override;
    void release(const std::string&, std::uint32_t, ObjectAlias&) noexcept override {}
    bool is_usable() const noexcept override { return !closed_ && sender_ != nullptr; }
    bool is_closed() const noexcept override { return !is_usable(); }
    void close(ErrorCode, const std::string&) noexcept override { closed_ = true; }
    const std::string& address() const noexcept override { return address_; }
    const PeerIdentity& peer() const noexcept override { return peer_; }
    std::size_t peer_message_limit() const noexcept override;
    ReferenceMarshaller& marshaller() noexcept override { return marshaller_; }

private:
    const std::unique_ptr<SlotSender> sender_;
    const std::string address_;
    const PeerIdentity peer_;
    NoReferences marshaller_;
    std::atomic<bool> closed_{false};
};

}  // namespace remoting
