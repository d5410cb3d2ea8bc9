// SPDX-License-Identifier: BSL-1.0
#include "compiler.hpp"

#include "diagnostics.hpp"
#include "resolver.hpp"

#include <algorithm>

namespace remoting::idl {

Analysis analyze(const std::string& path, const std::vector<std::string>& import_dirs, FileReader& reader,
                 const std::set<Rule>& silenced)
{
    Analysis result;
    Diagnostics diagnostics;
    std::for_each(silenced.begin(), silenced.end(), [&](Rule rule) { diagnostics.silence(rule); });
    std::optional<LoadedFiles> loaded = load(path, import_dirs, reader, diagnostics);
    if (!loaded) {
        return result;
    }
    result.was_read = true;
    result.files = std::move(*loaded);
    result.program = resolve(result.files, diagnostics);
    result.has_errors = diagnostics.has_errors();
    result.diagnostics = diagnostics.render();
    return result;
}

Compilation compile(const std::string& path, const std::vector<std::string>& import_dirs, FileReader& reader,
                    const std::set<Rule>& silenced)
{
    Analysis analysis = analyze(path, import_dirs, reader, silenced);
    Compilation result;
    result.was_read = analysis.was_read;
    result.has_errors = analysis.has_errors;
    result.diagnostics = std::move(analysis.diagnostics);
    for (const auto& file : analysis.files.files) {
        result.dependencies.push_back(file->tree.source->name());
    }
    if (result.was_read && !result.has_errors) {
        result.files = generate(*analysis.program.modules.back());
    }
    return result;
}

}  // namespace remoting::idl
