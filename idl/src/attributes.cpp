// SPDX-License-Identifier: BSL-1.0
#include "attributes.hpp"

#include <algorithm>

namespace remoting::idl {

bool is_one_way_attribute(const ast::Name& name, const SourceText& source, Diagnostics& diagnostics)
{
    static const std::vector<std::string> known = {"oneway",     "idempotent", "deadline", "deprecated", "secret",
                                                   "observable", "mailslot",   "wire",     "dotnet",     "cpp"};
    if (name.text == "oneway") {
        return true;
    }
    const std::string quoted = '\'' + name.text + '\'';
    if (std::find(known.begin(), known.end(), name.text) != known.end()) {
        diagnostics.error(Rule::not_supported, source, name.span, "attribute " + quoted + " is not supported yet");
    } else if (const std::string hint = did_you_mean(name.text, known); !hint.empty()) {
        diagnostics.error(Rule::misspelt_attribute, source, name.span, "unknown attribute " + quoted + hint);
    } else {
        diagnostics.warning(Rule::unknown_attribute, source, name.span, "unknown attribute " + quoted + " is ignored");
    }
    return false;
}

}  // namespace remoting::idl
