// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "emit_context.hpp"

namespace remoting::idl {

void emit_exception_declaration(CodeWriter& writer, const EmitContext& context, const model::Exception& exception);
void emit_exception_definition(CodeWriter& writer, const EmitContext& context, const model::Exception& exception);

}  // namespace remoting::idl
