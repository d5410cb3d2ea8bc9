// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "emit_files.hpp"
#include "loader.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace remoting::idl {

/// What one IDL file and its imports say.
struct Analysis {
    bool was_read = false;
    bool has_errors = false;
    /// Each as it is to be printed, in order.
    std::vector<std::string> diagnostics;
    LoadedFiles files;
    model::Program program;  ///< complete when there are no errors
};

/// @param silenced warnings that are not wanted
Analysis analyze(const std::string& path, const std::vector<std::string>& import_dirs, FileReader& reader,
                 const std::set<Rule>& silenced = {});

/// What came of one IDL file.
struct Compilation {
    bool was_read = false;
    bool has_errors = false;
    /// Each as it is to be printed, in order.
    std::vector<std::string> diagnostics;
    /// Empty when there are errors.
    std::vector<GeneratedFile> files;
    /// The file itself and all it imports.
    std::vector<std::string> dependencies;
};

/// Text to generated text; writes nothing.
/// @param silenced warnings that are not wanted
Compilation compile(const std::string& path, const std::vector<std::string>& import_dirs, FileReader& reader,
                    const std::set<Rule>& silenced = {});

}  // namespace remoting::idl
