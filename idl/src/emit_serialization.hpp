// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "emit_context.hpp"

namespace remoting::idl {

/// The `serialize` template of a struct or variant, for any archive.
void emit_serialize(CodeWriter& writer, const EmitContext& context, const model::Struct& target);

}  // namespace remoting::idl
