// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/object_table.hpp>
#include <remoting/messaging/method_call.hpp>
#include <remoting/serialization/buffer.hpp>
#include <remoting/serialization/limits.hpp>
#include <remoting/sinks/message_sink.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace remoting {

/// What an object alias of a connection stands for. Belongs to the connection's reader.
struct BoundObject {
    std::string uri;
    std::string interface_name;
    std::weak_ptr<ObjectEntry> entry;  ///< of the last lookup; weak, so that what is withdrawn goes at once
};

/// What a method alias stands for.
struct BoundMethod {
    std::string name;
    const InterfaceDescriptor* interface = nullptr;  ///< for which `method` was looked up
    const MethodDescriptor* method = nullptr;
};

/// Of an individual object: the instance of whoever calls over `caller`; null when it was just taken out.
std::shared_ptr<ObjectEntry> instance_for(ObjectTable& objects, const std::shared_ptr<ObjectEntry>& entry,
                                          Connection* caller);

/// The last server sink: finds the object, has it activated, invokes its stub. Thread-safe.
class DispatchSink {
public:
    DispatchSink(ObjectTable& objects, const Limits& limits, const MessageSinks& sinks) noexcept
        : objects_(objects),
          limits_(limits),
          sinks_(sinks)
    {
    }

    /// Fills call.object and call.method, or call.refusal. @param caller that the call comes over; may be null
    void resolve(BoundObject& object, BoundMethod& method, IncomingCall& call, Connection* caller) const;

    struct Outcome {
        bool has_started = false;  ///< the servant was entered
        Servant later{};           ///< set: this servant answers later; nothing was done yet
    };
    /// Runs the call and appends its results to `reply`, unless the servant answers later. What fails, throws;
    /// `outcome` is right in any case.
    void dispatch(IncomingCall& call, Buffer& reply, Outcome& outcome) const;

    const Limits& limits() const noexcept { return limits_; }
    const Clock& clock() const noexcept { return objects_.clock(); }
    const MessageSinks& sinks() const noexcept { return sinks_; }

private:
    std::shared_ptr<ObjectEntry> find_object(BoundObject& object, const Connection* caller) const;
    std::shared_ptr<ObjectEntry> object_for(BoundObject& object, Connection* caller) const;

    ObjectTable& objects_;
    const Limits& limits_;
    const MessageSinks& sinks_;
};

}  // namespace remoting
