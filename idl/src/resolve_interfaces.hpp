// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "resolve_context.hpp"

namespace remoting::idl {

/// Looks up the bases of the interfaces and exceptions of a file whose imports are done; puts bases before what derives
/// from them.
void resolve_bases(ResolveContext& context, FileContext& file);

/// Methods, constructors and properties, and what interfaces inherit. The bases are known.
void resolve_members(ResolveContext& context, FileContext& file);

}  // namespace remoting::idl
