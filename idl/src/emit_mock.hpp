// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "emit_context.hpp"

namespace remoting::idl {

/// The GoogleMock classes of a file's interfaces, one each, with all the methods it has and inherits.
void emit_mocks(CodeWriter& writer, const EmitContext& context);

}  // namespace remoting::idl
