// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "emit_context.hpp"

#include <set>
#include <string>

namespace remoting::idl {

/// What the class of an interface declares of its asynchronous methods; the class is open.
void emit_async_declarations(CodeWriter& writer, const CppScope& scope, const model::Interface& interface);

/// The content of x.remoting.async.hpp behind its includes: asynchronous methods of proxies, and the bases of servants
/// that answer later.
std::string async_text(const EmitContext& context);

}  // namespace remoting::idl
