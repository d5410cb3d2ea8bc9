// SPDX-License-Identifier: BSL-1.0
#include "compiler.hpp"

#include "diagnostics.hpp"
#include "resolver.hpp"
#include "unsupported.hpp"

#include <algorithm>

namespace remoting::idl {

namespace {

enum class Purpose : std::uint8_t { to_look_at, to_generate };

Analysis analyze(const std::string& path, const std::vector<std::string>& import_dirs, FileReader& reader,
                 const std::set<Rule>& silenced, Purpose purpose)
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
    if (purpose == Purpose::to_generate && !diagnostics.has_errors()) {
        report_unsupported(result.files, diagnostics);
    }
    result.has_errors = diagnostics.has_errors();
    result.diagnostics = diagnostics.render();
    return result;
}

}  // namespace

Analysis analyze(const std::string& path, const std::vector<std::string>& import_dirs, FileReader& reader,
                 const std::set<Rule>& silenced)
{
    return analyze(path, import_dirs, reader, silenced, Purpose::to_look_at);
}

Compilation compile(const std::string& path, const std::vector<std::string>& import_dirs, FileReader& reader,
                    const std::set<Rule>& silenced)
{
    Analysis analysis = analyze(path, import_dirs, reader, silenced, Purpose::to_generate);
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
