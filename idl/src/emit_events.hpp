// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "emit_context.hpp"

namespace remoting::idl {

/// The name of what gives an event's descriptor: of no other member, and none of the runtime's.
std::string event_function(const std::string& event);
/// The class in front of the interface's that raises its own events; nothing for an interface without any.
void emit_event_base(CodeWriter& writer, const EmitContext& context, const model::Interface& interface);
/// `on_Event` members, inside the interface's class.
void emit_event_declarations(CodeWriter& writer, const CppScope& scope, const model::Interface& interface);
/// The members of both, in the source.
void emit_event_definitions(CodeWriter& writer, const EmitContext& context, const model::Interface& interface);
/// What the runtime knows of an event; in the namespace of the stub, behind the functions and the table it names.
void emit_event_descriptor(CodeWriter& writer, const CppScope& scope, const model::Interface& interface,
                           const model::Method& event);
/// The function by which a peer subscribes to an event, inherited or not.
void emit_subscribe(CodeWriter& writer, const CppScope& scope, const model::Interface& interface,
                    const model::Method& event);

}  // namespace remoting::idl
