// SPDX-License-Identifier: BSL-1.0
#include "invocation.hpp"

#include "payload_members.hpp"

#include <remoting/channels/connection.hpp>
#include <remoting/dispatch/object_entry.hpp>
#include <remoting/serialization/archive.hpp>

namespace remoting {

void decode_arguments(const IncomingCall& call, const DecodeLimits& limits, InputArchive& arguments, Values values)
{
    try {
        call.method->decode_arguments(arguments, values);
    } catch (const RemotingError& error) {
        throw with_member(error, *call.method, ValuesOf::call, call.arguments.bytes, limits, arguments.position());
    }
    arguments.finish();
}

void Invocation::run(Values values, FunctionRef<void()> servant)
{
    ReferenceMarshaller* const marshaller = call_.connection ? &call_.connection->marshaller() : nullptr;
    InputArchive arguments(call_.arguments.bytes, limits_.decode, marshaller);
    decode_arguments(call_, limits_.decode, arguments, values);
    call_.arguments = {};  // its memory, and the order of releases, are not held while the servant runs
    if (sinks_.empty() || call_.object->interface().is_internal()) {
        has_started_ = true;
        servant();
    } else {
        MethodCall call{call_.object->interface(),
                        *call_.method,
                        call_.object->uri(),
                        call_.connection->peer().address,
                        values,
                        call_.deadline,
                        true,
                        call_.context};
        run_sinks(sinks_, call, [&] {
            has_started_ = true;
            servant();
        });
    }
    if (!call_.one_way) {
        OutputArchive results(reply_, marshaller);
        call_.method->encode_results(results, values);
    }
}

}  // namespace remoting
