// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "ast.hpp"
#include "diagnostics.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace remoting::idl {

/// Where IDL files come from. Tests give files in memory.
class FileReader {
public:
    virtual ~FileReader() = default;

    /// Nothing when there is no such file or it cannot be read. May stop reading behind SourceText::max_size + 1 bytes.
    virtual std::optional<std::string> read(const std::string& path) = 0;
    /// The same text for all paths of one file.
    virtual std::string identity(const std::string& path) = 0;
};

class DiskReader final : public FileReader {
public:
    std::optional<std::string> read(const std::string& path) override;
    std::string identity(const std::string& path) override;
};

struct LoadedFile {
    ast::File tree;
    /// Beside tree.imports; null for one that could not be loaded.
    std::vector<const LoadedFile*> imports;
};

/// One file and all that it imports, each before those that import it; the file itself is the last.
struct LoadedFiles {
    std::vector<std::unique_ptr<LoadedFile>> files;
};

/// Reads and parses `path` and what it imports. An import is looked for beside the importing file, then in
/// `import_dirs` in turn. Nothing when `path` itself cannot be read.
std::optional<LoadedFiles> load(const std::string& path, const std::vector<std::string>& import_dirs,
                                FileReader& reader, Diagnostics& diagnostics);

}  // namespace remoting::idl
