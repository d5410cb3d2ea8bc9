// SPDX-License-Identifier: BSL-1.0
#include "commands.hpp"

#include "compiler.hpp"
#include "describe.hpp"
#include "emit_starter.hpp"
#include "evolution.hpp"
#include "format.hpp"
#include "git_reader.hpp"
#include "output_files.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>

namespace remoting::idl {

namespace {

std::string path_in(const std::string& folder, const std::string& name)
{
    return (std::filesystem::path(folder) / name).lexically_normal().generic_string();
}

// Two files of one name in different folders would overwrite each other's output.
void check_names(const std::vector<std::string>& files)
{
    std::set<std::string> names;
    for (const std::string& file : files) {
        const std::string name = std::filesystem::path(file).filename().generic_string();
        if (!name.ends_with(".idl") || name == ".idl") {
            throw std::runtime_error(file + ": the name of an IDL file ends in '.idl'");
        }
        if (!names.insert(name).second) {
            throw std::runtime_error(file + ": another file is called " + name + " too; generate them separately");
        }
    }
}

// Prints what is wrong with a file. What is wrong with one that several import is said once.
class Reporter final {
public:
    void print(const std::vector<std::string>& diagnostics)
    {
        for (const std::string& text : diagnostics) {
            if (printed_.insert(text).second) {
                std::cerr << text;
            }
        }
    }

private:
    std::set<std::string> printed_;
};

Analysis analyzed(const std::string& file, const CommandOptions& options, FileReader& reader)
{
    Analysis analysis = analyze(file, options.include_dirs, reader, options.silenced);
    if (!analysis.was_read) {
        throw std::runtime_error(file + ": cannot be read");
    }
    Reporter().print(analysis.diagnostics);
    return analysis;
}

}  // namespace

int run_generate(const CommandOptions& options)
{
    check_names(options.files);
    DiskReader reader;
    Reporter reporter;
    std::vector<Compilation> compilations;
    bool has_errors = false;
    for (const std::string& file : options.files) {
        Compilation compilation = compile(file, options.include_dirs, reader, options.silenced);
        if (!compilation.was_read) {
            throw std::runtime_error(file + ": cannot be read");
        }
        reporter.print(compilation.diagnostics);
        has_errors = has_errors || compilation.has_errors;
        compilations.push_back(std::move(compilation));
    }
    if (has_errors) {
        return errors_in_idl;
    }
    std::string rules;
    for (const Compilation& compilation : compilations) {
        std::vector<std::string> targets;
        for (const GeneratedFile& file : compilation.files) {
            targets.push_back(path_in(options.output_dir, file.name));
            write_if_changed(targets.back(), file.text);
        }
        rules += depfile_rule(targets, compilation.dependencies);
    }
    if (!options.depfile.empty()) {
        write_if_changed(options.depfile, rules);
    }
    return success;
}

int run_format(const CommandOptions& options)
{
    DiskReader reader;
    int status = success;
    for (const std::string& file : options.files) {
        std::optional<std::string> text = reader.read(file);
        if (!text) {
            throw std::runtime_error(file + ": cannot be read");
        }
        if (text->size() > SourceText::max_size) {
            throw std::runtime_error(file + ": the file is larger than 4 MiB");
        }
        const Formatted formatted = format(std::make_unique<SourceText>(file, *text));
        Reporter().print(formatted.diagnostics);
        if (!formatted.text) {
            status = errors_in_idl;
        } else if (options.check_only && *formatted.text != *text) {
            status = errors_in_idl;
            std::cout << file << ": would be formatted\n";
        } else if (!options.check_only) {
            write_if_changed(file, *formatted.text);
        }
    }
    return status;
}

int run_describe(const CommandOptions& options)
{
    DiskReader reader;
    const Analysis analysis = analyzed(options.files.front(), options, reader);
    if (analysis.has_errors) {
        return errors_in_idl;
    }
    std::cout << describe(analysis.program);
    return success;
}

int run_starter(const CommandOptions& options)
{
    check_names(options.files);
    DiskReader reader;
    for (const std::string& file : options.files) {
        const Analysis analysis = analyzed(file, options, reader);
        if (analysis.has_errors) {
            return errors_in_idl;
        }
        const std::string stem = std::filesystem::path(file).stem().generic_string();
        const std::string target = path_in(options.output_dir, stem + "_servants.hpp");
        if (std::filesystem::exists(target)) {
            throw std::runtime_error(target + " is there already; it is yours and is not overwritten");
        }
        write_if_changed(target, starter_text(*analysis.program.modules.back()));
    }
    return success;
}

int run_check(const CommandOptions& options)
{
    DiskReader disk;
    const std::string& newer_file = options.files.back();
    std::optional<Analysis> older;
    if (!options.against.empty()) {
        GitReader revision(options.against);
        older.emplace(analyzed(newer_file, options, revision));
    } else if (options.files.size() == 2) {
        older.emplace(analyzed(options.files.front(), options, disk));
    } else {
        throw std::runtime_error("check takes an older and a newer file, or --against REVISION and one file");
    }
    const Analysis newer = analyzed(newer_file, options, disk);
    if (older->has_errors || newer.has_errors) {
        return errors_in_idl;
    }
    Verdict worst = Verdict::safe;
    for (const Change& change : compare(older->program, newer.program)) {
        std::cout << to_string(change.verdict) << ": " << change.where << ": " << change.what << '\n';
        worst = std::max(worst, change.verdict);
    }
    return worst == Verdict::safe ? success : (worst == Verdict::breaks_source ? breaks_source : breaks_wire);
}

}  // namespace remoting::idl
