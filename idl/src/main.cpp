// SPDX-License-Identifier: BSL-1.0
#include "commands.hpp"

#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace {

using namespace remoting::idl;

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

class CommandLine final {
public:
    CommandLine()
    {
        app_.set_version_flag("--version", "remoting-idl " REMOTING_IDL_VERSION);
        app_.footer(
            "Exit status: 0 if all went well, 1 if an IDL file has errors (or is not formatted), 2 if the command is "
            "wrong or a file cannot be read or written; of check 3 if source breaks, 4 if the wire does.");
        app_.require_subcommand(1);
        add_generate();
        add_others();
    }

    int run(int argc, char** argv)
    {
        try {
            app_.parse(argc, argv);
        } catch (const CLI::ParseError& error) {
            return app_.exit(error) == 0 ? success : cannot_run;
        }
        options_.silenced = silenced_warnings(warnings_);
        for (const auto& [command, function] : commands_) {
            if (command->parsed()) {
                return function(options_);
            }
        }
        return cannot_run;
    }

private:
    CLI::App* add(const std::string& name, const std::string& text, int (*function)(const CommandOptions&))
    {
        CLI::App* command = app_.add_subcommand(name, text);
        commands_.emplace_back(command, function);
        return command;
    }

    void add_include_dirs(CLI::App& command)
    {
        command
            .add_option("--include-dir", options_.include_dirs,
                        "Where to look for imported files, after the folder of the importing one; may be repeated")
            ->expected(1)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        command
            .add_option("-W", warnings_,
                        "Silence a warning: -Wno-unknown-attribute, -Wno-unused-import, -Wno-deprecated")
            ->expected(1)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }

    void add_generate()
    {
        CLI::App& generate = *add("generate",
                                  "Write NAME.remoting.hpp, NAME.remoting.serialization.hpp, NAME.remoting.async.hpp, "
                                  "NAME.remoting.mock.hpp and NAME.remoting.cpp for each NAME.idl",
                                  run_generate);
        generate.add_option("--output-dir", options_.output_dir, "Where to write; the current folder if not given");
        add_include_dirs(generate);
        generate.add_option("--depfile", options_.depfile, "Write a Makefile rule that names the files read");
        generate.add_option("FILE", options_.files, "IDL files")->required();
    }

    void add_others()
    {
        CLI::App& format = *add("format", "Lay the lines of IDL files out the one way", run_format);
        format.add_flag("--check", options_.check_only, "Change nothing; fail if a file would change");
        format.add_option("FILE", options_.files, "IDL files")->required();

        CLI::App& describe = *add("describe", "Print all that an IDL file and its imports declare", run_describe);
        describe.add_flag("--json", json_, "As JSON, which is the only form so far")->required();
        add_include_dirs(describe);
        describe.add_option("FILE", options_.files, "An IDL file")->required()->expected(1);

        CLI::App& starter = *add("starter", "Write NAME_servants.hpp, a start for servants; once", run_starter);
        starter.add_option("--output-dir", options_.output_dir, "Where to write; the current folder if not given");
        add_include_dirs(starter);
        starter.add_option("FILE", options_.files, "IDL files")->required();

        CLI::App& check = *add("check", "Say what a change of an IDL file breaks", run_check);
        check.add_option("--against", options_.against, "A git revision whose version of the file is the older one");
        add_include_dirs(check);
        check.add_option("FILE", options_.files, "The older and the newer file, or with --against the newer one")
            ->required()
            ->expected(1, 2);
    }

    CLI::App app_{"Turns interface definitions into C++: interfaces, value types, proxies and stubs.", "remoting-idl"};
    CommandOptions options_;
    std::vector<std::string> warnings_;
    bool json_ = false;
    std::vector<std::pair<CLI::App*, int (*)(const CommandOptions&)>> commands_;
};

}  // namespace

int main(int argc, char** argv)
{
    try {
        return CommandLine().run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "remoting-idl: " << error.what() << '\n';
        return cannot_run;
    }
}
