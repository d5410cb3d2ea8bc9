// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "model.hpp"

#include <string>
#include <string_view>
#include <vector>

// What a change of an IDL breaks between peers of the older and the newer version. Things are known by their full
// names, fields and alternatives by their places, methods by their names on the wire.

namespace remoting::idl {

/// From good to bad.
enum class Verdict : std::uint8_t { safe, breaks_source, breaks_wire };

/// "safe", "breaks source", "breaks wire"
std::string_view to_string(Verdict verdict) noexcept;

struct Change {
    Verdict verdict = Verdict::safe;
    std::string where;  ///< "bank.Account.Withdraw"
    std::string what;   ///< what changed, and why that matters
};

/// Of the last module of each program, and of what that uses of the modules it imports.
std::vector<Change> compare(const model::Program& older, const model::Program& newer);

}  // namespace remoting::idl
