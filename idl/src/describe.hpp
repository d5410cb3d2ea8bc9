// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "model.hpp"

#include <string>

namespace remoting::idl {

/// The whole model as JSON, imported files first; idl/README.md describes it. "format" is raised when what is there
/// changes its meaning, not when something is added.
std::string describe(const model::Program& program);

/// A value of a type as it is there, on one line.
std::string describe_value(const model::Value& value, const model::Type& type);

}  // namespace remoting::idl
