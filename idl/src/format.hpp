// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "diagnostics.hpp"
#include "source_text.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace remoting::idl {

struct Formatted {
    std::optional<std::string> text;       ///< nothing when there are syntax errors
    std::vector<std::string> diagnostics;  ///< as they are to be printed
};

/// The file with its lines laid out the one way: four blanks a level, one blank between words, a member to a line. A
/// body that is on one line stays there if it fits; single blank lines stay; comments stay where they are. Formatting
/// what was formatted changes nothing.
Formatted format(std::unique_ptr<SourceText> source);

}  // namespace remoting::idl
