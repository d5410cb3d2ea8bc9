// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "model.hpp"

#include <string>
#include <vector>

namespace remoting::idl {

struct GeneratedFile {
    std::string name;  ///< "bank.remoting.hpp"
    std::string text;
};

/// The names generate() will use, in its order: header, serialization header, source.
std::vector<std::string> generated_names(const std::string& idl_file_name);

/// All that one IDL file becomes. Depends on the model alone: the same model gives the same bytes.
std::vector<GeneratedFile> generate(const model::Module& module);

}  // namespace remoting::idl
