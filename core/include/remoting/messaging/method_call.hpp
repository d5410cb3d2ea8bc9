// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/descriptors.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/lifetime/object_lease.hpp>
#include <remoting/messaging/call_chain.hpp>
#include <remoting/messaging/call_context.hpp>
#include <remoting/messaging/slab.hpp>

#include <exception>
#include <memory>
#include <string_view>

namespace remoting {

class Connection;
class ObjectEntry;

/// A call as message sinks see it, on either side; .NET's IMethodCallMessage. Borrowed for the call.
struct MethodCall {
    const InterfaceDescriptor& interface;
    const MethodDescriptor& method;
    std::string_view object;   ///< URI
    std::string_view address;  ///< of the peer
    /// Addresses of arguments and results; what they point to may be changed according to direction and moment.
    Values values;
    TimePoint deadline;
    bool on_server;
    /// What goes out with the call or came in with it, and after the call also what came back. On the client a copy for
    /// this call only; on the server what the servant and the calls it makes see, and what it sets goes back.
    CallContext& context;
    /// Set by MessageSink::begin() that answers the call: its results are in `values`, and it goes no further.
    bool is_answered = false;
};

/// A request that arrived and whose object is known, or the error that resolving it met.
struct IncomingCall {
    std::shared_ptr<Connection> connection;
    std::shared_ptr<ObjectEntry> object;
    LeaseUse use;  ///< of the object, until the call is over
    const MethodDescriptor* method = nullptr;
    std::exception_ptr refusal;  ///< set: the call gets this answer
    Payload arguments;
    std::uint64_t id = 0;
    TimePoint deadline = TimePoint::max();
    CallChain chain;
    CallContext context;       ///< the formatter reads it off the arguments
    bool has_context = false;  ///< behind the arguments
    bool one_way = false;

    /// Lets go of everything; the connection last, since the payload may lead back to what it owns.
    void reset() noexcept
    {
        arguments = {};
        refusal = nullptr;
        use.end();
        object.reset();
        connection.reset();
    }
};

}  // namespace remoting
