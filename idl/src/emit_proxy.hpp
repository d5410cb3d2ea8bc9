// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "emit_context.hpp"

namespace remoting::idl {

/// The class whose objects stand for remote ones.
void emit_proxy(CodeWriter& writer, const EmitContext& context, const model::Interface& interface);

}  // namespace remoting::idl
