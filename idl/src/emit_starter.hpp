// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "model.hpp"

#include <string>

namespace remoting::idl {

/// A header with a class for each interface of the file, to be written on by hand: all is there and throws.
std::string starter_text(const model::Module& module);

}  // namespace remoting::idl
