// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "resolve_context.hpp"

namespace remoting::idl {

/// Puts the structs of a file behind those they hold by value. One that holds itself other than through a list or map
/// is reported: it could not end.
void order_structs(ResolveContext& context, FileContext& file);

}  // namespace remoting::idl
