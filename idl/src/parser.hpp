// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "ast.hpp"
#include "diagnostics.hpp"

#include <memory>

namespace remoting::idl {

/// Tokens to a syntax tree. Always gives a tree: after a mistake it goes on behind the next `;` or `}`, so that one
/// run reports every mistake of a file.
ast::File parse(std::unique_ptr<SourceText> source, Diagnostics& diagnostics);

}  // namespace remoting::idl
