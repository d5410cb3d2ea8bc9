// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "emit_context.hpp"

namespace remoting::idl {

/// The functions and tables that tell the runtime about an interface, in a namespace of their own.
void emit_stub(CodeWriter& writer, const EmitContext& context, const model::Interface& interface);

}  // namespace remoting::idl
