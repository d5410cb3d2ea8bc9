// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "ast.hpp"
#include "diagnostics.hpp"

namespace remoting::idl {

/// Whether `name` is `oneway`, the one attribute there is so far. Reports any other: planned ones and misspelt ones as
/// errors, unknown ones as a warning.
bool is_one_way_attribute(const ast::Name& name, const SourceText& source, Diagnostics& diagnostics);

}  // namespace remoting::idl
