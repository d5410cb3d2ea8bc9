// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "resolve_context.hpp"

namespace remoting::idl {

/// Reports generic structs that would need ever more types: `struct A<T> { list<A<list<T>>> x; }`.
void check_generics(ResolveContext& context, const FileContext& file);

}  // namespace remoting::idl
