// SPDX-License-Identifier: BSL-1.0
#include "compiler.hpp"
#include "output_files.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <iostream>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace remoting::idl;

enum ExitCode : int { success = 0, errors_in_idl = 1, cannot_run = 2 };

struct Options {
    std::string output_dir = ".";
    std::vector<std::string> include_dirs;
    std::string depfile;
    std::vector<std::string> files;
    std::vector<std::string> warnings;
};

std::string path_in(const std::string& folder, const std::string& name)
{
    return (std::filesystem::path(folder) / name).lexically_normal().generic_string();
}

// Two files of one name in different folders would overwrite each other's output.
void check_names(const Options& options)
{
    std::set<std::string> names;
    for (const std::string& file : options.files) {
        const std::string name = std::filesystem::path(file).filename().generic_string();
        if (!name.ends_with(".idl") || name == ".idl") {
            throw std::runtime_error(file + ": the name of an IDL file ends in '.idl'");
        }
        if (!names.insert(name).second) {
            throw std::runtime_error(file + ": another file is called " + name + " too; generate them separately");
        }
    }
}

// Of `-Wno-NAME`, which arrive here without `-W`.
std::set<Rule> silenced_warnings(const std::vector<std::string>& options)
{
    std::set<Rule> silenced;
    for (const std::string& option : options) {
        const std::optional<Rule> rule = option.starts_with("no-") ? find_warning(option.substr(3)) : std::nullopt;
        if (!rule) {
            std::string known;
            for (const std::string& name : warning_names()) {
                known += (known.empty() ? "-Wno-" : ", -Wno-") + name;
            }
            throw std::runtime_error("there is no option -W" + option + "; there are " + known);
        }
        silenced.insert(*rule);
    }
    return silenced;
}

int generate_all(const Options& options)
{
    check_names(options);
    const std::set<Rule> silenced = silenced_warnings(options.warnings);
    DiskReader reader;
    std::vector<Compilation> compilations;
    std::set<std::string> printed;
    bool has_errors = false;
    for (const std::string& file : options.files) {
        Compilation compilation = compile(file, options.include_dirs, reader, silenced);
        if (!compilation.was_read) {
            throw std::runtime_error(file + ": cannot be read");
        }
        for (const std::string& text : compilation.diagnostics) {
            // What is wrong with a file that several import is said once.
            if (printed.insert(text).second) {
                std::cerr << text;
            }
        }
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

int run(int argc, char** argv)
{
    Options options;
    CLI::App app("Turns interface definitions into C++: interfaces, value types, proxies and stubs.", "remoting-idl");
    app.set_version_flag("--version", "remoting-idl " REMOTING_IDL_VERSION);
    app.footer(
        "Exit status: 0 if all went well, 1 if an IDL file has errors, 2 if the command is wrong or a file cannot "
        "be read or written.");
    app.require_subcommand(1);
    CLI::App* generate = app.add_subcommand("generate",
                                            "Write NAME.remoting.hpp, NAME.remoting.serialization.hpp and "
                                            "NAME.remoting.cpp for each NAME.idl");
    generate->add_option("--output-dir", options.output_dir, "Where to write; the current folder if not given");
    generate
        ->add_option("--include-dir", options.include_dirs,
                     "Where to look for imported files, after the folder of "
                     "the importing one; may be repeated")
        ->take_all()
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    generate
        ->add_option("-W", options.warnings,
                     "Silence a warning: -Wno-unknown-attribute, -Wno-unused-import, -Wno-deprecated")
        ->take_all()
        ->expected(1);
    generate->add_option("--depfile", options.depfile, "Write a Makefile rule that names the files read");
    generate->add_option("FILE", options.files, "IDL files")->required();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? success : cannot_run;
    }
    return generate_all(options);
}

}  // namespace

int main(int argc, char** argv)
{
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "remoting-idl: " << error.what() << '\n';
        return cannot_run;
    }
}
