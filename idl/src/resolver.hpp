// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "diagnostics.hpp"
#include "loader.hpp"
#include "model.hpp"

namespace remoting::idl {

/// Syntax trees to the model: looks names up and checks all that the grammar does not. The model is complete and right
/// when there are no errors in `diagnostics`; else it must not be used.
model::Program resolve(const LoadedFiles& files, Diagnostics& diagnostics);

}  // namespace remoting::idl
