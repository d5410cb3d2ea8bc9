// SPDX-License-Identifier: BSL-1.0
#include "loader.hpp"

#include "parse_types.hpp"
#include "parser.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

namespace remoting::idl {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

class Loader final {
public:
    Loader(const std::vector<std::string>& import_dirs, FileReader& reader, Diagnostics& diagnostics)
        : import_dirs_(import_dirs),
          reader_(reader),
          diagnostics_(diagnostics)
    {
    }

    bool load_root(const std::string& path)
    {
        std::optional<std::string> text = reader_.read(path);
        return text && add(path, std::move(*text)) != nullptr;
    }

    LoadedFiles take() { return std::move(result_); }

private:
    struct Open {
        std::string identity;
        std::string path;
    };

    const LoadedFile* add(const std::string& path, std::string text);
    const LoadedFile* add_import(const LoadedFile& importer, const ast::Import& import);
    void report_cycle(const LoadedFile& importer, const ast::Import& import, const std::string& identity);

    const std::vector<std::string>& import_dirs_;
    FileReader& reader_;
    Diagnostics& diagnostics_;
    std::vector<Open> open_;  // from the root to the file that is being loaded
    std::map<std::string, const LoadedFile*> loaded_;
    LoadedFiles result_;
};

const LoadedFile* Loader::add(const std::string& path, std::string text)
{
    const std::string identity = reader_.identity(path);
    if (text.starts_with(byte_order_mark)) {
        text.erase(0, byte_order_mark.size());
    }
    auto file = std::make_unique<LoadedFile>();
    if (text.size() > SourceText::max_size) {
        file->tree.source = std::make_unique<SourceText>(path, "");
        file->tree.lost_declarations = true;
        diagnostics_.error(Rule::file_too_large, *file->tree.source, {}, "the file is larger than 4 MiB");
    } else {
        file->tree = parse(std::make_unique<SourceText>(path, std::move(text)), diagnostics_);
    }
    open_.push_back({identity, path});
    for (const ast::Import& import : file->tree.imports) {
        file->imports.push_back(diagnostics_.is_full() ? nullptr : add_import(*file, import));
    }
    open_.pop_back();
    const LoadedFile* loaded = file.get();
    loaded_.emplace(identity, loaded);
    result_.files.push_back(std::move(file));
    return loaded;
}

const LoadedFile* Loader::add_import(const LoadedFile& importer, const ast::Import& import)
{
    const SourceText& source = *importer.tree.source;
    std::vector<std::filesystem::path> folders = {std::filesystem::path(source.name()).parent_path()};
    folders.insert(folders.end(), import_dirs_.begin(), import_dirs_.end());
    for (const std::filesystem::path& folder : folders) {
        const std::string path = (folder / import.path).lexically_normal().generic_string();
        const std::string identity = reader_.identity(path);
        if (const auto found = loaded_.find(identity); found != loaded_.end()) {
            return found->second;
        }
        if (std::any_of(open_.begin(), open_.end(), [&](const Open& open) { return open.identity == identity; })) {
            report_cycle(importer, import, identity);
            return nullptr;
        }
        if (std::optional<std::string> text = reader_.read(path)) {
            if (open_.size() >= max_nesting) {
                diagnostics_.error(Rule::nesting_too_deep, source, import.span, "imports are nested more than 64 deep");
                return nullptr;
            }
            return add(path, std::move(*text));
        }
    }
    diagnostics_.error(Rule::import_not_found, source, import.span,
                       '\'' + import.path + "' is neither beside this file nor in a folder given by --include-dir");
    return nullptr;
}

void Loader::report_cycle(const LoadedFile& importer, const ast::Import& import, const std::string& identity)
{
    std::string way;
    bool inside = false;
    for (const Open& open : open_) {
        inside = inside || open.identity == identity;
        way += inside ? open.path + " -> " : "";
    }
    diagnostics_.error(Rule::import_cycle, *importer.tree.source, import.span,
                       "files import each other in a circle: " + way + import.path);
}

}  // namespace

std::optional<std::string> DiskReader::read(const std::string& path)
{
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
        return std::nullopt;
    }
    std::ifstream stream(path, std::ios::binary);
    if (!stream) {
        return std::nullopt;
    }
    std::string text(SourceText::max_size + 8, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(stream.gcount()));
    return stream.bad() ? std::nullopt : std::optional(std::move(text));
}

std::string DiskReader::identity(const std::string& path)
{
    std::error_code error;
    std::filesystem::path canonical = std::filesystem::weakly_canonical(path, error);
    return error ? path : canonical.string();
}

std::optional<LoadedFiles> load(const std::string& path, const std::vector<std::string>& import_dirs,
                                FileReader& reader, Diagnostics& diagnostics)
{
    Loader loader(import_dirs, reader, diagnostics);
    if (!loader.load_root(path)) {
        return std::nullopt;
    }
    return loader.take();
}

}  // namespace remoting::idl
