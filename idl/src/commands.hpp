// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "diagnostics.hpp"

#include <set>
#include <string>
#include <vector>

// What remoting-idl does, one function for each command. They print, write files, and return the exit status.
// @throws std::runtime_error when a file cannot be read or written, or names clash

namespace remoting::idl {

enum ExitCode : int {
    success = 0,
    errors_in_idl = 1,
    cannot_run = 2,
    breaks_source = 3,
    breaks_wire = 4,
};

struct CommandOptions {
    std::string output_dir = ".";
    std::vector<std::string> include_dirs;
    std::string depfile;
    std::set<Rule> silenced;
    std::vector<std::string> files;
    bool check_only = false;  ///< of format: change nothing
    std::string against;      ///< of check: a git revision
};

int run_generate(const CommandOptions& options);
int run_format(const CommandOptions& options);
int run_describe(const CommandOptions& options);
int run_starter(const CommandOptions& options);
int run_check(const CommandOptions& options);

}  // namespace remoting::idl
