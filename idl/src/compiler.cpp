// SPDX-License-Identifier: BSL-1.0
#include "compiler.hpp"

#include "diagnostics.hpp"
#include "resolver.hpp"
#include "unsupported.hpp"

#include <algorithm>

namespace remoting::idl {

Compilation compile(const std::string& path, const std::vector<std::string>& import_dirs, FileReader& reader,
                    const std::set<Rule>& silenced)
{
    Compilation result;
    Diagnostics diagnostics;
    std::for_each(silenced.begin(), silenced.end(), [&](Rule rule) { diagnostics.silence(rule); });
    const std::optional<LoadedFiles> loaded = load(path, import_dirs, reader, diagnostics);
    if (!loaded) {
        return result;
    }
    result.was_read = true;
    const model::Program program = resolve(*loaded, diagnostics);
    if (!diagnostics.has_errors()) {
        report_unsupported(*loaded, diagnostics);
    }
    for (const auto& file : loaded->files) {
        result.dependencies.push_back(file->tree.source->name());
    }
    result.has_errors = diagnostics.has_errors();
    result.diagnostics = diagnostics.render();
    if (!result.has_errors) {
        result.files = generate(*program.modules.back());
    }
    return result;
}

}  // namespace remoting::idl
