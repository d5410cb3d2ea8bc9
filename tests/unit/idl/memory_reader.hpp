// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "compiler.hpp"
#include "diagnostics.hpp"
#include "loader.hpp"
#include "resolver.hpp"

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace remoting::idl {

/// IDL files that exist in memory only.
class MemoryReader final : public FileReader {
public:
    explicit MemoryReader(std::map<std::string, std::string> files) : files_(std::move(files)) {}

    std::optional<std::string> read(const std::string& path) override
    {
        const auto found = files_.find(path);
        return found == files_.end() ? std::nullopt : std::optional(found->second);
    }
    std::string identity(const std::string& path) override { return path; }

private:
    std::map<std::string, std::string> files_;
};

/// One file resolved, with what was found wrong with it.
struct Resolved {
    explicit Resolved(const std::string& text) : Resolved(MemoryReader({{"test.idl", text}})) {}
    explicit Resolved(MemoryReader reader)
    {
        files = load("test.idl", {}, reader, diagnostics).value();
        program = resolve(files, diagnostics);
    }

    const model::Module& module() const { return *program.modules.back(); }
    std::string errors() const
    {
        std::string text;
        for (const std::string& diagnostic : diagnostics.render()) {
            text += diagnostic;
        }
        return text;
    }

    Diagnostics diagnostics;
    LoadedFiles files;
    model::Program program;
};

}  // namespace remoting::idl
