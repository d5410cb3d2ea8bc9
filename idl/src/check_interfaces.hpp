// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "resolve_context.hpp"

#include <string>
#include <vector>

namespace remoting::idl {

/// What a call of the method can look like in C++: with all arguments first, then without those that have defaults.
std::vector<std::string> cpp_signatures(const model::Method& method);

/// Whether a value of the type has or may have a reference to an object in it.
bool carries_references(const model::Type& type);

/// Whether an interface that says [mailslot] has one-way methods only, and inherits none that takes references.
void check_mailslot(ResolveContext& context, const FileContext& file, const ast::Interface& tree,
                    const model::Interface& target);

}  // namespace remoting::idl
