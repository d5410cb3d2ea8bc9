// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "evolution.hpp"
#include "left_out.hpp"

#include <string>
#include <utility>

namespace remoting::idl {

/// What is found while two versions are compared, and what is known of all of either.
struct Comparison {
    LeftOut older;
    LeftOut newer;
    std::vector<Change> changes{};

    void add(Verdict verdict, std::string where, std::string what)
    {
        changes.push_back({verdict, std::move(where), std::move(what)});
    }
};

inline std::string quoted(const std::string& text)
{
    return '\'' + text + '\'';
}

void compare_fields(Comparison& comparison, const model::Struct& older, const model::Struct& newer);
void compare_fields(Comparison& comparison, const model::Exception& older, const model::Exception& newer);
void compare_interfaces(Comparison& comparison, const model::Interface& older, const model::Interface& newer);

}  // namespace remoting::idl
