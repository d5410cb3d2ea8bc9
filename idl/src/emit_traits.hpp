// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "emit_context.hpp"

namespace remoting::idl {

/// Outside the namespace: remoting::TypeName and std::hash for the value types of the file.
void emit_type_traits(CodeWriter& writer, const EmitContext& context);
void emit_hash_definitions(CodeWriter& writer, const EmitContext& context);

}  // namespace remoting::idl
