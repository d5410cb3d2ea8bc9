// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "emit_context.hpp"

namespace remoting::idl {

void emit_variant_declaration(CodeWriter& writer, const EmitContext& context, const model::Struct& target);
/// Its operators.
void emit_variant_definition(CodeWriter& writer, const EmitContext& context, const model::Struct& target);

}  // namespace remoting::idl
